/**
 * One device's store: every write one transaction with `durability: "strict"`, so that once it resolves, a killed tab or
 * an empty battery does not undo it.
 *
 * Inside a transaction nothing is awaited but IndexedDB's own requests: whatever else is awaited ends it. Sealing and
 * hashing come before. `hook` is called around every write, so that tests can kill the app between any two of them, or
 * let another window in.
 */

import { storageProblem } from "./problems";
import {
  type DeviceDb,
  deleteDeviceDb,
  type MetaRow,
  openDeviceDb,
  READABLE,
  type Reading,
  type StoreState,
  type Table,
  type Writing,
} from "./schema";

export type Hook = (point: string) => void | Promise<void>;

export class Store {
  private db: Promise<DeviceDb> | null = null;

  private constructor(
    readonly device: string,
    readonly hook: Hook,
  ) {}

  /** Opens the store of a device, and makes it where there is none. Problems: storage_broken, newer_store. */
  static async open(device: string, hook: Hook = () => undefined): Promise<Store> {
    const store = new Store(device, hook);
    await store.opened();
    return store;
  }

  close(): void {
    this.db?.then((db) => db.close()).catch(() => undefined);
    this.db = null;
  }

  /** The connection; a browser may have closed it meanwhile (memory pressure, or another window that updates). */
  private async opened(): Promise<DeviceDb> {
    this.db ??= openDeviceDb(this.device, {
      terminated: () => {
        this.db = null;
      },
      blocking: () => this.close(),
    });
    try {
      return await this.db;
    } catch (error) {
      this.db = null;
      throw storageProblem(error);
    }
  }

  async read<T>(tables: Table[], work: (tx: Reading) => Promise<T>): Promise<T> {
    const db = await this.opened();
    try {
      const tx: Reading = db.transaction(tables, "readonly");
      tx.done.catch(() => undefined);
      return await work(tx);
    } catch (error) {
      throw storageProblem(error);
    }
  }

  /** One write transaction, all or nothing. Problems: storage_full, storage_broken. */
  async write<T>(what: string, tables: Table[], work: (tx: Writing) => Promise<T>): Promise<T> {
    await this.hook(`before ${what}`);
    const db = await this.opened();
    let result: T;
    try {
      result = await this.inTransaction(
        db.transaction(tables, "readwrite", { durability: "strict" }),
        what,
        work,
      );
    } catch (error) {
      throw storageProblem(error);
    }
    await this.hook(`after ${what}`);
    return result;
  }

  private async inTransaction<T>(tx: Writing, what: string, work: (tx: Writing) => Promise<T>): Promise<T> {
    const done = tx.done;
    done.catch(() => undefined);
    let result: T;
    try {
      result = await work(tx);
      this.hook(`within ${what}`);
    } catch (error) {
      throw (await abort(tx, done)) ?? error;
    }
    await done;
    return result;
  }

  /** All that is kept in clear, or undefined before enrolment has begun. */
  meta(): Promise<MetaRow | undefined> {
    return this.read(["meta"], (tx) => metaOf(tx));
  }

  /** The store is deleted, keys and outbox too. */
  async destroy(): Promise<void> {
    this.close();
    try {
      await deleteDeviceDb(this.device);
    } catch (error) {
      throw storageProblem(error);
    }
  }
}

/** Ends a transaction that failed; the browser's own reason, such as a full disk, where it has one. */
async function abort(tx: Writing, done: Promise<void>): Promise<unknown> {
  try {
    tx.abort();
  } catch {
    // It had ended already: by the very error that brought us here.
  }
  const reason = await done.then(
    () => undefined,
    (error: unknown) => error,
  );
  return reason instanceof DOMException && reason.name !== "AbortError" ? reason : undefined;
}

export function metaOf(tx: Reading | Writing): Promise<MetaRow | undefined> {
  return (tx as Reading).objectStore("meta").get("device");
}

/** Changes what is kept in clear, inside a write transaction; what stands then. */
export async function putMeta(tx: Writing, changes: Partial<MetaRow>): Promise<MetaRow> {
  const meta = { ...(await metaOf(tx)), ...changes } as MetaRow;
  await tx.objectStore("meta").put(meta, "device");
  return meta;
}

/** Deletes lists, slots, secrets, drafts and own records, inside a write transaction over READABLE and meta. */
export async function wipe(tx: Writing, state: StoreState): Promise<void> {
  for (const table of READABLE) {
    await tx.objectStore(table).clear();
  }
  await putMeta(tx, { state, tries: 0, gone: [] });
}
