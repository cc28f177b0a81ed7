/** The store: nothing readable in it, ten tries, and what a wipe leaves. */

import { openDB } from "idb";
import { beforeEach, expect, test, vi } from "vitest";
import * as argon2 from "../../src/store/argon2";
import { DoesNotOpen, FULL_COST, StoreKey } from "../../src/store/lockbox";
import type { Table } from "../../src/store/schema";
import { Field, Killed, PASSPHRASE } from "../support/field";
import { DAY_MS, HOUR_MS, HOUSE, LIST } from "../support/lists";
import { textsIn } from "../support/memory";
import { problemOf } from "../support/problems";

const here = { worklist: LIST, uprn: HOUSE };
const spoke = { visit: { outcome: "spoke" } };
const READABLE: Table[] = ["slots", "secrets", "lists", "packages", "bodies", "own", "drafts"];
let field: Field;

beforeEach(async () => {
  field = await Field.make();
});

async function count(tables: Table[]): Promise<Record<string, number>> {
  return (await field.store()).read(tables, async (tx) =>
    Object.fromEntries(
      await Promise.all(tables.map(async (name) => [name, await tx.objectStore(name).count()])),
    ),
  );
}

async function wrongTries(times: number): Promise<string[]> {
  const codes = [];
  for (let one = 0; one < times; one++) {
    codes.push((await problemOf(field.phone.unlock(field.device, "not this one, no"))).code);
  }
  return codes;
}

const SAID = [
  "Ada Madeup",
  "ada@madeup.example",
  "07700 900123",
  "Chess club",
  "graffiti",
  "Alsatian loose",
  "spare key under the pot",
  "speeding",
  "no_reply",
  "half done",
  "survey 100000013",
];
const KNOWN = [
  "Newland Avenue",
  "HU5 2AA",
  "De Grey",
  "PC Made Up",
  "Newland spring",
  HOUSE,
  "Cars race",
  PASSPHRASE,
];

async function recordEverything(): Promise<void> {
  const { client } = field;
  const id = client.newId();
  await client.record(here, {
    visit: { outcome: "no_reply", note: SAID[6] as string },
    registrations: [
      {
        id,
        name: SAID[0] as string,
        consents: [{ purpose: "messages", wording: "2026-01", given: true }],
        email: SAID[1] as string,
        phone: SAID[2] as string,
        groups: [SAID[3] as string],
        interests: [SAID[4] as string],
      },
    ],
    answers: { questionnaire: "doorstep", version: 2, choices: { concerns: ["speeding"] }, registration: id },
    hazard: { kind: "dog", text: SAID[5] as string },
  });
  await client.saveDraft("survey 100000013", { note: "half done", choices: { concerns: ["speeding"] } });
}

/** All keys, index keys and values of every database, as texts. */
async function everythingKept(): Promise<string> {
  const seen: string[] = [];
  for (const { name = "" } of await indexedDB.databases()) {
    const db = await openDB(name);
    for (const table of db.objectStoreNames) {
      for (const value of [...(await db.getAll(table)), ...(await db.getAllKeys(table))]) {
        seen.push(readableText(value));
      }
    }
    db.close();
  }
  return seen.join("\n");
}

function readableText(value: unknown): string {
  if (value instanceof Uint8Array) {
    return new TextDecoder("latin1").decode(value);
  }
  if (typeof value === "object" && value !== null && !(value instanceof CryptoKey)) {
    return Object.entries(value)
      .map(([name, part]) => `${name} ${readableText(part)}`)
      .join(" ");
  }
  return String(value);
}

test("nothing that was said or listed can be read in the store", async () => {
  await recordEverything();
  await field.client.sync();
  await recordEverything();
  const kept = await everythingKept();
  expect(kept).toContain(field.device);
  expect([...SAID, ...KNOWN].filter((text) => kept.includes(text))).toEqual([]);
});

test("the signing key cannot be taken out", async () => {
  const key = await (await field.store()).read(["keys"], (tx) => tx.objectStore("keys").get("signing"));
  expect(key?.extractable).toBe(false);
  await expect(crypto.subtle.exportKey("jwk", key as CryptoKey)).rejects.toThrow();
});

test("a guess costs 64 MiB and three passes of Argon2id unless a test says otherwise", () => {
  expect(FULL_COST).toEqual({ memoryKib: 64 * 1024, passes: 3 });
});

