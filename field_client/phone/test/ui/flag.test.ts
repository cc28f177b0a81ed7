import { expect, test } from "vitest";
import { flagOf } from "../../src/ui/flag";
import { hazardsOf, tagsOf } from "../../src/ui/house_words";
import { aView, STREET } from "./houses";

const codes = ["registered", "contacted", "do_not_call", "unsafe", "refused", "attempts_used"];

test("a house that is not to be visited never looks like one that is", () => {
  const visit = flagOf(aView(`1 ${STREET}`));
  for (const code of codes) {
    const closed = flagOf(aView(`1 ${STREET}`, { decision: { answer: "no", code } }));
    expect([closed.sign, closed.word], code).not.toContain(visit.sign);
    expect(closed.word).not.toBe(visit.word);
  }
});

test("a callback that is due stands out from other visits by its shape and word", () => {
  expect(flagOf(aView(`1 ${STREET}`, { due: true }))).toMatchObject({ sign: "clock", word: "Callback due" });
});

test("a hazard that this officer has just reported stands beside those of the list", () => {
  const event = {
    id: "1",
    key: { worklist: 1, uprn: "1" },
    address: "",
    at: 0,
    outcome: "",
    callbackDate: "",
    callbackSlot: "",
    withdraws: "",
    withdrawn: false,
    registrations: [],
    answered: false,
    hazard: "dog",
    note: "",
    state: "waiting" as const,
    status: "" as const,
    reason: "",
    undoUntil: 0,
  };
  const view = aView(`1 ${STREET}`, { hazards: ["loose step"], own: [event] });
  expect(hazardsOf(view)).toEqual(["loose step", "Dog (reported by you)"]);
  expect(tagsOf(view)).toEqual(["1 of yours not sent yet"]);
});

test("the language, the tries and a registration that is not whole are told in words", () => {
  const state = { language: "pl", attempts: 2, registered: "partial" as const };
  expect(tagsOf(aView(`1 ${STREET}`, { state }))).toEqual([
    "Polish",
    "knocked 2 times",
    "part of the household registered",
  ]);
});

test("a list's hazard is told by the name of its kind, not by its code", () => {
  const view = aView(`1 ${STREET}`, { hazards: ["building: the top step: broken", "person", "geese: two"] });
  expect(hazardsOf(view)).toEqual(["Building or steps: the top step: broken", "Person", "geese: two"]);
});
