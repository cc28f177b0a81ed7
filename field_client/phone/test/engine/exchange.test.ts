/** Syncing: only the service's own signed answer to this very request changes anything. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { exchange } from "../../src/engine/exchange";
import { APP } from "../../src/engine/locked";
import type { Answer } from "../../src/engine/transport";
import { digest } from "../../src/protocol/worklist";
import * as lists from "../../src/store/lists";
import type { Table } from "../../src/store/schema";
import { putMeta } from "../../src/store/store";
import { problem } from "../support/fake_service";
import { Field, type Trouble } from "../support/field";
import { aStreet, aWorklist, DAY_MS, HOUR_MS, HOUSE, LIST, START_MS, STREETS } from "../support/lists";
import { textsIn } from "../support/memory";
import { tamper } from "../support/packing";
import { problemOf } from "../support/problems";

const here = { worklist: LIST, uprn: HOUSE };
const at = (uprn: string) => ({ worklist: LIST, uprn });
const spoke = { visit: { outcome: "spoke" } };
const noReply = { visit: { outcome: "no_reply" } };
let field: Field;

beforeEach(async () => {
  field = await Field.make();
});

afterEach(() => {
  tamper.header = {};
  field.live();
});

/** Everything that the store holds, but for the request number, which is used up by every try. */
async function allButTheNumber(): Promise<unknown> {
  const tables: Table[] = [
    "slots",
    "secrets",
    "outbox",
    "sealed",
    "own",
    "drafts",
    "lists",
    "packages",
    "bodies",
  ];
  const store = await field.store();
  const held = await store.read(tables, async (tx) =>
    Promise.all(tables.map(async (name) => [name, await tx.objectStore(name).getAll()])),
  );
  return { held, meta: { ...(await field.meta()), number: 0 } };
}

