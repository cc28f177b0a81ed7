/**
 * Local time in an IANA zone. Asking Intl costs a hundred times the arithmetic, so its answers are kept by day: a
 * screen that judges 2,000 houses asks it a handful of times.
 */

import { SyncError } from "./errors";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const LATEST_MS = 7_258_118_400_000; // 2200-01-01: far enough, and safe for every calendar function
const MOST_DAYS = 4096; // kept per zone: a year of visits is 365

/** A zone's local time. `local` gives milliseconds since 1970 as that zone's wall clocks count them. */
export class Zone {
  readonly #format: Intl.DateTimeFormat;
  /** Offset by UTC day; null for a day in which it changes. */
  readonly #offsets = new Map<number, number | null>();

  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat("en-GB", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  /** The wall clock at an instant, which is kept within 1970 to 2200. */
  local(atMs: number): number {
    const at = Math.min(Math.max(atMs, 0), LATEST_MS);
    return at + this.offset(at);
  }

  /** How far the wall clock is ahead of UTC at an instant, in milliseconds. */
  offset(atMs: number): number {
    const day = Math.floor(atMs / DAY_MS);
    let known = this.#offsets.get(day);
    if (known === undefined) {
      const first = this.#ask(day * DAY_MS);
      // No zone changes twice in a day and ends where it began, so equal ends mean one offset all day.
      known = first === this.#ask((day + 1) * DAY_MS - 1000) ? first : null;
      if (this.#offsets.size >= MOST_DAYS) this.#offsets.clear();
      this.#offsets.set(day, known);
    }
    return known ?? this.#ask(atMs);
  }

  #ask(atMs: number): number {
    const second = Math.floor(atMs / 1000) * 1000;
    const part: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(second)) part[type] = Number(value);
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second: seconds = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, seconds) - second;
  }
}

const ZONES = new Map<string, Zone>();

/** The zone of an IANA name. Throws SyncError for a name that is none. */
export function zone(name: string): Zone {
  let known = ZONES.get(name);
  if (known === undefined) {
    try {
      known = new Zone(name);
    } catch {
      throw new SyncError(`There is no time zone called '${name}'; it should be like Europe/London.`);
    }
    ZONES.set(name, known);
  }
  return known;
}

/** The local day of an instant, as days since 1970. */
export function localDay(where: Zone, atMs: number): number {
  return Math.floor(where.local(atMs) / DAY_MS);
}

/**
 * The instant of a local day (days since 1970) and a time of it (milliseconds since its midnight). A time that comes
 * twice means the first; one that is skipped is read with the offset from before the change.
 */
export function instantOf(where: Zone, day: number, sinceMs: number): number {
  const local = day * DAY_MS + sinceMs;
  const before = where.offset(local - DAY_MS);
  const after = where.offset(local + DAY_MS);
  const early = local - before;
  if (before === after || where.offset(early) === before) return early;
  return where.offset(local - after) === after ? local - after : early;
}
