/** What an outcome asks for beside it, as a form, and the event that comes of it. Pure. */

import type { AtDoor } from "../contract";
import type { AddressNote, Outcome } from "../protocol/types";
import { say } from "./words";

export const HAZARDS = ["dog", "person", "building", "road", "other"] as const;
export const ADDRESS_NOTES = ["new", "split", "gone", "not_a_home", "not_found", "other"] as const;
export const PARTS = ["morning", "afternoon", "evening"] as const;

export interface Told {
  /** 2026-03-03; "" while none is chosen. */
  day: string;
  /** morning, afternoon, evening; "any" for no time agreed; "time" for the one typed. */
  part: string;
  time: string;
  language: string;
  note: string;
  hazard: string;
  hazardText: string;
  addressNote: AddressNote["kind"] | "";
  addressText: string;
}

/** Nothing told yet; an address note is of the outcome's own kind where there is one of that name. */
export function nothingTold(code: string): Told {
  return {
    day: "",
    part: "",
    time: "",
    language: "",
    note: "",
    hazard: "",
    hazardText: "",
    addressNote: ADDRESS_NOTES.find((kind) => kind === code) ?? "",
    addressText: "",
  };
}

export type Faults = Partial<Record<keyof Told, string>>;

const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/;

/** When a part of the day is over, local time. */
const ENDS: Readonly<Record<string, string>> = { morning: "12:00", afternoon: "17:00", evening: "21:00" };

/** The force's day and time: 2026-03-03, 14:02. */
export interface Now {
  day: string;
  time: string;
}

/** What is missing or wrong, by field; empty where it can be recorded. */
export function faultsOf(outcome: Outcome, told: Told, now: Now): Faults {
  const needs = outcome.needs ?? [];
  const faults: Faults = {};
  if (needs.includes("callback")) {
    if (told.day === "") faults.day = say("ask.no_day");
    if (told.part === "") faults.part = say("ask.no_part");
    if (told.part === "time" && told.time === "") faults.time = say("ask.no_time");
    const end = told.part === "time" ? told.time : (ENDS[told.part] ?? "");
    if (told.day === now.day && end !== "" && end <= now.time) {
      faults[told.part === "time" ? "time" : "part"] = say("ask.over");
    }
  }
  if (needs.includes("language") && !LANGUAGE.test(told.language)) faults.language = say("ask.no_language");
  if (needs.includes("hazard") && told.hazard === "") faults.hazard = say("ask.no_hazard");
  if (needs.includes("address_note") && told.addressNote === "")
    faults.addressNote = say("ask.no_address_note");
  return faults;
}

/** The event of an outcome and what was told beside it; only what the outcome asks for. */
export function doorOf(outcome: Outcome, told: Told): AtDoor {
  const needs = outcome.needs ?? [];
  const slot = told.part === "time" ? told.time : told.part === "any" ? "" : told.part;
  return {
    visit: {
      outcome: outcome.code,
      ...(needs.includes("callback") && { callback: { date: told.day, ...(slot && { slot }) } }),
      ...(needs.includes("language") && { language: told.language }),
      ...(needs.includes("note") && told.note.trim() && { note: told.note.trim() }),
    },
    ...(needs.includes("hazard") && { hazard: withText(told.hazard, told.hazardText) }),
    ...(needs.includes("address_note") &&
      told.addressNote !== "" && { addressNote: withText(told.addressNote, told.addressText) }),
  };
}

/** A hazard or an address note, its text left out where nothing was typed. */
export function withText<K extends string>(kind: K, typed: string): { kind: K; text?: string } {
  const text = typed.trim();
  return text ? { kind, text } : { kind };
}
