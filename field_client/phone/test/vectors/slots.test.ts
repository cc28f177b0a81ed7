import { expect } from "vitest";
import { callbackStart, nextStart, slotOf } from "../../src/protocol/slots";
import { type Case, each } from "./load";

const RUN: Record<string, (given: Case) => unknown> = {
  slot_of: (given) => slotOf(given.at, given.tz),
  next_start: (given) => nextStart(given.at, given.tz, given.allowed),
  callback_start: (given) => callbackStart(given.date, given.part, given.tz),
};

each("slots", (given) => expect(RUN[given.of]?.(given)).toBe(given.expect));
