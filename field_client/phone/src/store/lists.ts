/**
 * The worklists held: kept sealed as they came, deleted unread when their time is up.
 *
 * A full list is one package; each delta that follows without a gap is stacked on it, which needs no key. What does not
 * open or fit together later is asked for anew.
 */

import type { GoneList } from "../contract";
import type { ExchangeReply, Package, PackageHeader } from "../protocol/types";
import { readHeader } from "../protocol/worklist";
import type { ListRow, PackageRow, Reading, Table, Writing } from "./schema";
import { metaOf, putMeta, type Store } from "./store";

/** Past this a list is asked for whole again: opening many deltas costs more than one download. */
export const MOST_STACKED = 40;
export const LIST_TABLES: Table[] = ["lists", "packages", "bodies"];

/** A list as far as can be said without opening it. `newest` names the package kept last. */
export interface Held {
  worklist: number;
  version: number;
  epoch: string;
  notAfter: number;
  stacked: number;
  askFull: boolean;
  /** Number of the last request at which the list was all that the service had. */
  number: number;
  newest: number;
}

export interface Arrived {
  header: PackageHeader;
  package: Package;
}

/** The packages whose header can be read. */
export function arrived(changes: Package[]): Arrived[] {
  return changes.flatMap((one) => {
    try {
      return [{ header: readHeader(one), package: one }];
    } catch {
      return [];
    }
  });
}

export function held(store: Store): Promise<Held[]> {
  return store.read(LIST_TABLES, (tx) => heldIn(tx));
}

export async function heldIn(tx: Reading | Writing): Promise<Held[]> {
  const lists = await (tx as Reading).objectStore("lists").getAll();
  const found = await Promise.all(
    lists.map(async (list) => describe(list, await stackOf(tx, list.worklist))),
  );
  return found.filter((one) => one !== null);
}

function describe(list: ListRow, stack: PackageRow[]): Held | null {
  const newest = stack.at(-1);
  if (newest === undefined) {
    return null;
  }
  const { worklist, version, epoch, notAfter, kept } = newest;
  const { askFull, number } = list;
  return { worklist, version, epoch, notAfter, stacked: stack.length - 1, askFull, number, newest: kept };
}

/** The packages of a list, by version. */
async function stackOf(tx: Reading | Writing, worklist: number): Promise<PackageRow[]> {
  const all = IDBKeyRange.bound([worklist, 0], [worklist, Infinity]);
  return (tx as Reading).objectStore("packages").index("place").getAll(all);
}

/** The packages of a list past a version, in the order in which they are put together. */
export function packagesOf(store: Store, worklist: number, past: number): Promise<Package[]> {
  return store.read(LIST_TABLES, async (tx) => {
    const rows = (await stackOf(tx, worklist)).filter((row) => row.version > past);
    const bodies = await Promise.all(rows.map((row) => tx.objectStore("bodies").get(row.kept)));
    return rows.map(({ header }, at) => ({ header, body: bodies[at] as Uint8Array }));
  });
}

/**
 * Keeps a package as it came, if it can follow what is held; whether it was kept. What is for another device or epoch,
 * past its time, older than what is held, or not next to it, is left: the next request says what is held, and the
 * service answers from there. `number` is that of the request which the reply answers. Inside a write transaction.
 */
export async function keep(
  tx: Writing,
  { header, package: sealed }: Arrived,
  reply: ExchangeReply,
  device: string,
  number: number,
): Promise<boolean> {
  if (header.device !== device || header.epoch !== reply.epoch || header.not_after < reply.now) {
    return false;
  }
  const list = await tx.objectStore("lists").get(header.worklist);
  const end = list && describe(list, await stackOf(tx, header.worklist));
  if (header.kind === "full") {
    if (end && end.epoch === header.epoch && header.version < end.version && !end.askFull) {
      return false;
    }
    await drop(tx, header.worklist);
    await putMeta(tx, { gone: await goneBut(tx, header.worklist) });
    await tx.objectStore("lists").put({ worklist: header.worklist, askFull: false, number });
  } else if (
    !end ||
    end.epoch !== header.epoch ||
    header.base !== end.version ||
    header.version <= end.version
  ) {
    return false;
  } else {
    await noteCurrent(tx, header.worklist, number);
  }
  const kept = await tx.objectStore("packages").add(rowOf(header, sealed.header) as PackageRow);
  await tx.objectStore("bodies").add(sealed.body, kept);
  return true;
}

function rowOf(header: PackageHeader, text: string): Omit<PackageRow, "kept"> {
  const { worklist, version, base, kind, epoch } = header;
  return { header: text, worklist, version, base, kind, epoch, notAfter: header.not_after };
}

/** Notes that a list (if it still is at `version`) is all that the service had when it answered a request. */
export async function noteCurrent(
  tx: Writing,
  worklist: number,
  number: number,
  version?: number,
): Promise<void> {
  const list = await tx.objectStore("lists").get(worklist);
  if (list === undefined || number <= list.number) {
    return;
  }
  if (version === undefined || (await stackOf(tx, worklist)).at(-1)?.version === version) {
    await tx.objectStore("lists").put({ ...list, number });
  }
}

/** Deletes a list that was held, and notes that it went, for the officer to be told. */
export async function take(tx: Writing, { worklist, reason }: GoneList): Promise<void> {
  if ((await tx.objectStore("lists").get(worklist)) !== undefined) {
    await drop(tx, worklist);
    await putMeta(tx, { gone: [...(await goneBut(tx, worklist)), { worklist, reason }] });
  }
}

/** What is noted as gone, without one list: it went for another reason before, or has come back. */
async function goneBut(tx: Writing, worklist: number): Promise<GoneList[]> {
  return ((await metaOf(tx))?.gone ?? []).filter((one) => one.worklist !== worklist);
}

export async function drop(tx: Writing, worklist: number): Promise<void> {
  for (const kept of await tx.objectStore("packages").index("worklist").getAllKeys(worklist)) {
    await tx.objectStore("packages").delete(kept);
    await tx.objectStore("bodies").delete(kept);
  }
  await tx.objectStore("lists").delete(worklist);
}

/** Has a list that does not open asked for whole at the next exchange. */
export function askAnew(store: Store, worklist: number): Promise<void> {
  return store.write("ask anew", ["lists"], async (tx) => {
    const list = await tx.objectStore("lists").get(worklist);
    if (list !== undefined) {
      await tx.objectStore("lists").put({ ...list, askFull: true });
    }
  });
}

/** Deletes, unread, the lists whose time is up by the estimated service time; which. */
export async function expire(store: Store, now: number): Promise<number[]> {
  const isOver = (one: Held) => one.notAfter < now;
  if (!(await held(store)).some(isOver)) {
    return [];
  }
  return store.write("expire", ["meta", ...LIST_TABLES], async (tx) => {
    const over = (await heldIn(tx)).filter(isOver).map((one) => one.worklist);
    for (const worklist of over) {
      await take(tx, { worklist, reason: "expired" });
    }
    return over;
  });
}
