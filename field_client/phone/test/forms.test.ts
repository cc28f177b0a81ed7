import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { CampaignCard } from "../src/protocol/types";
import {
  consentFaults,
  emptyPerson,
  hasNoContact,
  isBegun,
  type PersonForm,
  personFaults,
  registrationOf,
  wordingOf,
} from "../src/ui/forms";

interface Repeated {
  times: number;
  text: string;
  before?: string;
  after?: string;
}
interface Case {
  name: string;
  person: Record<string, string | string[] | Repeated>;
  wrong: string[];
}

const CASES: Case[] = JSON.parse(
  readFileSync(new URL("cases/registrations.json", import.meta.url), "utf8"),
).cases;

const CAMPAIGN: CampaignCard = {
  id: 1,
  name: "Spring",
  ends_on: "2026-06-30",
  policy: {},
  wordings: { messages: "May we write?", surveys: "May we ask?" },
  consent_version: "2026-01",
  translations: { pl: { messages: "Czy możemy pisać?" } },
};

function filled(member: string, value: string | string[] | Repeated): string | string[] {
  if (typeof value === "string" || Array.isArray(value)) return value;
  const { times, text, before = "", after = "" } = value;
  return member === "groups" || member === "interests"
    ? Array<string>(times).fill(text)
    : before + text.repeat(times) + after;
}

function formOf(person: Case["person"]): PersonForm {
  const members = Object.entries(person).map(([member, value]) => [member, filled(member, value)]);
  const { groups = [], ...others } = Object.fromEntries(members);
  return { ...emptyPerson(), ...others, groups: groups.join(", ") };
}

describe("a registration is refused at the field that the Python client refuses it for", () => {
  it.each(CASES)("$name", ({ person, wrong }) => {
    expect(personFaults(formOf(person)).map((fault) => fault.field)).toEqual(wrong);
  });
});

it("waits for a yes or a no to every purpose that the list has a wording for", () => {
  const form = { ...emptyPerson(), consents: { messages: false } };
  expect(consentFaults(form, CAMPAIGN)).toEqual([{ field: "surveys", rule: "unanswered" }]);
});

it("records each answer under the list's wording, with spaces around texts taken off and empty members left out", () => {
  const form: PersonForm = {
    ...emptyPerson(),
    name: " Ada Example ",
    email: " ada@example.org",
    consents: { messages: true, surveys: false },
    groups: "Neighbourhood Watch; Chess club, ",
    interests: ["Noise"],
    otherInterests: "parks",
  };
  expect(registrationOf(form, CAMPAIGN, "an-id", { age_band: "25_34" })).toEqual({
    id: "an-id",
    name: "Ada Example",
    email: "ada@example.org",
    consents: [
      { purpose: "messages", wording: "2026-01", given: true },
      { purpose: "surveys", wording: "2026-01", given: false },
    ],
    groups: ["Neighbourhood Watch", "Chess club"],
    interests: ["Noise", "parks"],
    demographics: { age_band: "25_34" },
  });
  expect(registrationOf(form, CAMPAIGN, "an-id", {})).not.toHaveProperty("demographics");
});

it("reads a wording in the resident's language, and says when it has to be in English", () => {
  expect(wordingOf(CAMPAIGN, "messages", "pl")).toEqual({ text: "Czy możemy pisać?", language: "pl" });
  expect(wordingOf(CAMPAIGN, "surveys", "pl")).toEqual({ text: "May we ask?", language: "en" });
});

it("notices a yes to being written to without anything to write to", () => {
  const agreed = { ...emptyPerson(), name: "Ada", consents: { messages: true } };
  expect(hasNoContact(agreed)).toBe(true);
  expect(hasNoContact({ ...agreed, phone: "0114 496 0001" })).toBe(false);
  expect(hasNoContact({ ...agreed, consents: { messages: false, groups: true } })).toBe(false);
});

it("holds a form for begun once anything is typed or chosen", () => {
  expect(isBegun({ ...emptyPerson(), name: " " })).toBe(false);
  expect(isBegun({ ...emptyPerson(), consents: { groups: false } })).toBe(true);
});
