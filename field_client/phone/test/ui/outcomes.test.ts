import { expect, test } from "vitest";
import { OWN_ROWS } from "../../src/protocol/outcomes";
import type { Outcome } from "../../src/protocol/types";
import { doorOf, faultsOf, nothingTold, type Told } from "../../src/ui/needs";
import { groupOf, others, quick } from "../../src/ui/outcomes";

function outcome(code: string): Outcome {
  return OWN_ROWS.find((row) => row.code === code) as Outcome;
}

function telling(code: string, told: Partial<Told>): Told {
  return { ...nothingTold(code), ...told };
}

const NOW = { day: "2026-03-02", time: "14:02" };

test("every outcome of the table is one tap away, once", () => {
  const { nobody, spoke } = quick(OWN_ROWS);
  const shown = [...nobody, ...(spoke ? [spoke] : []), ...others(OWN_ROWS).flatMap((one) => one.outcomes)];
  expect(shown.map((one) => one.code).sort()).toEqual(OWN_ROWS.map((one) => one.code).sort());
});

test("under the thumb lies what comes at most doors and asks for nothing", () => {
  const { nobody, spoke } = quick(OWN_ROWS);
  expect(nobody.map((one) => one.code)).toEqual(["no_reply", "no_reply_card"]);
  expect(spoke?.code).toBe("spoke");
});

test("an outcome of a family that this app does not know stands where its effects put it", () => {
  const newer = { code: "x", label: "X", family: "newer", reason: "X", next: "revisit" } as const;
  expect(groupOf({ ...newer, contacted: true })).toBe("somebody");
  expect(groupOf({ ...newer, ineligible: true })).toBe("stop");
  expect(groupOf({ ...newer, next: "stop" })).toBe("stop");
  expect(groupOf(newer)).toBe("nobody");
});

test("a list without such outcomes has no buttons under the thumb, and does not fail", () => {
  expect(quick([outcome("vacant")])).toEqual({ nobody: [], spoke: undefined });
});

test("a callback is asked for its day and its time of day", () => {
  const callback = outcome("callback");
  expect(Object.keys(faultsOf(callback, nothingTold("callback"), NOW))).toEqual(["day", "part"]);
  const told = telling("callback", { day: "2026-03-03", part: "time" });
  expect(Object.keys(faultsOf(callback, told, NOW))).toEqual(["time"]);
  expect(doorOf(callback, { ...told, time: "18:30" }).visit).toEqual({
    outcome: "callback",
    callback: { date: "2026-03-03", slot: "18:30" },
  });
});

test.each([
  ["morning", "", "11:59", []],
  ["morning", "", "12:00", ["part"]],
  ["evening", "", "20:00", []],
  ["any", "", "23:30", []],
  ["time", "14:30", "14:30", ["time"]],
  ["time", "14:31", "14:30", []],
])("a callback today in what has passed is asked again (%s %s at %s)", (part, time, now, faults) => {
  const told = telling("callback", { day: NOW.day, part, time });
  expect(Object.keys(faultsOf(outcome("callback"), told, { ...NOW, time: now }))).toEqual(faults);
  expect(faultsOf(outcome("callback"), { ...told, day: "2026-03-03" }, { ...NOW, time: now })).toEqual({});
});

test("a callback at any time has no slot", () => {
  const told = telling("callback", { day: "2026-03-03", part: "any" });
  expect(faultsOf(outcome("callback"), told, NOW)).toEqual({});
  expect(doorOf(outcome("callback"), told).visit?.callback).toEqual({ date: "2026-03-03" });
});

test("a visit says nothing that its outcome does not ask for", () => {
  const told = telling("no_reply", {
    language: "pl",
    note: "x",
    hazard: "dog",
    day: "2026-03-03",
    part: "any",
  });
  expect(doorOf(outcome("no_reply"), told)).toEqual({ visit: { outcome: "no_reply" } });
});

test("an address note is of the outcome's own kind unless another is chosen", () => {
  expect(doorOf(outcome("not_a_home"), nothingTold("not_a_home"))).toEqual({
    visit: { outcome: "not_a_home" },
    addressNote: { kind: "not_a_home" },
  });
});

test("whoever leaves as unsafe is asked why, and a text of blanks is none", () => {
  const unsafe = outcome("unsafe");
  expect(Object.keys(faultsOf(unsafe, nothingTold("unsafe"), NOW))).toEqual(["hazard"]);
  expect(doorOf(unsafe, telling("unsafe", { hazard: "dog", hazardText: "  " })).hazard).toEqual({
    kind: "dog",
  });
});

test("a note for the next officer may be left out", () => {
  const shut = outcome("no_access");
  expect(faultsOf(shut, nothingTold("no_access"), NOW)).toEqual({});
  expect(doorOf(shut, telling("no_access", { note: " Ring flat 1 " })).visit?.note).toBe("Ring flat 1");
});
