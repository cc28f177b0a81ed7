/** The service's time as this device can best tell it, and the three clocks of an event (section 4.5). */

import type { Clock } from "./types";

/** This device's clocks at one moment, in milliseconds. `boot` names the run of the ticks; "" where none survives. */
export interface DeviceClock {
  nowMs: number;
  ticksMs: number;
  boot: string;
}

/** The service's time in the last reply that was verified, and this device's clocks at that moment. */
export interface Seen {
  serviceMs: number;
  deviceMs: number;
  ticksMs: number;
  boot: string;
}

/** Note the service's time against this device's clocks, now. */
export function see(serviceMs: number, clock: DeviceClock): Seen {
  return { serviceMs, deviceMs: clock.nowMs, ticksMs: clock.ticksMs, boot: clock.boot };
}

function ticksSince(seen: Seen, clock: DeviceClock): number | null {
  if (!seen.boot || clock.boot !== seen.boot || clock.ticksMs < seen.ticksMs) return null;
  return Math.round(clock.ticksMs - seen.ticksMs);
}

/** The three clocks that go into an event that is recorded now. */
export function eventClock(seen: Seen | null, clock: DeviceClock): Clock {
  const recorded_at = Math.round(clock.nowMs);
  if (seen === null) return { recorded_at };
  const ticks = ticksSince(seen, clock);
  return { recorded_at, service_seen: seen.serviceMs, ...(ticks === null ? {} : { ticks }) };
}

/**
 * The service's time now: by ticks where they still count; after a restart by the wall clock, put right by how far it
 * was out when the service was last heard, and never earlier than that.
 */
export function estimatedNow(seen: Seen | null, clock: DeviceClock): number {
  if (seen === null) return Math.round(clock.nowMs);
  const ticks = ticksSince(seen, clock);
  if (ticks !== null) return seen.serviceMs + ticks;
  return Math.round(Math.max(seen.serviceMs, clock.nowMs + seen.serviceMs - seen.deviceMs));
}
