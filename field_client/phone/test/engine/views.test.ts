/** Houses as the officer sees and finds them: flags as of now, with the officer's own knocks in. */

import { beforeEach, expect, test } from "vitest";
import { digest } from "../../src/protocol/worklist";
import { Field } from "../support/field";
import { aHouse, aStreet, aWorklist, HOUR_MS, HOUSE, LIST, STREETS } from "../support/lists";
import { problemOf } from "../support/problems";

const here = { worklist: LIST, uprn: HOUSE };
let field: Field;

beforeEach(async () => {
  field = await Field.make();
});

/** The same list with two flats at number 12, and a house without its street in the address. */
async function withFlats(): Promise<void> {
  const [first, second] = STREETS as [(typeof STREETS)[0], (typeof STREETS)[0]];
  const extra = [
    aHouse(200_000_001, 91, "Flat 1, 12 Newland Avenue", { parent: HOUSE }),
    aHouse(200_000_002, 92, "Flat 2, 12 Newland Avenue", { parent: HOUSE }),
    aHouse(200_000_003, 93, "The Lodge", {
      postcode: "HU5 9ZZ",
      hazards: ["Dog, loose"],
      notes: ["Side door"],
    }),
  ];
  const streets = [{ ...first, houses: [...first.houses, ...extra] }, second];
  field.service.give(await aWorklist(streets, { version: 2, digest: await digest(streets) }));
  await field.client.sync();
}

const found = (words: string) => field.client.find(words).map((view) => view.key.uprn);

test.each([
  ["12 Newland Avenue", "100000012"],
  ["12 newland AVENUE", "100000012"],
  ["12, Newland  Avenue", "100000012"],
  ["flat 2 12 newland avenue", "200000002"],
  ["lodge", "200000003"],
  ["lod", "200000003"],
  ["The Lodge, Newland Avenue", "200000003"],
  ["HU5 9ZZ", "200000003"],
  ["hu59zz", "200000003"],
  ["hu5 9", "200000003"],
  ["3 HU5 2RP", "100000103"],
  ["3 de grey", "100000103"],
  ["3 de g", "100000103"],
])("%s finds one house", async (words, uprn) => {
  await withFlats();
  expect(found(words)[0]).toBe(uprn);
});

test("a whole match stands before the beginning of a word, and houses to visit before others", async () => {
  await withFlats();
  expect(found("1")).toEqual(["200000001", "100000101", ...range(100_000_010, 6), "200000002"]);
  await field.client.record({ worklist: LIST, uprn: "200000001" }, { visit: { outcome: "spoke" } });
  expect(found("1").slice(0, 2)).toEqual(["100000101", "200000001"]);
});

function range(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, at) => String(first + at));
}

test.each(["", "  ", "77 Newland Avenue", "1 Newland Avenue", "12 HU5 2RP", "999999", "!?"])(
  "'%s' finds none",
  async (words) => {
    await withFlats();
    expect(found(words)).toEqual([]);
  },
);

test("at most fifty are found", async () => {
  const numbers = Array.from({ length: 80 }, (_, at) => at + 1);
  const streets = [aStreet("30001", "Long Lane", 1, numbers, 300_000_000)];
  field.service.give(await aWorklist(streets, { version: 2, digest: await digest(streets) }));
  await field.client.sync();
  expect(field.client.find("long")).toHaveLength(50);
});

test("the flag follows own knocks at once, and the hours as they pass", async () => {
  const { client } = field;
  expect(client.house(here).decision.answer).toBe("yes");
  await client.record(here, { visit: { outcome: "no_reply" } });
  expect(client.house(here).decision.answer).toBe("not_before");
  field.passTime(27 * HOUR_MS);
  expect(client.house(here).decision.answer).toBe("yes");
  await client.record(here, {
    visit: { outcome: "callback", callback: { date: "2026-03-05", slot: "evening" } },
  });
  expect(client.house(here).decision.code).toBe("callback_later");
  expect(client.callbacksDue()).toEqual([]);
  field.passTime(54 * HOUR_MS);
  expect(client.house(here)).toMatchObject({ decision: { code: "callback_due" }, due: true });
  expect(client.callbacksDue()).toHaveLength(1);
  await client.record(here, { visit: { outcome: "do_not_call" } });
  expect(client.house(here).decision.code).toBe("do_not_call");
});

test("the flag shown offline is the one that the list shows after a sync", async () => {
  const { client } = field;
  for (const [uprn, outcome] of [
    ["100000010", "no_reply"],
    ["100000011", "vacant"],
    ["100000013", "not_interested"],
  ] as const) {
    await client.record({ worklist: LIST, uprn }, { visit: { outcome } });
  }
  const told = () => client.street(LIST, "30001").map((view) => [view.state, view.decision]);
  const before = told();
  await client.sync();
  expect(told()).toEqual(before);
  expect(client.street(LIST, "30001").flatMap((view) => view.own)).toEqual([]);
});

test("streets count what is to be done now, later and not, and their hazards", async () => {
  const { client } = field;
  await client.record({ worklist: LIST, uprn: "100000010" }, { visit: { outcome: "no_reply" } });
  await client.record(
    { worklist: LIST, uprn: "100000011" },
    { visit: { outcome: "spoke" }, hazard: { kind: "dog" } },
  );
  const [first, second] = client.streets();
  expect(first).toMatchObject({ houses: 6, toVisit: 4, later: 1, visited: 2, hazards: 1, callbacksDue: 0 });
  expect(second).toMatchObject({ houses: 4, toVisit: 4, visited: 0, hazards: 0 });
});

