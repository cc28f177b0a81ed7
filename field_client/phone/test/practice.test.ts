import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FieldClient, HouseView } from "../src/contract";
import { practise } from "../src/practice/client";
import { shown } from "../src/protocol/questionnaires";

// The engine's store must not come along with what practice shares with the engine.
vi.mock("idb", () => {
  throw new Error("practice loaded the store");
});

const TUESDAY_2PM = Date.parse("2026-03-03T14:20:00Z");
const UNDO_MS = 10_000;

let client: FieldClient;

beforeEach(async () => {
  vi.useFakeTimers({ now: TUESDAY_2PM });
  client = await practise();
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function houses(): HouseView[] {
  return client.streets().flatMap(({ worklist, usrn }) => client.street(worklist, usrn));
}

function houseAt(address: string): HouseView {
  return houses().find((view) => view.house.address === address) as HouseView;
}

function eventOf(id: string) {
  return client.ownEvents().find((event) => event.id === id);
}

async function synced() {
  const outcome = client.sync();
  await vi.runAllTimersAsync();
  return outcome;
}

/** Records a visit at each of so many houses, one after another. */
async function callAt(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (const { key } of houses().slice(0, count)) {
    ids.push(await client.record(key, { visit: { outcome: "no_reply" } }));
  }
  return ids;
}

describe("the invented street", () => {
  it("has a house for everything that an officer should have met, said in the words of the real flags", () => {
    const said = Object.fromEntries(houses().map((view) => [view.house.address, view.decision.text]));
    expect(said).toMatchObject({
      "1 Sample Street": "Not visited yet in this campaign",
      "5 Sample Street": "Callback agreed for Tue 3 Mar, 14:00, now due",
      "7 Sample Street": "Spoken with, done for this campaign",
      "9 Sample Street": "Registered, this campaign does not revisit",
      "13 Sample Street": "Tried twice, last: No reply, try after 17:00",
      "17 Sample Street": "Asked us never to call again",
      "Flat 2, Sample Court, Sample Street": "Vacant when last seen",
      "6 Sample Street": "Unsafe: a supervisor reviews it first",
      "10 Sample Street": "A supervisor asks for a visit: they called and ask for a visit",
      "12 Sample Street": "No reply, card left, try from Wed 4 Mar, 09:20",
      "16 Sample Street": "Not interested, done for this campaign",
      "18 Sample Street": "Another language (pl), try again",
    });
    expect(houseAt("3 Sample Street").house.hazards).toHaveLength(1);
    expect(client.callbacksDue().map((view) => view.house.address)).toEqual(["5 Sample Street"]);
  });

  it("is walked up the odd side, round a building of four flats with an access note, and back on the even side", () => {
    const walked = houses().map((view) => view.house);
    const flats = walked.filter((house) => house.parent !== "");
    expect(walked).toHaveLength(24);
    expect(walked.map((house) => house.address.split(/[ ,]/)[0]).slice(8, 16)).toEqual(
      "17 19 Flat Flat Flat Flat 20 18".split(" "),
    );
    expect(new Set(flats.map((house) => house.parent)).size).toBe(1);
    expect(flats.every((house) => house.notes.length > 0)).toBe(true);
  });

  it.each(["2026-03-29T00:30:00Z", "2026-03-29T01:10:00Z", "2026-07-04T22:59:00Z", "2026-11-02T08:00:00Z"])(
    "has its callback due and something to call on, whenever one practises (%s)",
    async (at) => {
      vi.setSystemTime(at);
      client = await practise();
      expect(client.callbacksDue()).toHaveLength(1);
      expect(client.streets()[0]).toMatchObject({ houses: 24, hazards: 2 });
      expect(client.streets()[0]?.toVisit).toBeGreaterThan(10);
    },
  );

  it("has a survey that skips, in English and Polish, and the consents in both", () => {
    const [list] = client.lists();
    const [survey] = list!.questionnaires;
    const asked = (chosen: string) => shown(survey!, { concerns: [chosen] }).map((one) => one.code);
    expect(asked("noise").filter((code) => !asked("none").includes(code))).toEqual(["when"]);
    const texts = survey!.questions.flatMap((one) => [
      one.text,
      ...(one.choices ?? []).map((choice) => choice.label),
    ]);
    expect(texts.every((text) => text.en && text.pl)).toBe(true);
    expect(list!.campaign.translations?.pl?.messages).toBeTruthy();
    expect(client.told(list!.worklist, "1").map((one) => one.kind)).toEqual(["said_did", "priority"]);
  });
});

describe("recording in practice", () => {
  it("shows a visit at once, lets it be undone for ten seconds, and then no more", async () => {
    const { key } = houseAt("1 Sample Street");
    const first = await client.record(key, { visit: { outcome: "not_interested" } }, UNDO_MS);
    expect(client.house(key).decision.answer).toBe("no");
    expect(eventOf(first)).toMatchObject({ state: "undoable", undoUntil: TUESDAY_2PM + UNDO_MS });
    await client.undo(first);
    expect(client.house(key).decision.answer).toBe("yes");
    const second = await client.record(key, { visit: { outcome: "no_reply" } }, UNDO_MS);
    await vi.advanceTimersByTimeAsync(UNDO_MS);
    expect(client.status()).toMatchObject({ undoable: 0, waiting: 1 });
    await expect(client.undo(second)).rejects.toMatchObject({ code: "too_late" });
  });

  it("ends the undo window of one visit when the next is recorded", async () => {
    const [first, second] = houses();
    const visit = { visit: { outcome: "no_reply" } };
    const id = await client.record(first!.key, visit, UNDO_MS);
    await client.record(second!.key, visit, UNDO_MS);
    expect(client.status()).toMatchObject({ undoable: 1, waiting: 1 });
    await expect(client.undo(id)).rejects.toMatchObject({ code: "too_late" });
  });

  it("refuses what the real service would hold, with the same words", async () => {
    const { key } = houseAt("1 Sample Street");
    await expect(client.record(key, { visit: { outcome: "callback" } })).rejects.toThrow("needs the day");
    await expect(client.record({ ...key, uprn: "999" }, {})).rejects.toMatchObject({ code: "unknown_house" });
  });

  it("sends with a number, and counts in what was applied", async () => {
    const ids = await callAt(2);
    const seen: string[] = [];
    client.subscribe(() => {
      const { running, sent, of } = client.status().sync;
      if (running) seen.push(`${sent} of ${of}`);
    });
    const before = client.streets()[0]!.visited;
    const outcome = await synced();
    expect(outcome).toMatchObject({ sent: 2, applied: 2, held: [], left: 0 });
    expect(seen).toEqual(["0 of 2", "1 of 2"]);
    expect(ids.map((id) => eventOf(id)?.status)).toEqual(["applied", "applied"]);
    expect(client.streets()[0]!.visited).toBe(before);
    expect(client.house(houses()[0]!.key)).toMatchObject({ own: [], state: { attempts: 1, visited: true } });
  });

  it("holds one event in twelve, says why, and does not count it in", async () => {
    const before = houses();
    const ids = await callAt(24);
    const { held, applied } = await synced();
    expect({ applied, held: held.length }).toEqual({ applied: 22, held: 2 });
    const [one] = held;
    expect(ids).toContain(one?.id);
    expect(one?.words).toContain("supervisor");
    expect(client.status()).toMatchObject({ held: 2, waiting: 0 });
    const { key } = eventOf(one!.id)!;
    const was = before.find((view) => view.key.uprn === key.uprn)!;
    expect(client.house(key)).toMatchObject({ own: [{ status: "held" }], state: was.state });
  });

  it("takes a visit back by withdrawing it, before the sync and after it", async () => {
    const { key } = houseAt("1 Sample Street");
    const id = await client.record(key, { visit: { outcome: "do_not_call" } });
    await synced();
    expect(client.house(key).decision.code).toBe("do_not_call");
    await client.withdraw(id);
    await synced();
    expect(client.house(key).decision.code).toBe("not_visited");
    await expect(client.withdraw(id)).rejects.toThrow("withdrawn already");
  });

  it("warns of a hazard that was reported, for as long as one practises", async () => {
    const { key } = houseAt("1 Sample Street");
    await client.record(key, { hazard: { kind: "loose step" } });
    await synced();
    expect(client.house(key).house.hazards).toEqual(["loose step"]);
  });
});

it("ends with the shift: everything sent, drafts gone, nothing to be read any more", async () => {
  await callAt(1);
  await client.saveDraft("survey", { half: "done" });
  const ended = client.endShift();
  await vi.runAllTimersAsync();
  expect(await ended).toMatchObject({ sent: 1, left: 0 });
  expect(client.status()).toMatchObject({ locked: true, waiting: 0, undoable: 0 });
  expect(() => client.streets()).toThrow();
  expect(() => client.draft("survey")).toThrow();
});

it("forgets everything: a new practice begins as the first one did", async () => {
  await callAt(5);
  client = await practise();
  expect(client.ownEvents()).toEqual([]);
  expect(client.status()).toMatchObject({ waiting: 0, practice: true });
});

it("makes no request and writes nothing, whatever is done in it", async () => {
  const never = () => {
    throw new Error("practice reached out of itself");
  };
  const forbidden = { get: never, has: never, ownKeys: never };
  vi.stubGlobal("fetch", never);
  vi.stubGlobal("XMLHttpRequest", never);
  vi.stubGlobal("indexedDB", new Proxy({}, forbidden));
  vi.stubGlobal("localStorage", new Proxy({}, forbidden));
  vi.stubGlobal("caches", new Proxy({}, forbidden));
  vi.stubGlobal("BroadcastChannel", never);
  client = await practise();
  const { key } = houseAt("1 Sample Street");
  const visit = { outcome: "callback", callback: { date: "2026-03-05", slot: "evening" } };
  const [list] = client.lists();
  const consents = [{ purpose: "messages" as const, wording: list!.campaign.consent_version, given: true }];
  const id = await client.record(
    key,
    {
      visit,
      registrations: [{ id: client.newId(), name: "Made Up", consents }],
      answers: { questionnaire: "practice", version: 1, choices: { concerns: ["none"] } },
      addressNote: { kind: "split", text: "two flats" },
    },
    UNDO_MS,
  );
  await client.saveDraft("survey", { half: "done" });
  await client.dropDraft("survey");
  expect((await client.badge(key.worklist)).code).toBe("PRACTICE");
  expect(await client.registrationLink(key)).toMatch(/#PRACTICE$/);
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  await synced();
  await client.withdraw(id);
  await client.markGuideDone();
  expect(client.status().guideDone).toBe(true);
  await expect(client.exportOutbox()).rejects.toMatchObject({ code: "refused" });
  await expect(client.changePassphrase("one", "two")).rejects.toMatchObject({ code: "refused" });
  const ended = client.endShift();
  await vi.runAllTimersAsync();
  await ended;
});
