/** What a list of 2,000 houses costs a phone, step by step. Ratios stay when the machine does not. */

import { sealEvent } from "../src/protocol/envelope";
import { type Fact, fold, foldOnto } from "../src/protocol/fold";
import { loadSealPrivate, newEventKey, newId, newSealKey } from "../src/protocol/keys";
import { table } from "../src/protocol/outcomes";
import { decide } from "../src/protocol/revisit";
import { toldState } from "../src/protocol/state";
import type { House, HouseState, PackageHeader } from "../src/protocol/types";
import { digest, openPackage, putTogether } from "../src/protocol/worklist";
import { street } from "../src/protocol/worklist_body";
import { sealPackage } from "../test/service/lists";

const HOUSES = 2000;
const ROUNDS = 15;
const TZ = "Europe/London";
const NOW_MS = 1_775_000_000_000;
const OUTCOMES = [
  "no_reply",
  "no_reply_card",
  "spoke",
  "callback",
  "not_interested",
  "no_access",
  "language",
];
const TABLE = table();
const CAMPAIGN = { id: 1, name: "c", ends_on: "2026-06-30", policy: {}, wordings: {}, consent_version: "1" };

/** Facts of a house: up to four visits over five weeks, as a campaign has them. */
function factsOf(house: number): Fact[] {
  return Array.from({ length: house % 5 }, (_, visit) => ({
    id: `${house}-${visit}`,
    kind: "visit" as const,
    at: NOW_MS - (((house * 7919 + visit * 104_729) % 840) + 2) * 3_600_000,
    campaign: 1,
    outcome: OUTCOMES[(house + visit) % OUTCOMES.length] ?? "",
    callback_date: "2026-04-02",
    callback_slot: "evening",
  }));
}

function row(number: number, state: HouseState): unknown[] {
  const address = `${number} Tern Street, Marlowby`;
  return [
    String(990_000_000_000 + number),
    number,
    address,
    number,
    -number,
    "yes",
    "",
    toldState(state),
    "",
    "ZZ1 1AA",
  ];
}

/** The median of some rounds, in milliseconds. */
async function median(run: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return times.sort((one, other) => one - other)[ROUNDS >> 1] ?? 0;
}

export async function measureAll(): Promise<void> {
  const facts = Array.from({ length: HOUSES }, (_, house) => factsOf(house));
  const states = facts.map((some) => fold(some, 1, TZ, TABLE));
  const list = ["1", "Tern Street", 0, 0, 0, states.map((state, number) => row(number, state))];
  const json = JSON.stringify(list);
  const opened = await sealed(list);
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: TZ, dateStyle: "short", timeStyle: "medium" });
  const own = factsOf(4).slice(0, 1);

  const measured: [string, () => unknown][] = [
    ["JSON.parse of the list (the measure of all others)", () => JSON.parse(json)],
    ["decide", () => states.map((state) => decide(state, {}, NOW_MS, TZ, TABLE))],
    [
      "one question to Intl a house (what decide avoids)",
      () => states.map((state) => format.formatToParts(state.last_at)),
    ],
    ["fold of all facts", () => facts.map((some) => fold(some, 1, TZ, TABLE))],
    [
      "fold of one own event onto each state",
      () => states.map((state) => foldOnto(state, own, 1, TZ, TABLE)),
    ],
    ["open a whole list", () => openPackage(opened.full, opened.key)],
    ["put a whole list together", () => opened.together()],
    ["put 20 changed houses into it", () => opened.changed()],
    ["seal one event", () => opened.seal()],
  ];
  const unit = await median(() => JSON.parse(json));
  process.stdout.write(`${HOUSES} houses, medians of ${ROUNDS} rounds\n`);
  for (const [what, run] of measured) {
    const took = await median(run);
    process.stdout.write(
      `${took.toFixed(2).padStart(9)} ms ${(took / unit).toFixed(1).padStart(6)} x  ${what}\n`,
    );
  }
}

/** The list sealed to a device, with what opening, putting together and sealing need. */
async function sealed(list: unknown[]) {
  const { privateBytes, publicBytes } = await newSealKey();
  const key = await loadSealPrivate(privateBytes, publicBytes);
  const whole = street(list);
  const header: PackageHeader = {
    kind: "full",
    worklist: 1,
    base: 0,
    version: 1,
    epoch: "e",
    device: "d",
    kid: "k",
    not_after: NOW_MS,
    protocol: 1,
  };
  const body = {
    worklist: 1,
    version: 1,
    digest: await digest([whole]),
    campaign: CAMPAIGN,
    streets: [list],
  };
  const full = await sealPackage(header, body, publicBytes);
  const { body: read } = await openPackage(full, key);
  const held = await putTogether(null, header, read);

  const houses = whole.houses.map((house): House => {
    return house.place < 20 ? { ...house, state: { ...house.state, language: "pl" } } : house;
  });
  const changes = {
    ...read,
    version: 2,
    digest: await digest([{ ...whole, houses }]),
    streets: [{ ...whole, houses: houses.slice(0, 20) }],
  };
  const delta: PackageHeader = { ...header, kind: "delta", base: 1, version: 2 };

  const under = {
    id: newId(),
    device: "d",
    sealKey: { kid: "k", public: publicBytes },
    eventKey: newEventKey(),
  };
  const visit = {
    uprn: "1",
    campaign: 1,
    worklist: 1,
    clock: { recorded_at: 1 },
    visit: { outcome: "spoke" },
  };
  return {
    full,
    key,
    together: () => putTogether(null, header, read),
    changed: () => putTogether(held, delta, changes),
    seal: () => sealEvent(visit, under),
  };
}
