/** Times as an officer reads them, in the force's zone. */

import { localDate, spokenDay, spokenTime } from "../protocol/slots";
import { DAY_MS } from "../protocol/zones";

/** "14:02" today, "Tue 3 Mar, 14:02" on any other day. */
export function spokenMoment(ms: number, nowMs: number, timeZone: string): string {
  const time = spokenTime(ms, timeZone);
  return localDate(ms, timeZone) === localDate(nowMs, timeZone)
    ? time
    : `${spokenDay(ms, timeZone)}, ${time}`;
}

/** The day `days` after a date; both are written 2026-03-03. */
export function daysAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** "Tue 3 Mar" of a date written 2026-03-03. */
export function spokenDate(date: string): string {
  return spokenDay(Date.parse(`${date}T00:00Z`), "UTC");
}
