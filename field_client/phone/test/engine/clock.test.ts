/** The service's time, as a phone that sleeps, restarts and is set wrong can tell it. */

import { expect, test } from "vitest";
import { minutesOut, reading, serviceTime } from "../../src/engine/clock";
import { eventClock, see } from "../../src/protocol/clock";
import { SetClocks } from "../support/field";
import { DAY_MS, HOUR_MS, START_MS } from "../support/lists";

const seenAt = (clocks: SetClocks) => see(START_MS, reading(clocks, null));

test("ticks count while the phone is awake, whatever the wall clock says since", () => {
  const clocks = new SetClocks();
  const seen = seenAt(clocks);
  clocks.true_ += HOUR_MS;
  clocks.skew = -DAY_MS;
  expect(serviceTime(clocks, seen)).toBe(START_MS + HOUR_MS);
  expect(eventClock(seen, reading(clocks, seen)).ticks).toBe(HOUR_MS);
});

test("ticks that fell behind the wall clock are left out, and the wall clock counts, put right", () => {
  const clocks = new SetClocks();
  clocks.skew = 3 * DAY_MS;
  const seen = seenAt(clocks);
  clocks.sleep(6 * HOUR_MS);
  expect(serviceTime(clocks, seen)).toBe(START_MS + 6 * HOUR_MS);
  expect(eventClock(seen, reading(clocks, seen))).toEqual({
    recorded_at: START_MS + 6 * HOUR_MS + 3 * DAY_MS,
    service_seen: START_MS,
  });
});

test("after a restart time never goes back behind what the service was last heard to say", () => {
  const clocks = new SetClocks();
  const seen = seenAt(clocks);
  clocks.restart("second run");
  clocks.skew = -DAY_MS;
  expect(serviceTime(clocks, seen)).toBe(START_MS);
});

test("a clock that is out is told in minutes from five on", () => {
  const clocks = new SetClocks();
  clocks.skew = 4 * 60_000;
  expect(minutesOut(clocks, seenAt(clocks))).toBe(0);
  clocks.skew = -2 * HOUR_MS;
  expect(minutesOut(clocks, seenAt(clocks))).toBe(-120);
  expect(minutesOut(clocks, null)).toBe(0);
});