const TROUBLES: [Trouble, string, RegExp][] = [
  ["no way there", "not_reached", /cannot be reached/],
  ["portal", "not_reached", /Wi-Fi/],
  ["redirect", "not_reached", /Wi-Fi/],
  ["server error", "not_reached", /502/],
  ["reply lost", "not_reached", /broke off/],
  ["reply cut", "not_trusted", /not signed by this device's service/],
  ["unsigned", "not_trusted", /not signed by this device's service/],
  ["forged", "not_trusted", /not signed by this device's service/],
];

test.each(TROUBLES)("%s changes nothing and is said", async (trouble, code, words) => {
  await field.client.record(here, spoke);
  const before = await allButTheNumber();
  field.trouble = [trouble];
  const told = await problemOf(field.client.sync());
  expect(told.code).toBe(code);
  expect(told.message).toMatch(words);
  expect(field.client.status()).toMatchObject({ syncProblem: told.message, waiting: 1 });
  expect(await allButTheNumber()).toEqual(before);
  expect(await field.client.sync()).toMatchObject({ applied: 1, revoked: "", left: 0 });
  expect(field.service.bodies.size).toBe(1);
  expect(field.client.status().syncProblem).toBe("");
});

test("a reply to an earlier request is not taken for the reply to this one", async () => {
  const replies: Answer[] = [];
  const real = field.send;
  field.send = async (...request) => {
    replies.push(await real(...request));
    return replies.at(-1) as Answer;
  };
  await field.client.sync();
  await field.client.record(here, spoke);
  field.send = async () => replies[0] as Answer;
  expect((await problemOf(field.client.sync())).code).toBe("not_trusted");
  expect(field.client.status().waiting).toBe(1);
});

test("an event whose receipt was lost is sent again and counted once", async () => {
  const event = await field.client.record(here, spoke);
  field.trouble = ["reply lost"];
  await problemOf(field.client.sync());
  await field.client.sync();
  expect(field.service.journal.map((one) => one.id)).toEqual([event]);
  expect((await field.outbox())[0]).toMatchObject({ state: "receipted", status: "duplicate" });
  expect(field.client.ownEvents()[0]).toMatchObject({ state: "receipted", status: "applied" });
});

test("a receipt that names other bytes lets nothing leave the outbox", async () => {
  await field.client.record(here, spoke);
  const real = field.service.receive.bind(field.service);
  field.service.receive = async (...given) => ({ ...(await real(...given)), hash: "0".repeat(64) });
  expect((await field.client.sync()).left).toBe(1);
  expect((await field.outbox())[0]?.state).toBe("waiting");
});

test.each([1, 60])(
  "an event that rots in the outbox is receipted once as what is left of it, and holds nothing up (%i at a time)",
  async (most) => {
    const rotten = await field.client.record(here, spoke);
    const sound = await field.client.record(at("100000013"), spoke);
    const store = await field.store();
    await store.write("rot", ["sealed"], (tx) => tx.objectStore("sealed").put(new Uint8Array(1300), rotten));
    const on = { store, send: field.send, clocks: field.clocks, app: APP, opened: null, most };
    const done = await exchange(on);
    expect(done).toMatchObject({ sent: 2, applied: 1, left: 0 });
    expect(done.held.map((one) => one.id)).toEqual([rotten]);
    expect((await exchange(on)).sent).toBe(0);
    expect([...field.service.bodies.keys()]).toEqual([sound]);
  },
);

test("a long outbox goes up in batches, each with what is left beside it, and says how far it is", async () => {
  for (let count = 0; count < 10; count++) {
    await field.client.record(here, noReply);
  }
  const numbers: string[] = [];
  const store = await field.store();
  const done = await exchange({
    store,
    send: field.send,
    clocks: field.clocks,
    app: APP,
    opened: null,
    most: 4,
    progress: ({ running, sent, of }) => numbers.push(`${running ? "" : "not "}sending ${sent} of ${of}`),
  });
  expect(done).toMatchObject({ sent: 10, applied: 10, left: 0 });
  const requests = field.service.requests.filter((one) => one.events.length > 0);
  expect(requests.map((one) => one.events.length)).toEqual([4, 4, 2]);
  expect(requests.map((one) => one.waiting)).toEqual([6, 2, 0]);
  expect(numbers.slice(0, 3)).toEqual(["sending 0 of 10", "sending 4 of 10", "sending 4 of 10"]);
  expect(numbers.at(-1)).toBe("not sending 0 of 0");
});

test("a batch that is too large for the service is halved", async () => {
  for (let count = 0; count < 8; count++) {
    await field.client.record(here, noReply);
  }
  const real = field.send;
  field.send = async (method, path, headers, body) =>
    body.length > 6000 ? problem(413, "too_large") : real(method, path, headers, body);
  expect(await field.client.sync()).toMatchObject({ applied: 8, left: 0 });
});

test("a number that the service has seen is followed by a higher one", async () => {
  field.service.device.number = (await field.meta()).number + 2;
  field.clocks.skew = -DAY_MS;
  await field.client.record(here, spoke);
  expect((await field.client.sync()).applied).toBe(1);
});

test("a store put back from a copy is heard again", async () => {
  const copied = (await field.meta()).number;
  for (let count = 0; count < 3; count++) {
    field.passTime(1000);
    await field.client.sync();
  }
  await (await field.store()).write("copy", ["meta"], (tx) => putMeta(tx, { number: copied }));
  field.passTime(1000);
  await field.client.sync();
  expect(field.client.status().syncProblem).toBe("");
});

test("syncing needs no passphrase, and stacks contiguous changes unopened", async () => {
  await field.restart(false);
  for (const uprn of [HOUSE, "100000013", "100000101"]) {
    await field.service.otherVisit(uprn, "no_reply");
    await field.phone.syncLocked(field.device);
  }
  expect(await lists.held(await field.store())).toMatchObject([{ version: 4, stacked: 3 }]);
  expect(field.service.requests.at(-1)?.have).toEqual([{ worklist: LIST, version: 3 }]);
  await field.unlock();
  expect(field.client.house(here).house.state.attempts).toBe(1);
  expect(field.client.lists()[0]?.version).toBe(4);
});

test("a change that does not follow what is held is left, and fetched again", async () => {
  const { service } = field;
  await service.otherVisit(HOUSE, "no_reply");
  const second = service.lists.get(LIST);
  await service.otherVisit(HOUSE, "no_reply", START_MS + 1);
  const real = service.pack.bind(service);
  const { packageFor } = await import("../support/packing");
  service.pack = async (device) => [
    await packageFor(device, service.lists.get(LIST) as never, second as never, service.epoch),
  ];
  await field.restart(false);
  expect((await field.phone.syncLocked(field.device)).lists).toBe(0);
  expect(await lists.held(await field.store())).toMatchObject([{ version: 1, stacked: 0 }]);
  service.pack = real;
  await field.unlock();
  await field.client.sync();
  expect(field.client.house(here).house.state.attempts).toBe(2);
});

test("a list that does not fit together is asked for whole at once", async () => {
  const { service } = field;
  await service.otherVisit(HOUSE, "no_reply");
  const good = service.lists.get(LIST) as Awaited<ReturnType<typeof aWorklist>>;
  service.lists.set(LIST, { ...good, digest: "f".repeat(64) });
  const real = service.pack.bind(service);
  service.pack = async (...given) => {
    const packages = await real(...given);
    service.lists.set(LIST, good);
    return packages;
  };
  await field.client.sync();
  expect(field.client.lists()[0]?.version).toBe(2);
  expect(service.requests.at(-1)?.have).toEqual([{ worklist: LIST, version: 0 }]);
});

test("a list damaged in the store is fetched again", async () => {
  await (await field.store()).write("damage", ["bodies"], async (tx) => {
    for (const kept of await tx.objectStore("bodies").getAllKeys()) {
      await tx.objectStore("bodies").put(new Uint8Array(900), kept);
    }
  });
  await field.restart();
  expect(field.client.lists()).toEqual([]);
  await field.client.sync();
  expect(field.client.streets()).toHaveLength(2);
});

test("a stack of many changes is replaced by a whole list", async () => {
  await field.restart(false);
  for (let count = 0; count < 43; count++) {
    await field.service.otherVisit(HOUSE, "no_reply", START_MS + count);
    await field.phone.syncLocked(field.device);
  }
  expect((await lists.held(await field.store()))[0]?.stacked).toBeLessThan(41);
  await field.unlock();
  expect(field.client.house(here).house.state.attempts).toBe(43);
});

test("a recalled list is deleted and said; what was recorded on it is sent", async () => {
  const event = await field.client.record(here, spoke);
  field.service.recall(LIST);
  const done = await field.client.sync();
  expect(done.removed).toEqual([{ worklist: LIST, reason: "recalled" }]);
  expect(field.client.streets()).toEqual([]);
  expect([...field.service.bodies.keys()]).toEqual([event]);
  const left = await (await field.store()).read(
    ["lists", "packages", "bodies"],
    async (tx) => (await tx.objectStore("packages").count()) + (await tx.objectStore("bodies").count()),
  );
  expect(left).toBe(0);
});

test("a list is deleted unread when its time is up, though the wall clock was put back", async () => {
  await field.client.lock();
  field.clocks.true_ += 8 * DAY_MS;
  field.clocks.skew = -30 * DAY_MS;
  await field.start();
  expect(await lists.held(await field.store())).toEqual([]);
});

test("after a restart the wall clock counts, put right by how far it was out", async () => {
  field.clocks.skew = 5 * DAY_MS;
  await field.client.sync();
  field.passTime(3 * DAY_MS);
  await field.restart();
  expect(field.client.status().now).toBe(field.service.now);
  expect(field.client.lists()).toHaveLength(1);
  expect(field.client.status().clockOutMinutes).toBe(5 * 24 * 60);
  field.passTime(5 * DAY_MS);
  expect(field.client.lists()).toEqual([]);
});

test("ticks are left out after a restart, and where the phone has slept", async () => {
  field.clocks.restart("second run");
  field.passTime(1000);
  await field.client.sync();
  field.passTime(HOUR_MS);
  const awake = await field.client.record(here, noReply);
  field.clocks.sleep(5 * HOUR_MS);
  field.service.now += 5 * HOUR_MS;
  const slept = await field.client.record(here, noReply);
  expect(field.client.status().now).toBe(field.service.now);
  await field.client.sync();
  expect(field.service.bodies.get(awake)?.clock.ticks).toBe(HOUR_MS);
  expect(field.service.bodies.get(slept)?.clock.ticks).toBeUndefined();
  await field.restart();
  const restarted = await field.client.record(here, noReply);
  await field.client.sync();
  expect(field.service.bodies.get(restarted)?.clock.ticks).toBeUndefined();
});

test("what is recorded on a clock a day wrong is counted at its true time", async () => {
  field.clocks.skew = -DAY_MS;
  field.passTime(HOUR_MS);
  await field.client.record(here, noReply);
  field.passTime(5 * HOUR_MS);
  await field.client.sync();
  expect(field.service.facts.get(HOUSE)?.[0]?.at).toBe(field.service.now - 5 * HOUR_MS);
});

test.each([[{ device: "another" }], [{ epoch: "e9" }], [{ not_after: 1 }]])(
  "a list for %o is not kept",
  async (header) => {
    tamper.header = header;
    field.service.give(await aWorklist(STREETS, { worklist: 77 }));
    expect((await field.client.sync()).lists).toBe(0);
    expect((await lists.held(await field.store())).map((one) => one.worklist)).toEqual([LIST]);
  },
);

test("own events are shown until the list has caught up with them", async () => {
  const { client, service } = field;
  await client.record(here, spoke);
  const real = service.pack.bind(service);
  service.pack = async () => [];
  service.more = true;
  await client.sync();
  expect(client.house(here)).toMatchObject({ decision: { code: "contacted" }, own: [{ outcome: "spoke" }] });
  expect(client.house(here).house.state.visited).toBe(false);
  service.pack = real;
  service.more = false;
  await client.sync();
  expect(client.house(here)).toMatchObject({ decision: { code: "contacted" }, own: [] });
  expect(client.house(here).house.state.visited).toBe(true);
});

test("a held event counts on the screen until its receipt came, and is told from then on", async () => {
  const { client } = field;
  const event = await client.record(here, spoke);
  field.service.hold.set(event, "not_held");
  expect(client.house(here).decision.code).toBe("contacted");
  const words = "The address is not one of yours, or is not known.";
  expect((await client.sync()).held).toEqual([{ id: event, words }]);
  expect(client.status().held).toBe(1);
  expect(client.house(here)).toMatchObject({
    decision: { code: "not_visited" },
    own: [{ id: event, status: "held", reason: words }],
  });
});

test("an event that is held stays so when its first receipt was lost", async () => {
  const event = await field.client.record(here, spoke);
  field.service.hold.set(event, "unreadable");
  field.trouble = ["reply lost"];
  await problemOf(field.client.sync());
  expect((await field.client.sync()).held.map((one) => one.id)).toEqual([event]);
  expect(field.client.status().held).toBe(1);
});

test("a new epoch brings up the last fourteen days again, and whole lists", async () => {
  const { client, service } = field;
  const old = await client.record(at("100000011"), spoke);
  await client.sync();
  service.give({
    ...(service.lists.get(LIST) as never as object),
    not_after: START_MS + 60 * DAY_MS,
    version: 9,
  } as never);
  field.passTime(6 * DAY_MS);
  await client.sync();
  field.passTime(7 * DAY_MS);
  const young = await client.record(here, spoke);
  await client.sync();
  service.journal.length = 0;
  service.receipts.clear();
  service.epoch = "e2";
  await client.sync();
  expect(service.journal.map((one) => one.id)).toEqual([old, young]);
  field.passTime(15 * DAY_MS);
  await client.sync();
  service.journal.length = 0;
  service.receipts.clear();
  service.epoch = "e3";
  await client.sync();
  expect(service.journal).toEqual([]);
  expect(client.ownEvents()).toEqual([]);
  expect((await lists.held(await field.store()))[0]?.epoch).toBe("e3");
});

test("events are sealed to the service's newest key", async () => {
  await field.service.newSealKey();
  const old = await field.client.record(here, spoke);
  await field.client.sync();
  const young = await field.client.record(at("100000013"), spoke);
  await field.client.sync();
  const kids = new Map(field.service.journal.map((one) => [one.id, one.kid]));
  expect(kids.get(young)).toBe(field.service.sealKey.kid);
  expect(kids.get(old)).not.toBe(field.service.sealKey.kid);
  expect(field.service.bodies.size).toBe(2);
});

test.each(["lost", "leaver"] as const)(
  "a %s device sends what it has, keeps nothing to read, and records no more",
  async (how) => {
    const { client } = field;
    for (let count = 0; count < 5; count++) {
      await client.record(here, noReply);
    }
    field.service.device.revoked = how;
    const done = await client.sync();
    expect(done).toMatchObject({ revoked: how, left: 0 });
    expect(field.service.journal).toHaveLength(5);
    expect(field.service.bodies.size).toBe(how === "lost" ? 0 : 5);
    expect(await readable()).toBe(0);
    expect(field.service.requests.slice(-2).map((one) => one.have.length)).toEqual([1, 0]);
    expect(field.service.requests.at(-1)?.waiting).toBe(0);
    expect(client.status()).toMatchObject({ state: how, locked: true });
    expect((await problemOf(client.record(here, spoke))).code).toBe("revoked");
    await field.restart(false);
    expect((await problemOf(field.unlock())).code).toBe("revoked");
    expect((await field.phone.syncLocked(field.device)).revoked).toBe(how);
  },
);

async function readable(): Promise<number> {
  const tables: Table[] = ["slots", "secrets", "own", "drafts", "lists", "packages", "bodies"];
  return (await field.store()).read(tables, async (tx) => {
    const counts = await Promise.all(tables.map((name) => tx.objectStore(name).count()));
    return counts.reduce((sum, count) => sum + count, 0);
  });
}

test("two lists of two campaigns may hold one house", async () => {
  const { client, service } = field;
  const first = await aWorklist();
  service.give({ ...first, worklist: 12, campaign: { ...first.campaign, id: 4, name: "Second" } });
  await client.sync();
  const there = { worklist: 12, uprn: HOUSE };
  const event = await client.record(there, spoke);
  expect(client.house(there).decision.code).toBe("contacted");
  expect(client.house(here).decision.code).toBe("not_visited");
  await client.sync();
  expect(service.bodies.get(event)).toMatchObject({ campaign: 4, worklist: 12 });
});

test("houses that leave and join a list come and go", async () => {
  const streets = [STREETS[0] as never, aStreet("30009", "Salmon Grove", 3, [1, 2], 100_000_300)];
  field.service.give(await aWorklist(streets, { version: 2, digest: await digest(streets) }));
  await field.client.sync();
  expect(field.client.streets().map((street) => street.name)).toEqual(["Newland Avenue", "Salmon Grove"]);
});

test("a visit counts once when its list was recalled and the house is on another one", async () => {
  const { client, service } = field;
  await client.record(here, noReply);
  await client.sync();
  const shown = client.house(here).state;
  const counted = service.lists.get(LIST) as Awaited<ReturnType<typeof aWorklist>>;
  service.recall(LIST);
  service.give({ ...counted, worklist: 12, version: 1 });
  await client.sync();
  expect(client.house({ worklist: 12, uprn: HOUSE }).state).toEqual(shown);
  expect(shown.attempts).toBe(1);
});

test("a visit whose receipt was lost counts once on the list that came meanwhile", async () => {
  const { client, service } = field;
  await client.record(here, noReply);
  field.trouble = ["reply lost"];
  await problemOf(client.sync());
  const counted = service.lists.get(LIST) as Awaited<ReturnType<typeof aWorklist>>;
  service.recall(LIST);
  service.give({ ...counted, worklist: 12, version: 1 });
  await client.sync();
  const view = client.house({ worklist: 12, uprn: HOUSE });
  expect([view.state.attempts, view.own]).toEqual([1, []]);
});

test("a service that no longer knows the device says whom to ask", async () => {
  field.service.devices.clear();
  expect((await problemOf(field.client.sync())).message).toMatch(/coordinator/);
});

test("a second call joins the sync that is under way", async () => {
  await field.client.record(here, spoke);
  const before = field.service.requests.length;
  const [one, other] = await Promise.all([field.client.sync(), field.client.sync()]);
  expect(one).toBe(other);
  expect(field.service.requests.length).toBe(before + 1);
});

test("a lock while it syncs leaves nothing open in memory", async () => {
  await field.service.otherVisit(HOUSE, "no_reply");
  const running = field.client.sync();
  await field.client.lock();
  await running;
  expect(textsIn(field.client)).not.toContain("Newland");
  expect(field.client.status()).toMatchObject({ locked: true, officer: "" });
});
