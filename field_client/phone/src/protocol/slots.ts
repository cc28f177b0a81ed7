/**
 * The kinds of time at which a door is knocked on, in the force's local time (section 7.1). Instants are milliseconds
 * UTC; zones are IANA names; all local arithmetic is on the calendar, so that a day of 23 or 25 hours is a day.
 */

import { SyncError } from "./errors";
import { DAY_MS, HOUR_MS, instantOf, localDay, type Zone, zone } from "./zones";

export const [MORNING, AFTERNOON, EVENING, SATURDAY, SUNDAY] = [
  "weekday_morning",
  "weekday_afternoon",
  "weekday_evening",
  "saturday",
  "sunday",
] as const;
export const KINDS = [MORNING, AFTERNOON, EVENING, SATURDAY, SUNDAY] as const;
export const WEEKEND: readonly string[] = [SATURDAY, SUNDAY];

/** No visit is promised before OPENS_MS, nor from CLOSES_MS on; milliseconds of the local day. */
export const OPENS_MS = 9 * HOUR_MS;
const CLOSES_MS = 21 * HOUR_MS;
const NOON_MS = 12 * HOUR_MS;
const FIVE_MS = 17 * HOUR_MS;
const STARTS_MS = [OPENS_MS, NOON_MS, FIVE_MS];
const PARTS_MS: ReadonlyMap<string, number> = new Map([
  ["morning", OPENS_MS],
  ["afternoon", NOON_MS],
  ["evening", FIVE_MS],
]);
const CLOCK = /^([01][0-9]|2[0-3]):([0-5][0-9])$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The kind of slot that an instant falls in. */
export function slotOf(atMs: number, tz: string): string {
  const local = zone(tz).local(atMs);
  return kindOf(Math.floor(local / DAY_MS), local);
}

function kindOf(day: number, local: number): string {
  const weekday = weekdayOf(day);
  if (weekday === 6) return SATURDAY;
  if (weekday === 0) return SUNDAY;
  const since = local - day * DAY_MS;
  if (since < NOON_MS) return MORNING;
  return since < FIVE_MS ? AFTERNOON : EVENING;
}

/** 0 is Sunday, as Date has it; day 0 is Thursday, 1 January 1970. */
function weekdayOf(day: number): number {
  return (day + 4) % 7;
}

/**
 * The first instant from `atMs` on, within visiting hours, whose kind of slot is allowed.
 * Throws SyncError when no kind is allowed.
 */
export function nextStart(atMs: number, tz: string, allowed: readonly string[]): number {
  const where = zone(tz);
  const local = where.local(atMs);
  const day = Math.floor(local / DAY_MS);
  const since = local - day * DAY_MS;
  if (since >= OPENS_MS && since < CLOSES_MS && allowed.includes(kindOf(day, local))) return atMs;
  for (let ahead = 0; ahead < 8; ahead++) {
    for (const start of STARTS_MS) {
      const instant = instantOf(where, day + ahead, start);
      if (instant > atMs && allowed.includes(slotOf(instant, tz))) return instant;
    }
  }
  throw new SyncError("No kind of slot is allowed at all.");
}

/**
 * When a callback agreed for an ISO date and a part of that day begins; null where the date is none.
 * `part` is morning, afternoon, evening or HH:MM; anything else means any time of that day.
 */
export function callbackStart(date: string, part: string, tz: string): number | null {
  const day = dayOf(date);
  if (day === null) return null;
  const clock = CLOCK.exec(part);
  const since = clock
    ? Number(clock[1]) * HOUR_MS + Number(clock[2]) * (HOUR_MS / 60)
    : (PARTS_MS.get(part) ?? OPENS_MS);
  return instantOf(zone(tz), day, since);
}

/** The number of days from 1970 to an ISO date of 2020 to 2199; null where it is none. */
function dayOf(date: string): number | null {
  const parts = DATE.exec(date);
  if (parts === null) return null;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  if (year < 2020 || year >= 2200) return null;
  const utc = new Date(Date.UTC(year, month - 1, day));
  return utc.getUTCMonth() === month - 1 && utc.getUTCDate() === day ? utc.getTime() / DAY_MS : null;
}

/** True when a callback's part of the day is one that `callbackStart` knows. */
export function namesATime(part: string): boolean {
  return PARTS_MS.has(part) || CLOCK.test(part);
}

/** The local date of an instant, as ISO text. */
export function localDate(atMs: number, tz: string): string {
  return new Date(zone(tz).local(atMs)).toISOString().slice(0, 10);
}

/** The instant at which the visiting hours of the local day of `atMs`, `days` later, begin. */
export function opensAfterDays(atMs: number, days: number, tz: string): number {
  const where: Zone = zone(tz);
  return instantOf(where, localDay(where, atMs) + days, OPENS_MS);
}

/** A local date as an officer reads it: `Tue 14 May`. */
export function spokenDay(atMs: number, tz: string): string {
  const local = new Date(zone(tz).local(atMs));
  return `${DAYS[local.getUTCDay()]} ${local.getUTCDate()} ${MONTHS[local.getUTCMonth()]}`;
}

/** A local time as an officer reads it: `17:00`. */
export function spokenTime(atMs: number, tz: string): string {
  return new Date(zone(tz).local(atMs)).toISOString().slice(11, 16);
}
