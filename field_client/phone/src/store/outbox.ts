/**
 * What was recorded, sealed, on its way to the service: pending (in its undo window), waiting in the chain, receipted.
 *
 * An event's place in the chain depends on the hash of the one before it, and hashing cannot be awaited inside a
 * transaction. So links are made outside and put in by compare-and-set: only if the chain's end and the pending events
 * are still what they were; else they are made anew. Two windows and a worker cannot fork the chain.
 */

import { FieldProblem } from "../contract";
import { envelopeHash } from "../protocol/envelope";
import { PROTOCOL } from "../protocol/events";
import { chainStart } from "../protocol/journal";
import { standing } from "../protocol/receipts";
import type { Envelope, Receipt } from "../protocol/types";
import { tooLate } from "./problems";
import type { OutboxRow, Reading, Table, Writing } from "./schema";
import { metaOf, putMeta, type Store } from "./store";

export const KEEP_MS = 14 * 24 * 3_600_000;
export const LONGEST_UNDO_MS = 10 * 60_000;
/** Other windows may move the chain's end between two looks at it; each loss means that another one has won. */
const MOST_TURNS = 200;
const CHAINING: Table[] = ["meta", "outbox", "sealed", "own"];

/** A sealed event and the officer's own sealed record of it. `undoUntil` 0: it is chained with the others at once. */
export interface NewEvent {
  id: string;
  kid: string;
  sealed: Uint8Array;
  own: Uint8Array;
  undoUntil: number;
}

type Unplaced = Omit<OutboxRow, "place">;

interface Plan {
  seq: number;
  chain: string;
  links: { row: OutboxRow | Unplaced; is: { seq: number; prev: string; hash: string } }[];
}

/** Which pending events are chained now. */
export type Due = (row: OutboxRow) => boolean;
export const EVERY: Due = () => true;

/** Those past their undo window. One that ends absurdly far ahead (the clock was put back meanwhile) counts as past. */
export function windowPassed(now: number): Due {
  return (row) => !(row.undoUntil - now > 0 && row.undoUntil - now <= LONGEST_UNDO_MS);
}

/** Gives pending events their place in the chain; the rows as they stand then. */
export function chain(store: Store, due: Due): Promise<OutboxRow[]> {
  return compareAndSet(store, due, null);
}

/** Keeps a new event after all that were pending, in one transaction; the rows that changed, the new one last. */
export function add(store: Store, event: NewEvent): Promise<OutboxRow[]> {
  return compareAndSet(store, EVERY, event);
}

async function compareAndSet(store: Store, due: Due, adding: NewEvent | null): Promise<OutboxRow[]> {
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const plan = await makePlan(store, due, adding);
    if (plan.links.length === 0 && adding === null) {
      return [];
    }
    const what = adding === null ? "chain" : "record";
    const rows = await store.write(what, CHAINING, (tx) => carryOut(tx, plan, adding));
    if (rows !== null) {
      return rows;
    }
  }
  throw new FieldProblem(
    "storage_broken",
    "Other windows of this app are busy with the same store; nothing of this step was kept. Close them and try again.",
  );
}

async function makePlan(store: Store, due: Due, adding: NewEvent | null): Promise<Plan> {
  const { meta, pending } = await store.read(["meta", "outbox", "sealed"], async (tx) => {
    const meta = await metaOf(tx);
    const rows = (await tx.objectStore("outbox").index("state").getAll("pending")).filter(due);
    const pending: { row: OutboxRow | Unplaced; sealed: Uint8Array }[] = [];
    for (const row of rows) {
      pending.push({ row, sealed: (await tx.objectStore("sealed").get(row.id)) as Uint8Array });
    }
    return { meta, pending };
  });
  if (adding !== null && adding.undoUntil === 0) {
    pending.push({ row: unchained(adding), sealed: adding.sealed });
  }
  const plan: Plan = { seq: meta?.seq ?? 0, chain: meta?.chain ?? "", links: [] };
  let { seq, chain: prev } = plan;
  for (const { row, sealed } of pending) {
    seq += 1;
    prev ||= await chainStart(store.device);
    const hash = await envelopeHash({ id: row.id, seq, prev, kid: row.kid, sealed, protocol: row.protocol });
    plan.links.push({ row, is: { seq, prev, hash } });
    prev = hash;
  }
  return plan;
}

/** Puts the links in, or null (and nothing done) where the chain's end or a pending event has changed since. */
async function carryOut(tx: Writing, plan: Plan, adding: NewEvent | null): Promise<OutboxRow[] | null> {
  const meta = await metaOf(tx);
  if (meta === undefined || meta.seq !== plan.seq || meta.chain !== plan.chain) {
    return null;
  }
  for (const { row } of plan.links) {
    if ("place" in row && (await tx.objectStore("outbox").get(row.place))?.state !== "pending") {
      return null;
    }
  }
  const rows: OutboxRow[] = [];
  for (const { row, is } of plan.links) {
    rows.push(await put(tx, { ...row, ...is, state: "waiting", undoUntil: 0 }));
  }
  if (adding !== null) {
    if (adding.undoUntil !== 0) {
      rows.push(await put(tx, unchained(adding)));
    }
    await tx.objectStore("sealed").put(adding.sealed, adding.id);
    await tx.objectStore("own").put(adding.own, adding.id);
  }
  const end = plan.links.at(-1)?.is;
  if (end !== undefined) {
    await putMeta(tx, { seq: end.seq, chain: end.hash });
  }
  return rows;
}

