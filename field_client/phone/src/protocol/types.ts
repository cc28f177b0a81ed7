/**
 * What travels between phone and service, as TypeScript sees it. Members are named as on the wire (sync/PROTOCOL.md);
 * bytes are Uint8Array here and base64 there; times are milliseconds since 1970 UTC.
 */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export type Answer = "yes" | "no" | "not_before";
export type Texts = Record<string, string>;

/** An outcome and its effects (sync/outcomes.json, section 7). Programs ask for effects, never for a code. */
export interface Outcome {
  code: string;
  label: string;
  family: string;
  reason: string;
  next: "done" | "never" | "revisit" | "revisit_at" | "stop";
  visited?: boolean;
  informed?: boolean;
  contacted?: boolean;
  refused?: boolean;
  ineligible?: boolean;
  home?: boolean;
  another_slot?: boolean;
  standing?: boolean;
  needs?: string[];
}

/** The coverage state of one house in one campaign; members at their default may be left out on the wire (6.2). */
export interface HouseState {
  eligible: boolean;
  ineligible: string;
  do_not_call: boolean;
  unsafe: boolean;
  attempts: number;
  slots: string[];
  visited: boolean;
  informed: boolean;
  contacted: boolean;
  refused: boolean;
  settled: boolean;
  registered: "none" | "unconfirmed" | "partial" | "registered" | "opted_out";
  last_outcome: string;
  last_at: number;
  contacted_at: number;
  callback_date: string;
  callback_slot: string;
  language: string;
  override: [revisit: boolean, reason: string] | null;
}

/** A house of a list. x and y are 1e-6 degrees from the street's origin; `place` is its place in walking order. */
export interface House {
  uprn: string;
  place: number;
  address: string;
  x: number;
  y: number;
  flag: Answer;
  reason: string;
  state: HouseState;
  parent: string;
  postcode: string;
  hazards: string[];
  notes: string[];
}

/** A street of a list; lon and lat are its origin in 1e-6 degrees. */
export interface Street {
  usrn: string;
  name: string;
  place: number;
  lon: number;
  lat: number;
  houses: House[];
}

export interface Policy {
  revisit_registered?: boolean;
  most_attempts?: number;
  need_evening?: boolean;
  need_weekend?: boolean;
  least_gap_hours?: number;
  call_again_days?: number;
  best_slots?: readonly string[];
}

/** `translations` gives the same wording version in other languages: language → purpose → text. */
export interface CampaignCard {
  id: number;
  name: string;
  ends_on: string;
  policy: Policy;
  wordings: Record<string, string>;
  consent_version: string;
  translations?: Record<string, Record<string, string>>;
}

export interface Choice {
  code: string;
  label: Texts;
  alone?: boolean;
}

export interface Question {
  code: string;
  kind: "one" | "many" | "scale" | "text";
  text: Texts;
  choices?: Choice[];
  required?: boolean;
  show_if?: { question: string; any_of: string[] }[];
  most?: number;
  topic?: string;
}

/** A questionnaire version (section 10). The first of `languages` is complete. */
export interface Questionnaire {
  code: string;
  version: number;
  title: Texts;
  questions: Question[];
  languages: string[];
}

/** What may be told at a door of a street: what residents said, what was done, and what the police work on there. */
export interface Told {
  usrn: string;
  kind: "said_did" | "priority";
  said: string;
  did: string;
  on: string;
}

/** A whole list as put together from its packages (6.4). */
export interface Worklist {
  worklist: number;
  version: number;
  epoch: string;
  not_after: number;
  digest: string;
  campaign: CampaignCard;
  officer: string;
  time_zone: string;
  outcomes: Outcome[];
  questionnaires: Questionnaire[];
  token_key: Uint8Array;
  extras: string;
  told: Told[];
  streets: Street[];
}

export interface Clock {
  recorded_at: number;
  service_seen?: number;
  ticks?: number;
}

export interface Visit {
  outcome: string;
  callback?: { date: string; slot?: string };
  language?: string;
  note?: string;
}

export type Purpose = "messages" | "surveys" | "groups";

export interface Consent {
  purpose: Purpose;
  wording: string;
  given: boolean;
}

export interface Registration {
  id: string;
  name: string;
  consents: Consent[];
  email?: string;
  phone?: string;
  language?: string;
  groups?: string[];
  interests?: string[];
  demographics?: Record<string, string>;
}

export interface Answers {
  questionnaire: string;
  version: number;
  choices?: Record<string, string[]>;
  texts?: Record<string, string>;
  registration?: string;
}

export interface Hazard {
  kind: string;
  text?: string;
}

export interface AddressNote {
  kind: "new" | "split" | "gone" | "not_a_home" | "not_found" | "other";
  text?: string;
}

/** The plaintext of an event (4.1). */
export interface EventBody {
  uprn: string;
  campaign: number;
  worklist: number;
  clock: Clock;
  v?: number;
  visit?: Visit;
  withdraws?: string;
  registrations?: Registration[];
  answers?: Answers;
  hazard?: Hazard;
  address_note?: AddressNote;
}

/** An event as it lies in the outbox and travels (4.3). */
export interface Envelope {
  id: string;
  seq: number;
  prev: string;
  kid: string;
  sealed: Uint8Array;
  protocol: number;
}

export interface SealKey {
  kid: string;
  public: Uint8Array;
}

export interface Have {
  worklist: number;
  version: number;
  digest?: string;
  extras?: string;
}

export interface ExchangeRequest {
  number: number;
  now: number;
  epoch: string;
  events?: Envelope[];
  have?: Have[];
  waiting?: number;
  kid?: string;
  app?: string;
  /** The version of the guide that the officer has read to its end on this device. */
  guide?: string;
  protocol?: number;
}

export interface Receipt {
  id: string;
  hash: string;
  status: "applied" | "duplicate" | "held" | "rejected";
  reason?: string;
  worklist?: number;
  version?: number;
}

export interface Package {
  header: string;
  body: Uint8Array;
}

export interface PackageHeader {
  kind: "full" | "delta";
  worklist: number;
  base: number;
  version: number;
  epoch: string;
  device: string;
  kid: string;
  not_after: number;
  protocol: number;
}

export interface ExchangeReply {
  now: number;
  epoch: string;
  receipts: Receipt[];
  changes: Package[];
  recalled: { worklist: number; reason: "recalled" | "expired" | "closed" }[];
  revoked: "" | "lost" | "leaver";
  more: boolean;
  seal_key: SealKey | null;
  protocol: number;
}

export interface ServiceCard {
  verify_key: Uint8Array;
  seal_key: SealKey;
  epoch: string;
  now: number;
  name: string;
  signature: Uint8Array;
  protocol: number;
}

export interface EnrolReply {
  device: string;
  officer: string;
  epoch: string;
  now: number;
  seal_key: SealKey;
  verify_key: Uint8Array;
  time_zone: string;
}

/** The revisit rule's answer (7.3), computed where it is shown. */
export interface Decision {
  answer: Answer;
  code: string;
  text: string;
  not_before_ms?: number;
  slot?: string;
}
