import { expect, test } from "vitest";
import { SyncError } from "../../src/protocol/errors";
import { callbackStart, slotOf } from "../../src/protocol/slots";
import { DAY_MS, HOUR_MS, zone } from "../../src/protocol/zones";

const LONDON = "Europe/London";

/** The wall clock as Intl itself tells it, without anything kept. */
function wallClock(tz: string): (atMs: number) => string {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone: tz,
    dateStyle: "short",
    timeStyle: "medium",
  });
  return (atMs) => format.format(atMs);
}

test.each([LONDON, "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", "Africa/Casablanca"])(
  "the wall clock of %s is Intl's in every hour of a year and around its changes",
  (tz) => {
    const asked = wallClock(tz);
    const start = Date.UTC(2011, 0, 1);
    for (let at = start; at < start + 366 * DAY_MS; at += HOUR_MS / 2) {
      const told = new Date(zone(tz).local(at)).toISOString().slice(0, 19).replace("T", " ");
      expect(told).toBe(asked(at));
    }
  },
);

test("an autumn's double hour means the first, a spring's missing one the offset from before", () => {
  expect(callbackStart("2026-10-25", "01:30", LONDON)).toBe(Date.UTC(2026, 9, 25, 0, 30));
  expect(callbackStart("2026-03-29", "01:30", LONDON)).toBe(Date.UTC(2026, 2, 29, 1, 30));
  expect(callbackStart("2026-03-29", "02:30", LONDON)).toBe(Date.UTC(2026, 2, 29, 1, 30));
});

test("a time before 1970 or after 2200 is judged as the nearest within", () => {
  expect(slotOf(-1, LONDON)).toBe(slotOf(0, LONDON));
  expect(slotOf(Number.MAX_SAFE_INTEGER, LONDON)).toBe(slotOf(7_258_118_400_000, LONDON));
});

test("a zone that there is not is named", () => {
  expect(() => slotOf(0, "Europe/Hull")).toThrow(SyncError);
  expect(() => slotOf(0, "Europe/Hull")).toThrow("Europe/Hull");
});
