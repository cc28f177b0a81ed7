/** What is recorded is kept whole, chained once, and sent exactly once, whatever is killed and when. */

import { beforeEach, expect, test } from "vitest";
import { envelopeHash } from "../../src/protocol/envelope";
import { chainStart } from "../../src/protocol/journal";
import * as outbox from "../../src/store/outbox";
import { Store } from "../../src/store/store";
import { Field, Killed } from "../support/field";
import { DAY_MS, HOUSE, LIST } from "../support/lists";
import { textsIn } from "../support/memory";
import { problemOf } from "../support/problems";

const here = { worklist: LIST, uprn: HOUSE };
const next = { worklist: LIST, uprn: "100000013" };
const spoke = { visit: { outcome: "spoke" } };
const noReply = { visit: { outcome: "no_reply" } };
let field: Field;

beforeEach(async () => {
  field = await Field.make();
});

async function chained(): Promise<string[]> {
  const store = await field.store();
  const events = await outbox.every(store);
  let prev = await chainStart(field.device);
  for (const [at, event] of events.entries()) {
    expect([event.seq, event.prev]).toEqual([at + 1, prev]);
    prev = await envelopeHash(event);
  }
  const meta = await field.meta();
  expect([meta.seq, meta.chain]).toEqual([events.length, events.length ? prev : ""]);
  return events.map((event) => event.id);
}

test("events are chained in the order in which they were recorded", async () => {
  const made = [];
  for (let count = 0; count < 5; count++) {
    made.push(await field.client.record(here, noReply));
  }
  expect(await chained()).toEqual(made);
});

test("records made at the same time are all kept, and chained", async () => {
  const made = await Promise.all(Array.from({ length: 12 }, () => field.client.record(here, noReply, 8000)));
  await field.client.lock();
  expect((await chained()).sort()).toEqual(made.sort());
});

test("an event within its undo window can be taken back without a trace", async () => {
  const event = await field.client.record(here, spoke, 8000);
  expect(field.client.status()).toMatchObject({ undoable: 1, waiting: 0 });
  expect(field.client.house(here)).toMatchObject({
    decision: { code: "contacted" },
    own: [{ state: "undoable" }],
  });
  await field.client.undo(event);
  expect(field.client.status()).toMatchObject({ undoable: 0, waiting: 0 });
  expect(field.client.house(here).decision.code).toBe("not_visited");
  expect(field.client.ownEvents()).toEqual([]);
  const store = await field.store();
  const left = await store.read(["sealed", "own"], async (tx) => [
    await tx.objectStore("sealed").count(),
    await tx.objectStore("own").count(),
  ]);
  expect(left).toEqual([0, 0]);
});

test("an event whose undo window has passed is chained, and can only be withdrawn", async () => {
  const event = await field.client.record(here, spoke, 8000);
  field.passTime(7000);
  await field.client.sync();
  expect(field.client.status().undoable).toBe(1);
  field.passTime(1000);
  await field.client.sync();
  expect(field.client.status().undoable).toBe(0);
  expect((await problemOf(field.client.undo(event))).code).toBe("too_late");
  await field.client.withdraw(event);
  await field.client.sync();
  expect(field.client.house(here).decision.code).toBe("not_visited");
});

test("an undo window that ends by itself chains the event", async () => {
  await field.client.record(here, spoke, 20);
  field.passTime(20);
  await expect.poll(() => field.client.status().waiting).toBe(1);
});

test("the next record chains the one before it", async () => {
  const first = await field.client.record(here, noReply, 8000);
  const second = await field.client.record(next, noReply, 8000);
  expect(await chained()).toEqual([first]);
  await field.client.undo(second);
  await chained();
});

test("a clock put back does not keep an event in its undo window for ever", async () => {
  await field.client.record(here, noReply, 8000);
  field.clocks.skew = -30 * DAY_MS;
  expect((await field.client.sync()).applied).toBe(1);
});

test("a kill within the undo window chains the event at the next start", async () => {
  const event = await field.client.record(here, spoke, 8000);
  await field.restart(false);
  expect(await chained()).toEqual([event]);
  expect((await field.phone.devices())[0]).toMatchObject({ waiting: 1 });
});

test("an event that is sealed while the store locks is authentic, and leaves nothing in memory", async () => {
  const recording = field.client.record(here, noReply);
  await field.client.lock();
  const event = await recording;
  expect(textsIn(field.client)).not.toContain("Newland");
  await field.phone.syncLocked(field.device);
  expect([...field.service.bodies.keys()]).toEqual([event]);
});

test("locking ends the undo window", async () => {
  const event = await field.client.record(here, spoke, 8000);
  await field.client.lock();
  expect(await chained()).toEqual([event]);
});

/** Runs a piece of work as often as it has points, killed at another one each time; what each kill passed. */
async function* kills(work: () => Promise<unknown>): AsyncGenerator<string[]> {
  for (let deadly = 0; ; deadly++) {
    const passed = field.killAt(deadly);
    const isKilled = await work().then(
      () => false,
      (error: unknown) => {
        if (!(error instanceof Killed)) {
          throw error;
        }
        return true;
      },
    );
    field.live();
    if (!isKilled) {
      expect(deadly).toBeGreaterThan(2);
      return;
    }
    yield passed;
  }
}

