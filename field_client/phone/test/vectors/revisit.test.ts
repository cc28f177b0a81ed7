import { expect } from "vitest";
import { table } from "../../src/protocol/outcomes";
import { decide } from "../../src/protocol/revisit";
import { wholeState } from "../../src/protocol/state";
import { each } from "./load";

each("revisit", (given) => {
  const decision = decide(wholeState(given.state), given.policy, given.now, given.tz, table());
  expect(decision).toEqual(given.expect);
});
