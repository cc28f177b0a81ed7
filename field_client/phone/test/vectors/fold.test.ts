import { expect } from "vitest";
import { fold, foldOnto } from "../../src/protocol/fold";
import { table } from "../../src/protocol/outcomes";
import { toldState, wholeState } from "../../src/protocol/state";
import { each } from "./load";

each("fold", ({ facts, campaign, tz, onto, expect: wanted }) => {
  const state = onto
    ? foldOnto(wholeState(onto), facts, campaign, tz, table())
    : fold(facts, campaign, tz, table());
  // As text, because the order of members is part of the protocol.
  expect(JSON.stringify(toldState(state))).toBe(JSON.stringify(wanted));
});