test("a value moved to another row or table, changed or under another key does not open", async () => {
  const key = await StoreKey.make();
  const other = await StoreKey.make();
  const said = new TextEncoder().encode("said");
  const sealed = await key.seal("own", "1", said);
  expect(await key.unseal("own", "1", sealed)).toEqual(said);
  const changed = sealed.map((byte, at) => (at === sealed.length - 1 ? byte ^ 1 : byte));
  for (const [who, table, row, bytes] of [
    [key, "own", "2", sealed],
    [key, "drafts", "1", sealed],
    [other, "own", "1", sealed],
    [key, "own", "1", changed],
    [key, "own", "1", new Uint8Array()],
  ] as const) {
    await expect(who.unseal(table, row, bytes)).rejects.toThrow(DoesNotOpen);
  }
});

test("own records are of one size, whatever was done at the door", async () => {
  await field.client.record(here, spoke);
  await recordEverything();
  const sizes = await (await field.store()).read(["own"], async (tx) =>
    (await tx.objectStore("own").getAll()).map((sealed) => sealed.length),
  );
  expect(new Set(sizes).size).toBe(1);
});

test("locking drops everything clear from memory, and says so", async () => {
  const { client } = field;
  await client.saveDraft("survey", "half done");
  expect(textsIn(client)).toContain("Newland");
  let told = 0;
  client.subscribe(() => {
    told += 1;
  });
  await client.lock();
  expect(told).toBeGreaterThan(0);
  expect(client.status()).toMatchObject({ locked: true, officer: "" });
  for (const look of [
    () => client.streets(),
    () => client.ownEvents(),
    () => client.lists(),
    () => client.find("12"),
    () => client.draft("survey"),
    () => client.callbacksDue(),
  ]) {
    expect(look).toThrow(/passphrase/);
  }
  expect((await problemOf(client.record(here, spoke))).code).toBe("locked");
  expect(textsIn(client)).not.toContain("Newland");
  await field.unlock();
  expect(field.client.streets()).toHaveLength(2);
});

test("each wrong passphrase says how many tries are left, and a right one gives them back", async () => {
  await field.client.lock();
  for (let tries = 1; tries < 10; tries++) {
    const told = await problemOf(field.phone.unlock(field.device, "not this one, no"));
    expect([told.code, told.tries]).toEqual(["wrong_passphrase", tries]);
  }
  expect((await field.phone.devices())[0]?.tries).toBe(9);
  await field.unlock();
  expect((await field.phone.devices())[0]?.tries).toBe(0);
});

test("ten wrong tries wipe what could be read, and never what waits to be sent", async () => {
  const event = await field.client.record(here, spoke);
  await field.client.saveDraft("survey", "half done");
  await field.client.lock();
  expect((await wrongTries(10)).at(-1)).toBe("wiped");
  expect(Object.values(await count(READABLE)).every((left) => left === 0)).toBe(true);
  expect(await count(["outbox", "sealed", "keys"])).toEqual({ outbox: 1, sealed: 1, keys: 1 });
  expect((await problemOf(field.unlock())).code).toBe("wiped");
  expect(await field.phone.devices()).toMatchObject([{ state: "wiped", waiting: 1, tries: 0 }]);
  expect((await problemOf(field.phone.remove(field.device))).message).toMatch(/still wait/);
  const done = await field.phone.syncLocked(field.device);
  expect([done.applied, [...field.service.bodies.keys()]]).toEqual([1, [event]]);
  expect(await count(["lists", "packages"])).toEqual({ lists: 0, packages: 0 });
  await field.phone.remove(field.device);
  expect(await field.phone.devices()).toEqual([]);
  expect((await indexedDB.databases()).map((one) => one.name)).toEqual(["doorstep"]);
});

test("the tenth wrong try counts even when the app is killed while it wipes", async () => {
  await field.client.lock();
  await wrongTries(9);
  field.hook = (point) => {
    if (point === "before wipe") {
      throw new Killed(point);
    }
  };
  await expect(field.phone.unlock(field.device, "not this one, no")).rejects.toThrow(Killed);
  field.live();
  await field.restart(false);
  expect((await problemOf(field.unlock())).code).toBe("wiped");
  expect((await count(READABLE)).slots).toBe(0);
});

