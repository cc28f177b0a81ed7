import { expect, test } from "vitest";
import { estimatedNow, eventClock, see } from "../../src/protocol/clock";

const HEARD = { nowMs: 5_000_000.4, ticksMs: 700.9, boot: "run 1" };
const SEEN = see(9_000_000, HEARD);

test("while ticks count, the wall clock does not matter", () => {
  const later = { nowMs: 1, ticksMs: 60_700.9, boot: "run 1" };
  expect(estimatedNow(SEEN, later)).toBe(9_060_000);
  expect(eventClock(SEEN, later)).toEqual({ recorded_at: 1, service_seen: 9_000_000, ticks: 60_000 });
});

test("after a restart the wall clock is put right by how far it was out, and never goes before what was seen", () => {
  expect(estimatedNow(SEEN, { nowMs: 5_060_000.4, ticksMs: 5, boot: "run 2" })).toBe(9_060_000);
  const back = { nowMs: 1_000, ticksMs: 5, boot: "run 2" };
  expect(estimatedNow(SEEN, back)).toBe(9_000_000);
  expect(eventClock(SEEN, back)).toEqual({ recorded_at: 1_000, service_seen: 9_000_000 });
});

test("ticks that cannot be compared, or went back, are no ticks", () => {
  const nameless = see(9_000_000, { ...HEARD, boot: "" });
  expect(eventClock(nameless, { ...HEARD, boot: "" })).not.toHaveProperty("ticks");
  expect(eventClock(SEEN, { ...HEARD, ticksMs: 600 })).not.toHaveProperty("ticks");
});

test("before the service was ever heard there is the wall clock alone", () => {
  expect(estimatedNow(null, HEARD)).toBe(5_000_000);
  expect(eventClock(null, HEARD)).toEqual({ recorded_at: 5_000_000 });
});
