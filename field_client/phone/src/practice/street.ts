/**
 * The invented street: one house for each thing that an officer should have met before the first real door. What was
 * done there stands as facts at times that count back from now, so that the flags say what they would say today. It
 * lies in the North Sea, its postcode is none, and nobody lives there.
 */

import type { Fact } from "../protocol/fold";
import type { House } from "../protocol/types";
import { DAY_MS, HOUR_MS, instantOf, localDay, zone } from "../protocol/zones";

export const CAMPAIGN = 1;
export const ZONE = "Europe/London";
export const STREET = { usrn: "1", name: "Sample Street", place: 0, lon: 2_000_000, lat: 54_000_000 };

/** What of a house does not change while one practises. */
export type Plot = Pick<House, "uprn" | "place" | "address" | "x" | "y" | "parent" | "postcode" | "notes"> & {
  hazards: readonly string[];
  facts: readonly Fact[];
};

/** What is told of a door besides its number; `before` is what happened there, oldest first. */
interface Door {
  before?: (when: Times) => Happened[];
  hazards?: string[];
  notes?: string[];
}

type Happened = Omit<Fact, "id" | "campaign">;

interface Times {
  now: number;
  /** A time of day (in hours) on the nth weekday before today. */
  weekdayBack(days: number, hour: number): number;
  /** The full hour that began last, as a date and a time of day in the force's zone. */
  lastHour: { date: string; slot: string };
}

const knock = (at: number, outcome: string, more: Partial<Happened> = {}): Happened => ({
  kind: "visit",
  at,
  outcome,
  ...more,
});

const ENTRY = "Entrance at the back. Press the number of the flat and wait: the lock is slow.";

const ODD: Record<number, Door> = {
  1: {},
  3: { hazards: ["Dog: loose in the front garden. Call from the gate."] },
  5: {
    before: ({ now, lastHour }) => [
      knock(now - 2 * DAY_MS, "callback", { callback_date: lastHour.date, callback_slot: lastHour.slot }),
    ],
  },
  7: { before: ({ weekdayBack }) => [knock(weekdayBack(3, 11), "spoke")] },
  9: {
    before: ({ weekdayBack }) => [
      knock(weekdayBack(3, 11.25), "spoke"),
      { kind: "registration", at: weekdayBack(3, 11.25), resident: "1", registered: "registered" },
    ],
  },
  11: {},
  13: {
    before: ({ weekdayBack }) => [
      knock(weekdayBack(4, 10), "no_reply"),
      knock(weekdayBack(2, 14), "no_reply"),
    ],
  },
  15: { notes: ["Knock at the side door: the bell does not ring."] },
  17: { before: ({ weekdayBack }) => [knock(weekdayBack(5, 15), "do_not_call")] },
  19: {},
};

const FLATS: Record<number, Door> = {
  1: {},
  2: { before: ({ weekdayBack }) => [knock(weekdayBack(4, 16), "vacant")] },
  3: { before: ({ now }) => [knock(now - 3 * HOUR_MS, "no_access")] },
  4: {},
};

const EVEN: Record<number, Door> = {
  2: {},
  4: {},
  6: {
    before: ({ weekdayBack }) => [knock(weekdayBack(2, 13), "unsafe")],
    hazards: ["Loose roof tiles above the door."],
  },
  8: {},
  10: {
    before: ({ weekdayBack }) => [
      knock(weekdayBack(4, 12), "spoke"),
      { kind: "override", at: weekdayBack(1, 9), revisit: true, reason: "they called and ask for a visit" },
    ],
  },
  12: { before: ({ now }) => [knock(now - HOUR_MS, "no_reply_card")] },
  14: {},
  16: { before: ({ weekdayBack }) => [knock(weekdayBack(3, 15), "not_interested")] },
  18: { before: ({ weekdayBack }) => [knock(weekdayBack(5, 10), "language", { language: "pl" })] },
  20: {},
};

const BUILDING = "100";
const PLOT_METRES = 11;
const SETBACK_METRES = 13;

/** The houses in walking order: up the odd side, round Sample Court at the end, and back along the even side. */
export function plots(now: number): Plot[] {
  const times = timesAt(now);
  const { name } = STREET;
  const odd = Object.entries(ODD).map(([number, door]) => ({
    door,
    address: `${number} ${name}`,
    at: houseAt(Number(number), 1),
    parent: "",
  }));
  const flats = Object.entries(FLATS).map(([number, door]) => ({
    door: { notes: [ENTRY], ...door },
    address: `Flat ${number}, Sample Court, ${name}`,
    at: microdegrees(PLOT_METRES * 12, 4),
    parent: BUILDING,
  }));
  const even = Object.entries(EVEN).map(([number, door]) => ({
    door,
    address: `${number} ${name}`,
    at: houseAt(Number(number), -1),
    parent: "",
  }));
  return [...odd, ...flats, ...even.reverse()].map(({ door, address, at, parent }, place) => ({
    uprn: String(place + 1),
    place,
    address,
    ...at,
    parent,
    postcode: "ZZ1 1AA",
    hazards: door.hazards ?? [],
    notes: door.notes ?? [],
    facts: (door.before?.(times) ?? []).map((fact, nth) => ({
      ...fact,
      id: `${place + 1}.${nth}`,
      campaign: CAMPAIGN,
    })),
  }));
}

/** Numbers go up along the street, which bends a little; `side` is 1 for the north, -1 for the south. */
function houseAt(number: number, side: number): { x: number; y: number } {
  const along = Math.ceil(number / 2) * PLOT_METRES;
  return microdegrees(along, side * SETBACK_METRES + (along / 40) ** 2);
}

function microdegrees(eastMetres: number, northMetres: number): { x: number; y: number } {
  const metres = 0.11132;
  const narrowing = Math.cos((STREET.lat / 1e6) * (Math.PI / 180));
  return { x: Math.round(eastMetres / (metres * narrowing)), y: Math.round(northMetres / metres) };
}

function timesAt(now: number): Times {
  const where = zone(ZONE);
  const local = new Date(Math.floor(where.local(now) / HOUR_MS) * HOUR_MS).toISOString();
  return {
    now,
    weekdayBack: (days, hour) => instantOf(where, weekdayBefore(localDay(where, now), days), hour * HOUR_MS),
    lastHour: { date: local.slice(0, 10), slot: local.slice(11, 16) },
  };
}

/** The nth weekday before a day, in days since 1970 (a Thursday). */
function weekdayBefore(day: number, back: number): number {
  let left = back;
  let at = day;
  while (left > 0) {
    at -= 1;
    const weekday = (at + 4) % 7;
    if (weekday !== 0 && weekday !== 6) left -= 1;
  }
  return at;
}