test("a try is counted before it is made", async () => {
  await field.client.lock();
  field.hook = (point) => {
    if (point === "after try") {
      throw new Killed(point);
    }
  };
  await expect(field.phone.unlock(field.device, "not this one, no")).rejects.toThrow(Killed);
  field.live();
  expect((await field.phone.devices())[0]?.tries).toBe(1);
});

test("a passphrase that the phone has no memory to check costs no try, and says what to do", async () => {
  await field.client.lock();
  const stretch = vi.spyOn(argon2, "argon2").mockRejectedValue(new WebAssembly.RuntimeError("out of memory"));
  for (let time = 0; time < 11; time++) {
    expect((await problemOf(field.unlock())).message).toMatch(/not counted as a try.*Close other apps/);
  }
  stretch.mockRestore();
  expect((await field.phone.devices())[0]).toMatchObject({ state: "active", tries: 0 });
  await field.unlock();
});

test("guesses in two windows at once are counted each", async () => {
  await field.client.lock();
  const other = await field.start();
  await Promise.all(
    [field.phone, other].map((phone) => problemOf(phone.unlock(field.device, "not this one, no"))),
  );
  expect((await field.phone.devices())[0]?.tries).toBe(2);
});

test("a wipe in one window locks another", async () => {
  const open = field.client;
  await field.start();
  await wrongTries(10);
  await expect.poll(() => open.status().locked).toBe(true);
  expect((await problemOf(open.record(here, spoke))).code).toBe("wiped");
});

test("a store of a newer version is left alone and said; others on the phone still work", async () => {
  const event = await field.client.record(here, spoke);
  await field.phone.end();
  const newer = await openDB(`doorstep-${field.device}`, 99);
  newer.close();
  await field.start();
  expect(await field.phone.devices()).toMatchObject([{ id: field.device }]);
  expect((await problemOf(field.unlock())).code).toBe("newer_store");
  expect((await problemOf(field.phone.syncLocked(field.device))).message).toMatch(/newer version/);
  const db = await openDB(`doorstep-${field.device}`);
  expect(((await db.getAll("outbox"))[0] as { id: string }).id).toBe(event);
  db.close();
});

test("a store that cannot be opened is listed and said, and nothing of it is touched", async () => {
  await field.client.record(here, spoke);
  await field.phone.end();
  const real = indexedDB.open.bind(indexedDB);
  const broken = vi.spyOn(indexedDB, "open").mockImplementation((name, version) => {
    if (name !== "doorstep") {
      throw new DOMException("Internal error.", "UnknownError");
    }
    return real(name, version);
  });
  await field.start();
  expect(await field.phone.devices()).toMatchObject([{ id: field.device }]);
  const told = await problemOf(field.unlock());
  expect([told.code, told.message]).toEqual([
    "storage_broken",
    expect.stringMatching(/do not clear the browser's data/),
  ]);
  broken.mockRestore();
  await field.unlock();
  expect(field.client.status().waiting).toBe(1);
});

test("a browser that keeps nothing is said", async () => {
  vi.stubGlobal("indexedDB", undefined);
  expect((await problemOf(field.start())).code).toBe("storage_broken");
});

test("a wipe closes what was open of the store in the same window", async () => {
  const open = field.client;
  await wrongTries(10);
  await expect.poll(() => open.status().locked).toBe(true);
});

test("a full phone refuses the record whole, and keeps what was there", async () => {
  await field.client.record(here, spoke);
  const full = vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
    throw new DOMException("Full", "QuotaExceededError");
  });
  const told = await problemOf(field.client.record(here, spoke));
  full.mockRestore();
  expect(told.code).toBe("storage_full");
  expect(told.message).toMatch(/recorded before is safe/);
  expect(field.client.status().waiting).toBe(1);
  await field.client.record(here, spoke);
  expect(await field.client.sync()).toMatchObject({ applied: 2 });
});

test("a phone that is full only when it commits refuses the record too", async () => {
  field.hook = (point) => {
    if (point === "within record") {
      throw new DOMException("Full", "QuotaExceededError");
    }
  };
  expect((await problemOf(field.client.record(here, spoke))).code).toBe("storage_full");
  field.live();
  expect(await count(["outbox", "own", "sealed"])).toEqual({ outbox: 0, own: 0, sealed: 0 });
});

