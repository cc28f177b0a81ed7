/**
 * What was recorded at a door as an event body, checked before it is sealed: a sealed mistake cannot be mended. Pure: the
 * body comes out, or a problem with a sentence that names what to change. Free text is never repeated in it.
 */

import type { AtDoor } from "../contract";
import { isEmail, isPhone } from "../protocol/contacts";
import { DEMOGRAPHICS } from "../protocol/demographics";
import { SyncError } from "../protocol/errors";
import { encodeBody } from "../protocol/events";
import type { OutcomeTable } from "../protocol/outcomes";
import { problems } from "../protocol/questionnaires";
import { localDate } from "../protocol/slots";
import type { Answers, Clock, EventBody, Registration, Visit, Worklist } from "../protocol/types";
import type { Own, OwnRecord } from "../store/own";
import { refused } from "../store/problems";

const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/;
const SLOT = /^(morning|afternoon|evening|([01][0-9]|2[0-3]):[0-5][0-9])$/;
const DAY_MS = 24 * 3_600_000;
const FURTHEST_CALLBACK_DAYS = 366;

export interface Where {
  uprn: string;
  list: Worklist;
  table: OutcomeTable;
  clock: Clock;
  now: number;
}

/** Problem: refused, when something in it would be held by the service. */
export function makeBody(door: AtDoor, where: Where): EventBody {
  const { list } = where;
  const { visit, registrations = [], answers, hazard, addressNote } = door;
  if (!visit && registrations.length === 0 && !answers && !hazard && !addressNote) {
    throw refused("There is nothing to record yet.");
  }
  if (visit) {
    checkVisit(visit, where);
  }
  for (const person of registrations) {
    checkRegistration(person, list);
  }
  if (answers) {
    checkAnswers(answers, list);
  }
  if (hazard && !hazard.kind.trim()) {
    throw refused("Say what kind of hazard it is, such as dog or loose step.");
  }
  const body: EventBody = {
    uprn: where.uprn,
    campaign: list.campaign.id,
    worklist: list.worklist,
    clock: where.clock,
    ...(visit && { visit: tidy(visit) }),
    ...(registrations.length > 0 && { registrations }),
    ...(answers && { answers }),
    ...(hazard && { hazard }),
    ...(addressNote && { address_note: addressNote }),
  };
  checkShape(body);
  return body;
}

/** The own record of a visit that may still be withdrawn here. Problem: refused, with what stands in the way. */
export function withdrawable(own: readonly Own[], eventId: string): OwnRecord {
  const before = own.find(({ record }) => record.id === eventId)?.record;
  if (before === undefined) {
    throw refused("Only what was recorded on this device in the last 14 days can be withdrawn here.");
  }
  if (before.withdraws) {
    throw refused("A withdrawal cannot itself be withdrawn; record the visit again.");
  }
  if (!before.outcome) {
    throw refused("Only a visit can be withdrawn here. Ask a supervisor about anything else.");
  }
  if (own.some(({ record }) => record.withdraws === eventId)) {
    throw refused("That visit has been withdrawn already.");
  }
  return before;
}

function tidy(visit: Visit): Visit {
  const { note, ...rest } = visit;
  return note?.trim() ? visit : rest;
}

function checkVisit(visit: Visit, { list, table, now }: Where): void {
  const outcome = table.get(visit.outcome);
  if (outcome === undefined) {
    throw refused("There is no such outcome on this list. Choose another one.");
  }
  const needs = outcome.needs ?? [];
  if (needs.includes("callback") && !visit.callback) {
    throw refused(`"${outcome.label}" needs the day to come back.`);
  }
  if (visit.callback && !needs.includes("callback")) {
    throw refused(`A day to come back does not go with "${outcome.label}".`);
  }
  if (needs.includes("language") && !visit.language) {
    throw refused(`"${outcome.label}" needs the language.`);
  }
  if (visit.language && !LANGUAGE.test(visit.language)) {
    throw refused("A language is given as a code of two or three letters, such as pl or ckb.");
  }
  if (visit.callback) {
    checkCallback(visit.callback, list.time_zone, now);
  }
}

function checkCallback(callback: { date: string; slot?: string }, timeZone: string, now: number): void {
  const { date, slot } = callback;
  const at = Date.parse(`${date}T00:00:00Z`);
  if (
    !/^\d{4}-\d{2}-\d{2}$/.test(date) ||
    Number.isNaN(at) ||
    new Date(at).toISOString().slice(0, 10) !== date
  ) {
    throw refused("The day to come back is no day of the calendar.");
  }
  const today = localDate(now, timeZone);
  if (date < today) {
    throw refused("The day to come back has passed.");
  }
  if (at > Date.parse(`${today}T00:00:00Z`) + FURTHEST_CALLBACK_DAYS * DAY_MS) {
    throw refused("The day to come back is more than a year ahead.");
  }
  if (slot && !SLOT.test(slot)) {
    throw refused("The time to come back is morning, afternoon, evening, or a time such as 18:30.");
  }
}

function checkRegistration(person: Registration, list: Worklist): void {
  if (!person.name.trim()) {
    throw refused("A registration needs the person's name.");
  }
  if (person.email && !isEmail(person.email)) {
    throw refused("The e-mail address is not one: it should look like name@example.org.");
  }
  if (person.phone && !isPhone(person.phone)) {
    throw refused("The phone number may hold digits, spaces, brackets, dashes, and a + in front.");
  }
  const purposes = person.consents.map((consent) => consent.purpose);
  if (new Set(purposes).size !== purposes.length) {
    throw refused("A purpose of consent is answered twice.");
  }
  if (person.consents.some((consent) => consent.wording !== list.campaign.consent_version)) {
    throw refused("The wording of the consents has changed: read out this list's wording.");
  }
  for (const [list, code] of Object.entries(person.demographics ?? {})) {
    if (!Object.hasOwn(DEMOGRAPHICS, list) || !DEMOGRAPHICS[list]?.some((choice) => choice.code === code)) {
      throw refused("An answer about the person is not one of its list. Go through those questions again.");
    }
  }
}

function checkAnswers(answers: Answers, list: Worklist): void {
  const { questionnaire, version } = answers;
  const card = list.questionnaires.find((one) => one.code === questionnaire && one.version === version);
  if (card === undefined) {
    throw refused("These answers belong to a questionnaire that is not on this list any more.");
  }
  const wrong = problems(card, answers);
  if (wrong.length > 0) {
    throw refused(`The answers do not fit: ${wrong.map((problem) => problem.text).join(" ")}`);
  }
}

/** Lengths and patterns, as the service's decoder will judge them; names the place, never the words. */
function checkShape(body: EventBody): void {
  try {
    encodeBody(body);
  } catch (error) {
    throw error instanceof SyncError
      ? refused(`Something is too long, or holds characters that cannot be sent. ${error.message}.`)
      : error;
  }
}