test("an outcome that a newer service took out of its table is shown, not folded", async () => {
  const { client, service } = field;
  await client.record(here, { visit: { outcome: "no_reply" } });
  const held = service.lists.get(LIST) as Awaited<ReturnType<typeof aWorklist>>;
  service.give({ ...held, version: 2, outcomes: held.outcomes.filter((row) => row.code !== "no_reply") });
  service.history.clear();
  const real = service.receive.bind(service);
  service.receive = async (...given) => ({ ...(await real(...given)), hash: "0".repeat(64) });
  await client.sync();
  const view = client.house(here);
  expect([view.own[0]?.outcome, view.state]).toEqual(["no_reply", view.house.state]);
});

test("a view is kept until its minute, its own events or its list change", async () => {
  const { client } = field;
  const [house, other] = [client.house(here), client.house({ worklist: LIST, uprn: "100000013" })];
  expect(client.house(here)).toBe(house);
  await client.record(here, { visit: { outcome: "spoke" } });
  expect(client.house(here)).not.toBe(house);
  expect(client.house({ worklist: LIST, uprn: "100000013" })).toBe(other);
  field.passTime(60_000);
  expect(client.house({ worklist: LIST, uprn: "100000013" })).not.toBe(other);
});

test("what is told of a street comes with the list", () => {
  expect(field.client.told(LIST, "30001")).toMatchObject([{ kind: "said_did", did: "Speed checks." }]);
  expect(field.client.told(LIST, "30002")).toEqual([]);
});

test("a house's link and the officer's badge are made on the phone", async () => {
  field.isDown = true;
  expect(await field.client.registrationLink(here)).toMatch(/^https:\/\/doorstep\.example\/join#[\w-]{28}$/);
  const badge = await field.client.badge(LIST);
  expect(badge).toMatchObject({
    officer: "PC Made Up",
    campaign: "Newland spring",
    page: "doorstep.example/check",
  });
  expect(badge.code).toMatch(/^11-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
  field.passTime(24 * HOUR_MS);
  expect((await field.client.badge(LIST)).code).not.toBe(badge.code);
  expect((await problemOf(field.client.badge(99))).code).toBe("refused");
});

const person = { id: crypto.randomUUID(), name: "Ada Madeup", consents: [] };
const consent = { purpose: "messages" as const, wording: "2026-01", given: true };

test.each([
  [{}, /nothing to record/],
  [{ visit: { outcome: "went_in" } }, /no such outcome/],
  [{ visit: { outcome: "callback" } }, /needs the day/],
  [{ visit: { outcome: "spoke", callback: { date: "2026-03-05" } } }, /does not go with/],
  [{ visit: { outcome: "callback", callback: { date: "2026-02-30" } } }, /no day of the calendar/],
  [{ visit: { outcome: "callback", callback: { date: "2026-03-01" } } }, /has passed/],
  [{ visit: { outcome: "callback", callback: { date: "2027-04-01" } } }, /more than a year/],
  [
    { visit: { outcome: "callback", callback: { date: "2026-03-05", slot: "teatime" } } },
    /morning, afternoon/,
  ],
  [{ visit: { outcome: "language" } }, /needs the language/],
  [{ visit: { outcome: "spoke", language: "Polish" } }, /code of two or three letters/],
  [{ registrations: [{ ...person, name: " " }] }, /needs the person's name/],
  [{ registrations: [{ ...person, email: "ada" }] }, /name@example.org/],
  [{ registrations: [{ ...person, phone: "call me" }] }, /digits/],
  [{ registrations: [{ ...person, consents: [consent, consent] }] }, /answered twice/],
  [{ registrations: [{ ...person, consents: [{ ...consent, wording: "old" }] }] }, /wording/],
  [{ registrations: [{ ...person, demographics: { age_band: "young" } }] }, /not one of its list/],
  [{ registrations: [{ ...person, demographics: { constructor: "x" } }] }, /not one of its list/],
  [{ answers: { questionnaire: "other", version: 1 } }, /not on this list/],
  [{ answers: { questionnaire: "doorstep", version: 2, choices: {} } }, /do not fit/],
  [{ hazard: { kind: " " } }, /what kind of hazard/],
  [{ hazard: { kind: "dog", text: "x".repeat(2001) } }, /too long/],
  [{ visit: { outcome: "spoke", note: "\0" } }, /cannot be sent/],
] as const)("%o is refused before it is sealed", async (door, words) => {
  const told = await problemOf(field.client.record(here, door as never));
  expect([told.code, told.message]).toEqual(["refused", expect.stringMatching(words)]);
  expect(field.client.status().waiting).toBe(0);
});

test("a note of nothing but spaces is left out", async () => {
  const event = await field.client.record(here, { visit: { outcome: "spoke", note: "  " } });
  await field.client.sync();
  expect(field.service.bodies.get(event)?.visit).toEqual({ outcome: "spoke" });
});

test("what must be on a list is said", async () => {
  const told = await problemOf(
    field.client.record({ worklist: LIST, uprn: "999" }, { visit: { outcome: "spoke" } }),
  );
  expect(told.code).toBe("unknown_house");
});
