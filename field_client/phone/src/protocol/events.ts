/** What an officer records at one door (section 4.1): the event's body as JSON, in and out, and the envelope around it. */

import type { Bytes } from "./bytes";
import {
  bytes,
  count,
  decode,
  encode,
  flag,
  fromOne,
  integer,
  listOf,
  mapOf,
  maybe,
  oneOf,
  orElse,
  type Reader,
  record,
  text,
} from "./json";
import type {
  AddressNote,
  Answers,
  Clock,
  Consent,
  Envelope,
  EventBody,
  Hazard,
  Registration,
  Visit,
} from "./types";

export const PROTOCOL = 1;

export const uprn = text(12, /^[0-9]{1,12}$/);
export const eventId = text(36, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
export const kid = text(40, /^[A-Za-z0-9._-]{1,40}$/);
export const hash = text(64, /^[0-9a-f]{64}$/);
export const code = text(40);
const shortText = text(200);
const longText = text(2000);
const language = text(16);

const clock = record<Clock>({ recorded_at: integer, service_seen: maybe(integer), ticks: maybe(count) });

const visit = record<Visit>({
  outcome: code,
  callback: maybe(
    record<{ date: string; slot?: string }>({
      date: text(10, /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/),
      slot: maybe(text(20)),
    }),
  ),
  language: maybe(language),
  note: maybe(longText),
});

const consent = record<Consent>({
  purpose: oneOf("messages", "surveys", "groups"),
  wording: code,
  given: flag,
});

const registration = record<Registration>({
  id: eventId,
  name: shortText,
  consents: listOf(consent, 20),
  email: maybe(text(254)),
  phone: maybe(text(32)),
  language: maybe(language),
  groups: maybe(listOf(shortText, 20)),
  interests: maybe(listOf(shortText, 40)),
  demographics: maybe(mapOf(code, code, 20)),
});

const answers = record<Answers>({
  questionnaire: code,
  version: count,
  choices: maybe(mapOf(listOf(code, 60), code, 100)),
  texts: maybe(mapOf(longText, code, 40)),
  registration: maybe(eventId),
});

const hazard = record<Hazard>({ kind: code, text: maybe(longText) });

const addressNote = record<AddressNote>({
  kind: oneOf("new", "split", "gone", "not_a_home", "not_found", "other"),
  text: maybe(longText),
});

/** Its members stand in the order of section 4.1, and what it reads is written in that order again. */
const eventBody = record<EventBody>({
  uprn,
  campaign: count,
  worklist: count,
  clock,
  v: maybe(count),
  visit: maybe(visit),
  withdraws: maybe(eventId),
  registrations: maybe(listOf(registration, 20)),
  answers: maybe(answers),
  hazard: maybe(hazard),
  address_note: maybe(addressNote),
});

/** An envelope (section 4.3) of JSON. */
export const envelope: Reader<Envelope> = record<Envelope>({
  id: eventId,
  seq: fromOne,
  prev: hash,
  kid,
  sealed: bytes,
  protocol: orElse(count, PROTOCOL),
});

/** The body of JSON bytes, members at their default left out. Throws DecodeError, naming where, never what stands there. */
export function decodeBody(plain: Uint8Array): EventBody {
  return tidyBody(decode(plain, eventBody));
}

/**
 * A body as the bytes to seal. It is read back before: a sealed mistake cannot be mended, so what the service would
 * hold as malformed throws here, a DecodeError that names where (a note too long, a date of another form).
 */
export function encodeBody(body: EventBody): Bytes {
  const written = encode(body);
  return encode(decodeBody(written));
}

/** The body without members that are at their default, as they are left out on the wire. */
function tidyBody(body: EventBody): EventBody {
  const tidy: EventBody = without(body, "registrations");
  if (tidy.v === 1) delete tidy.v;
  if (tidy.registrations) {
    tidy.registrations = tidy.registrations.map((one) => without(one, "groups", "interests"));
  }
  if (tidy.answers) tidy.answers = without(tidy.answers, "choices", "texts");
  if (tidy.hazard) tidy.hazard = without(tidy.hazard, "text");
  if (tidy.address_note) tidy.address_note = without(tidy.address_note, "text");
  return tidy;
}

/** The same object without those of these members that are empty. */
function without<T extends object>(whole: T, ...names: (keyof T)[]): T {
  const rest = { ...whole };
  for (const name of names) {
    const value = rest[name];
    const empty =
      value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
    if (empty) delete rest[name];
  }
  return rest;
}
