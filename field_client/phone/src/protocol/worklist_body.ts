/** The inside of a worklist package (section 6.2) as JSON reads it: streets and houses are arrays there. */

import { DecodeError } from "./errors";
import {
  bytes,
  count,
  decode,
  flag,
  integer,
  listOf,
  mapOf,
  maybe,
  oneOf,
  orElse,
  type Reader,
  record,
  text,
  tuple,
} from "./json";
import { wholeState } from "./state";
import type {
  CampaignCard,
  Choice,
  House,
  HouseState,
  Outcome,
  Policy,
  Question,
  Questionnaire,
  Street,
  Told,
} from "./types";

/** A package's body. In a delta a member that is not there means "as before". */
export interface WorklistBody {
  worklist: number;
  version: number;
  digest: string;
  campaign?: CampaignCard;
  officer: string;
  time_zone: string;
  outcomes?: Outcome[];
  questionnaires?: Questionnaire[];
  token_key: Uint8Array;
  extras: string;
  told?: Told[];
  streets: Street[];
  removed: string[];
}

const texts = mapOf(text());
const answer = text() as Reader<House["flag"]>; // As of packing; what is shown is computed anew.

const givenState = record<Partial<HouseState>>({
  eligible: maybe(flag),
  ineligible: maybe(text()),
  do_not_call: maybe(flag),
  unsafe: maybe(flag),
  attempts: maybe(count),
  slots: maybe(listOf(text())),
  visited: maybe(flag),
  informed: maybe(flag),
  contacted: maybe(flag),
  refused: maybe(flag),
  settled: maybe(flag),
  registered: maybe(text() as Reader<HouseState["registered"]>), // A newer mark counts as none that is known.
  last_outcome: maybe(text()),
  last_at: maybe(integer),
  contacted_at: maybe(integer),
  callback_date: maybe(text()),
  callback_slot: maybe(text()),
  language: maybe(text()),
  override: maybe(tuple<[boolean, string]>(([revisit, reason]) => [flag(revisit), text()(reason)])),
});

const house: Reader<House> = tuple((parts) => ({
  uprn: text()(parts[0]),
  place: integer(parts[1]),
  address: text()(parts[2]),
  x: integer(parts[3]),
  y: integer(parts[4]),
  flag: answer(parts[5]),
  reason: text()(parts[6]),
  state: wholeState(givenState(parts[7])),
  parent: orElse(text(), "")(parts[8]),
  postcode: orElse(text(), "")(parts[9]),
  hazards: orElse(listOf(text()), [])(parts[10]),
  notes: orElse(listOf(text()), [])(parts[11]),
}));

/** A street of a list, with those of its houses that the package carries. */
export const street: Reader<Street> = tuple((parts) => ({
  usrn: text()(parts[0]),
  name: text()(parts[1]),
  place: integer(parts[2]),
  lon: integer(parts[3]),
  lat: integer(parts[4]),
  houses: listOf(house)(parts[5]),
}));

const policy = record<Policy>({
  revisit_registered: maybe(flag),
  most_attempts: maybe(count),
  need_evening: maybe(flag),
  need_weekend: maybe(flag),
  least_gap_hours: maybe(count),
  call_again_days: maybe(count),
  best_slots: maybe(listOf(text())),
});

const campaign = record<CampaignCard>({
  id: integer,
  name: text(),
  ends_on: text(),
  policy,
  wordings: texts,
  consent_version: text(),
  translations: maybe(mapOf(texts)),
});

const outcome = record<Outcome>({
  code: text(),
  label: text(),
  family: text(),
  reason: text(),
  next: oneOf("done", "never", "revisit", "revisit_at", "stop"),
  visited: maybe(flag),
  informed: maybe(flag),
  contacted: maybe(flag),
  refused: maybe(flag),
  ineligible: maybe(flag),
  home: maybe(flag),
  another_slot: maybe(flag),
  standing: maybe(flag),
  needs: maybe(listOf(text())),
});

const question = record<Question>({
  code: text(),
  kind: oneOf("one", "many", "scale", "text"),
  text: texts,
  choices: maybe(listOf(record<Choice>({ code: text(), label: texts, alone: maybe(flag) }))),
  required: maybe(flag),
  show_if: maybe(
    listOf(record<{ question: string; any_of: string[] }>({ question: text(), any_of: listOf(text()) })),
  ),
  most: maybe(count),
  topic: maybe(text()),
});

/** A questionnaire's document (section 10). */
export const questionnaire: Reader<Questionnaire> = record<Questionnaire>({
  code: text(),
  version: count,
  title: texts,
  questions: listOf(question),
  languages: listOf(text()),
});

const questionnaireCard = record<{ body: Questionnaire }>({ body: questionnaire });

/**
 * Those of a list's parts that this version of the app can read. A newer service may send an outcome or a kind of
 * question of which nothing is known here: the officer does without that one, never without the list (section 15).
 */
function readable<T>(reader: Reader<T>): Reader<T[]> {
  return (value) =>
    listOf((part) => {
      try {
        return [reader(part)];
      } catch (error) {
        if (error instanceof DecodeError) return [];
        throw error;
      }
    })(value).flat();
}

const told = record<Told>({
  usrn: text(),
  kind: oneOf("said_did", "priority"),
  said: orElse(text(), ""),
  did: orElse(text(), ""),
  on: orElse(text(), ""),
});

const cards = readable(questionnaireCard);

const body = record<WorklistBody>({
  worklist: count,
  version: count,
  digest: text(),
  campaign: maybe(campaign),
  officer: orElse(text(), ""),
  time_zone: orElse(text(), "Europe/London"),
  outcomes: maybe(readable(outcome)),
  questionnaires: maybe((value) => cards(value).map((card) => card.body)),
  token_key: orElse(bytes, new Uint8Array()),
  extras: orElse(text(), ""),
  told: maybe(readable(told)),
  streets: orElse(listOf(street), []),
  removed: orElse(listOf(text()), []),
});

/** The body of JSON bytes. Throws DecodeError. */
export function decodeWorklistBody(plain: Uint8Array): WorklistBody {
  return decode(plain, body);
}
