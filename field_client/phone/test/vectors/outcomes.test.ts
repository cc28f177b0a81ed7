import { expect, test } from "vitest";
import { counts, fold } from "../../src/protocol/fold";
import { OWN_ROWS, table } from "../../src/protocol/outcomes";
import { each, load } from "./load";

test("the table of the app is the one that the vectors carry", () => {
  expect(OWN_ROWS).toEqual(load("outcomes").table);
});

each("outcomes", (given) => {
  const state = fold(given.facts, given.campaign, given.tz, table());
  expect(counts(state, given.policy ?? undefined)).toEqual(given.expect);
});
