/**
 * This phone's clocks: a wall clock that may be days wrong, and a monotonic one that counts from the start of this page
 * or worker and, on most phones, stands still while the phone sleeps.
 */

import type { DeviceClock, Seen } from "../protocol/clock";
import { estimatedNow } from "../protocol/clock";

export interface Clocks {
  now(): number;
  ticks(): number;
  /** Names the run of the ticks: no two pages or workers share one. */
  readonly run: string;
}

export const phoneClocks: Clocks = {
  now: () => Date.now(),
  ticks: () => Math.round(performance.now()),
  run: crypto.randomUUID(),
};

/** How far the two clocks may part before one of them is taken to have slept. */
const DRIFT_MS = 5000;

/**
 * Both clocks now, against the service time last seen. Ticks that fell behind the wall clock are left out: the phone
 * slept (or the wall clock was put on, which cannot be told apart). Ticks ahead of it stand: only a wall clock that was
 * put back does that.
 */
export function reading(clocks: Clocks, seen: Seen | null): DeviceClock {
  const nowMs = clocks.now();
  const ticksMs = clocks.ticks();
  const behind = seen === null ? 0 : nowMs - seen.deviceMs - (ticksMs - seen.ticksMs);
  return { nowMs, ticksMs, boot: behind > DRIFT_MS ? "" : clocks.run };
}

/** The service's time now as this phone can tell. */
export function serviceTime(clocks: Clocks, seen: Seen | null): number {
  return estimatedNow(seen, reading(clocks, seen));
}

const MINUTE_MS = 60_000;
const LEAST_MINUTES = 5;

/** How far the wall clock is ahead (or, below 0, behind), in minutes; 0 below five. */
export function minutesOut(clocks: Clocks, seen: Seen | null): number {
  const out = Math.round((clocks.now() - serviceTime(clocks, seen)) / MINUTE_MS);
  return Math.abs(out) < LEAST_MINUTES ? 0 : out;
}
