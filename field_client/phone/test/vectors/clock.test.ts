import { expect } from "vitest";
import { correctedAt } from "../service/events";
import { each } from "./load";

each("clock", (given) =>
  expect(correctedAt(given.clock, given.request_now, given.received_at)).toBe(given.expect),
);