test.each([0, 8000])(
  "killed at any write, a record (undo %i ms) is there whole or not at all",
  async (undoMs) => {
    let recorded = 0;
    for await (const passed of kills(() => field.client.record(here, noReply, undoMs))) {
      await field.restart();
      recorded += Number(passed.some((point) => point === "after record"));
      expect(field.client.status()).toMatchObject({ undoable: 0, waiting: recorded });
      expect(field.client.ownEvents()).toHaveLength(recorded);
      expect(await chained()).toHaveLength(recorded);
    }
    await field.restart();
    await field.client.sync();
    expect(field.service.bodies.size).toBe(recorded + 1);
  },
);

test("killed at any write of a sync, every event arrives exactly once, and no number is used twice", async () => {
  const made: string[] = [];
  for (const uprn of ["100000011", HOUSE, "100000013"]) {
    made.push(await field.client.record({ worklist: LIST, uprn }, noReply));
  }
  for await (const _ of kills(() => field.client.sync())) {
    await field.restart();
  }
  await field.restart();
  await field.client.sync();
  expect(field.service.journal.map((one) => one.id)).toEqual(made);
  expect([...field.service.bodies.keys()].sort()).toEqual([...made].sort());
  expect(field.client.status()).toMatchObject({ waiting: 0, undoable: 0 });
  expect(field.client.house(here).house.state.attempts).toBe(1);
  const numbers = field.service.requests.map((one) => one.number);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
});

/** Small numbers, the same for the same seed. */
function random(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

test.each(Array.from({ length: 25 }, (_, seed) => seed))(
  "windows and a worker on one store never fork the chain (seed %i)",
  async (seed) => {
    const chance = random(seed);
    // Each stands still for a moment around its writes, so that others come in between a look and a write.
    const hook = () => new Promise<void>((go) => setTimeout(go, Math.floor(chance() * 3)));
    const windows = await Promise.all(Array.from({ length: 3 }, () => Store.open(field.device, hook)));
    const made: string[] = [];
    const undone = new Set<string>();
    const work = windows.map(async (store) => {
      for (let count = 0; count < 6; count++) {
        const id = crypto.randomUUID();
        const undoUntil = chance() < 0.5 ? field.clocks.now() + 8000 : 0;
        const bytes = new TextEncoder().encode(id);
        await outbox.add(store, { id, kid: "k", sealed: bytes, own: bytes, undoUntil });
        made.push(id);
        if (undoUntil > 0 && chance() < 0.5) {
          await outbox.undo(store, id).then(
            () => undone.add(id),
            () => undefined,
          );
        }
        if (chance() < 0.3) {
          await outbox.chain(store, outbox.EVERY);
        }
      }
    });
    await Promise.all(work);
    await outbox.chain(windows[0] as Store, outbox.EVERY);
    expect((await chained()).sort()).toEqual(made.filter((id) => !undone.has(id)).sort());
    for (const store of windows) {
      store.close();
    }
  },
);

test("two windows that sync at once send everything once", async () => {
  for (let count = 0; count < 5; count++) {
    await field.client.record(here, noReply);
  }
  const { phone } = field;
  const [other] = [await field.start()];
  const done = await Promise.all([phone.syncLocked(field.device), other.syncLocked(field.device)]);
  expect(field.service.journal).toHaveLength(5);
  expect(done.map((one) => one.left)).toEqual([0, 0]);
});

test("a withdrawal takes back a visit before and after it was sent", async () => {
  const { client } = field;
  const first = await client.record(here, spoke);
  await client.withdraw(first);
  expect(client.house(here).decision.code).toBe("not_visited");
  expect(client.ownEvents().find((one) => one.id === first)?.withdrawn).toBe(true);
  const second = await client.record(here, { visit: { outcome: "do_not_call" } });
  await client.sync();
  expect(client.house(here).decision.code).toBe("do_not_call");
  await client.withdraw(second);
  await client.sync();
  expect(client.house(here).decision.code).toBe("not_visited");
});

test("what cannot be withdrawn is said", async () => {
  const { client } = field;
  const visit = await client.record(here, spoke);
  const withdrawal = await client.withdraw(visit);
  const hazard = await client.record(here, { hazard: { kind: "dog" } });
  for (const [event, words] of [
    [visit, /already/],
    [withdrawal, /cannot itself/],
    [hazard, /Only a visit/],
    ["nothing", /last 14 days/],
  ] as const) {
    expect((await problemOf(client.withdraw(event))).message).toMatch(words);
  }
});

test("a visit can be withdrawn after its list was recalled, and its address is still told", async () => {
  const { client, service } = field;
  const event = await client.record(here, spoke);
  service.recall(LIST);
  await client.sync();
  expect(() => client.house(here)).toThrow(/none of your lists/);
  expect(client.ownEvents()[0]?.address).toBe("12 Newland Avenue");
  const withdrawal = await client.withdraw(event);
  await client.sync();
  expect(service.bodies.get(withdrawal)?.withdraws).toBe(event);
});

test("an export holds the outbox, signed and sealed, and needs no passphrase", async () => {
  const event = await field.client.record(here, spoke);
  await field.client.lock();
  const { name, bytes, events } = await field.phone.exportLocked(field.device);
  expect(events).toBe(1);
  expect(name).toMatch(/^doorstep-outbox-[0-9a-f]{8}-2026-03-02\.json$/);
  const file = JSON.parse(new TextDecoder().decode(bytes));
  expect([file.device, file.events[0].id]).toEqual([field.device, event]);
  expect(new TextDecoder().decode(bytes)).not.toContain("spoke");
  expect((await field.phone.devices())[0]?.waiting).toBe(1);
});