test("a connection that the browser closed is opened again", async () => {
  (await field.client.store.read(["meta"], async (tx) => tx.db)).close();
  field.client.store.close();
  await field.client.record(here, spoke);
  expect(field.client.status().waiting).toBe(1);
});

test("a damaged record is named, and what waits can still be sent", async () => {
  await field.client.record(here, spoke);
  await (await field.store()).write("damage", ["own"], async (tx) => {
    for (const id of await tx.objectStore("own").getAllKeys()) {
      await tx.objectStore("own").put(new Uint8Array(60), id);
    }
  });
  await field.restart(false);
  const told = await problemOf(field.unlock());
  expect([told.code, told.message]).toEqual([
    "storage_broken",
    expect.stringMatching(/own records.*damaged/),
  ]);
  expect((await field.phone.syncLocked(field.device)).applied).toBe(1);
});

test("a draft lasts until the end of the shift, and no longer", async () => {
  const name = "survey 100000012";
  await field.client.saveDraft(name, "half");
  await field.client.saveDraft(name, "more");
  field.clocks.true_ += 11 * HOUR_MS;
  await field.restart();
  expect(field.client.draft(name)?.content).toBe("more");
  await field.client.saveDraft("young", "young");
  field.clocks.true_ += 2 * HOUR_MS;
  expect(field.client.draft(name)).toBeNull();
  await field.restart();
  expect(await count(["drafts"])).toEqual({ drafts: 1 });
  await field.client.dropDraft("young");
  expect(field.client.draft("young")).toBeNull();
  await field.client.saveDraft("tomorrow's", "x");
  field.clocks.skew = -DAY_MS;
  await field.restart();
  expect(await count(["drafts"])).toEqual({ drafts: 0 });
});

test("the end of a shift sends everything, drops drafts and locks", async () => {
  const event = await field.client.record(here, spoke, 8000);
  await field.client.saveDraft("survey", "half");
  field.isDown = true;
  const told = await problemOf(field.client.endShift());
  expect(told.message).toMatch(/^1 event still waits to be sent/);
  expect(field.client.draft("survey")).not.toBeNull();
  field.isDown = false;
  expect(await field.client.endShift()).toMatchObject({ applied: 1, left: 0 });
  expect([...field.service.bodies.keys()]).toEqual([event]);
  expect(field.client.status().locked).toBe(true);
  expect(await count(["drafts"])).toEqual({ drafts: 0 });
});

test("a new passphrase opens the store, and the old one no more", async () => {
  const { client } = field;
  expect((await problemOf(client.changePassphrase(PASSPHRASE, "short"))).code).toBe("refused");
  expect(
    (await problemOf(client.changePassphrase("not this one, no", "wobbly kettle seven moons"))).tries,
  ).toBe(1);
  await client.changePassphrase(PASSPHRASE, "wobbly kettle seven moons");
  await client.lock();
  expect((await problemOf(field.unlock())).code).toBe("wrong_passphrase");
  await field.phone.unlock(field.device, "wobbly kettle seven moons");
});

test("the time after which it locks by itself is kept, sealed", async () => {
  expect(field.client.autoLockMinutes()).toBe(10);
  expect((await problemOf(field.client.setAutoLockMinutes(0))).code).toBe("refused");
  await field.client.setAutoLockMinutes(3);
  await field.restart();
  expect(field.client.autoLockMinutes()).toBe(3);
});

test("reading the guide to its end is kept, and told to the service", async () => {
  await field.client.markGuideDone();
  expect(field.client.status().guideDone).toBe(true);
  await field.client.sync();
  expect(field.service.requests.at(-1)?.guide).toBe("1");
});

test("officers who give their stores no name are told apart all the same", async () => {
  await field.phone.enrol(await field.service.newCode(), PASSPHRASE, " ");
  await field.phone.enrol(await field.service.newCode(), PASSPHRASE, "");
  const labels = (await field.phone.devices()).map((one) => one.label);
  expect(new Set(labels).size).toBe(3);
});

test("several officers on one phone have a store each", async () => {
  const first = field.device;
  field.passTime(1000);
  await field.enrol();
  expect(field.device).not.toBe(first);
  expect((await field.phone.devices()).map((one) => one.id)).toEqual([first, field.device]);
  await field.client.sync();
  await field.client.record(here, spoke);
  expect((await field.phone.devices()).map((one) => one.waiting)).toEqual([0, 1]);
});
