/** Made-up streets and lists for tests. All people are made up. */

import { OWN_ROWS } from "../../src/protocol/outcomes";
import { wholeState } from "../../src/protocol/state";
import type { House, Street, Worklist } from "../../src/protocol/types";
import { digest } from "../../src/protocol/worklist";

export const ZONE = "Europe/London";
export const START_MS = 1_772_442_000_000; // Monday 2 March 2026, 09:00 UTC
export const DAY_MS = 24 * 3_600_000;
export const HOUR_MS = 3_600_000;
export const LIST = 11;
export const CAMPAIGN = 3;
export const HOUSE = "100000012";
const WORDING = "2026-01";

export const QUESTIONNAIRE = {
  code: "doorstep",
  version: 2,
  title: { en: "Your area" },
  languages: ["en", "pl"],
  questions: [
    {
      code: "concerns",
      kind: "many" as const,
      most: 2,
      required: true,
      text: { en: "What worries you here?", pl: "Co Cię tu niepokoi?" },
      choices: [
        { code: "speeding", label: { en: "Speeding", pl: "Prędkość" } },
        { code: "none", label: { en: "Nothing", pl: "Nic" }, alone: true },
      ],
    },
  ],
};

export function aHouse(uprn: number, place: number, address: string, more: Partial<House> = {}): House {
  return {
    uprn: String(uprn),
    place,
    address,
    x: place * 10,
    y: 5,
    flag: "yes",
    reason: "",
    state: wholeState(),
    parent: "",
    postcode: "HU5 2AA",
    hazards: [],
    notes: [],
    ...more,
  };
}

/** A street with one house a number. */
export function aStreet(
  usrn: string,
  name: string,
  place: number,
  numbers: number[],
  first: number,
  postcode = "HU5 2AA",
): Street {
  const houses = numbers.map((number, at) => aHouse(first + at, at, `${number} ${name}`, { postcode }));
  return { usrn, name, place, lon: -340_000, lat: 53_750_000, houses };
}

export const STREETS = [
  aStreet("30001", "Newland Avenue", 1, [10, 11, 12, 13, 14, 15], 100_000_010),
  aStreet("30002", "De Grey Street", 2, [1, 2, 3, 4], 100_000_101, "HU5 2RP"),
];

/** A list of the campaign, at version 1. */
export async function aWorklist(
  streets: Street[] = STREETS,
  changes: Partial<Worklist> = {},
): Promise<Worklist> {
  return {
    worklist: LIST,
    version: 1,
    epoch: "e1",
    not_after: START_MS + 7 * DAY_MS,
    digest: await digest(streets),
    campaign: {
      id: CAMPAIGN,
      name: "Newland spring",
      ends_on: "2026-04-30",
      policy: {},
      wordings: { messages: "May we write to you?" },
      consent_version: WORDING,
    },
    officer: "PC Made Up",
    time_zone: ZONE,
    outcomes: [...OWN_ROWS],
    questionnaires: [QUESTIONNAIRE],
    token_key: new Uint8Array(32).fill(107),
    extras: "",
    told: [
      { usrn: "30001", kind: "said_did", said: "Cars race here.", did: "Speed checks.", on: "2026-02-20" },
    ],
    streets,
    ...changes,
  };
}