/** The place of a new row comes from its table, which counts on for ever. */
async function put(tx: Writing, row: OutboxRow | Unplaced): Promise<OutboxRow> {
  const place = await tx.objectStore("outbox").put(row as OutboxRow);
  return { ...row, place };
}

function unchained(event: NewEvent): Unplaced {
  return {
    id: event.id,
    kid: event.kid,
    protocol: PROTOCOL,
    state: "pending",
    undoUntil: event.undoUntil,
    prev: "",
    hash: "",
    status: "",
    reason: "",
    worklist: 0,
    version: 0,
    receiptedAt: 0,
    answered: 0,
  };
}

/** Takes back an event within its undo window. Problem: too_late, once it is in the chain. */
export async function undo(store: Store, id: string): Promise<void> {
  const gone = await store.write("undo", ["outbox", "sealed", "own"], async (tx) => {
    const row = await tx.objectStore("outbox").index("id").get(id);
    if (row?.state !== "pending") {
      return false;
    }
    await forget(tx, row);
    return true;
  });
  if (!gone) {
    throw tooLate();
  }
}

async function forget(tx: Writing, row: OutboxRow): Promise<void> {
  await tx.objectStore("outbox").delete(row.place);
  await tx.objectStore("sealed").delete(row.id);
  await tx.objectStore("own").delete(row.id);
}

/** The next envelopes to send, in chain order. */
export function batch(store: Store, most: number): Promise<Envelope[]> {
  return store.read(["outbox", "sealed"], async (tx) => {
    const queue = tx.objectStore("outbox").index("queue");
    return withBytes(tx, await queue.getAll(IDBKeyRange.bound(["waiting", 0], ["waiting", Infinity]), most));
  });
}

/** All envelopes still kept, receipted or not, in chain order: what an export file holds. */
export function every(store: Store): Promise<Envelope[]> {
  return store.read(["outbox", "sealed"], async (tx) =>
    withBytes(tx, await tx.objectStore("outbox").index("seq").getAll()),
  );
}

async function withBytes(tx: Reading, rows: OutboxRow[]): Promise<Envelope[]> {
  const bytes = await Promise.all(rows.map((row) => tx.objectStore("sealed").get(row.id)));
  return rows.map(({ id, seq, prev, kid, protocol }, at) => ({
    id,
    seq: seq as number,
    prev,
    kid,
    sealed: bytes[at] as Uint8Array,
    protocol,
  }));
}

/** Every row that is still kept, in the order in which the events were recorded. */
export function rows(store: Store): Promise<OutboxRow[]> {
  return store.read(["outbox"], (tx) => tx.objectStore("outbox").getAll());
}

/** How many events are in their undo window, and chained but not receipted. */
export function counts(store: Store): Promise<{ pending: number; waiting: number }> {
  return store.read(["outbox"], async (tx) => {
    const state = tx.objectStore("outbox").index("state");
    return { pending: await state.count("pending"), waiting: await state.count("waiting") };
  });
}

/**
 * The hashes of envelopes as they go up, by id: bytes that rotted here since they were chained have another hash than the
 * one noted then, and the service holds just what is left of them.
 */
export async function hashesAsSent(events: Envelope[]): Promise<Map<string, string>> {
  return new Map(await Promise.all(events.map(async (one) => [one.id, await envelopeHash(one)] as const)));
}

/**
 * Notes receipts; how many were for envelopes of ours. One that names a hash that is neither the chained one nor that of
 * what was `sent` is not ours, and ignored. `number` is that of the request which they answer. Inside a write transaction.
 */
export async function takeReceipts(
  tx: Writing,
  receipts: Receipt[],
  sent: ReadonlyMap<string, string>,
  at: number,
  number: number,
): Promise<number> {
  let taken = 0;
  for (const receipt of receipts) {
    const row = await tx.objectStore("outbox").index("id").get(receipt.id);
    if (row?.seq === undefined || ![row.hash, sent.get(receipt.id)].includes(receipt.hash)) {
      continue;
    }
    await tx.objectStore("outbox").put({
      ...row,
      state: "receipted",
      status: standing(receipt),
      reason: receipt.reason ?? "",
      worklist: receipt.worklist ?? 0,
      version: receipt.version ?? 0,
      receiptedAt: at,
      answered: number,
    });
    taken += 1;
  }
  return taken;
}

/** Puts every receipted envelope that is still kept back among those that wait (a new epoch); how many. */
export async function sendAgain(tx: Writing): Promise<number> {
  const rows = await tx.objectStore("outbox").index("state").getAll("receipted");
  for (const row of rows) {
    await tx.objectStore("outbox").put({ ...row, state: "waiting" });
  }
  return rows.length;
}

/** Deletes what was receipted more than 14 days ago, and the officer's own records of it. */
export async function forgetOld(tx: Writing, now: number): Promise<void> {
  const old = IDBKeyRange.bound(["receipted", 0], ["receipted", now - KEEP_MS], false, true);
  for (const row of await tx.objectStore("outbox").index("age").getAll(old)) {
    await forget(tx, row);
  }
}
