/** The officer's own records as the store keeps them: each sealed under the store key. */

import { text, utf8 } from "../protocol/bytes";
import { DoesNotOpen, type StoreKey } from "./lockbox";
import type { OwnRecord, OwnRecords } from "./own";
import { damaged } from "./problems";
import type { Store } from "./store";

/** Padded to one length, so that its size does not tell a withdrawal from a visit with registrations. */
const PADDED_BYTES = 1024;

export function sealRecord(key: StoreKey, record: OwnRecord): Promise<Uint8Array> {
  const plain = JSON.stringify(record);
  return key.seal(
    "own",
    record.id,
    utf8(plain.padEnd(PADDED_BYTES - (utf8(plain).length - plain.length), " ")),
  );
}

/** Brings the records in memory up to what is in the store. Problem: storage_broken for a damaged record. */
export async function refresh(own: OwnRecords, store: Store, key: StoreKey): Promise<void> {
  const { rows, ids } = await store.read(["outbox", "own"], async (tx) => ({
    rows: await tx.objectStore("outbox").getAll(),
    ids: await tx.objectStore("own").getAllKeys(),
  }));
  const read = async (id: string) => own.record(id) ?? (await open(store, key, id));
  own.replace(rows, await Promise.all(ids.map(read)));
}

async function open(store: Store, key: StoreKey, id: string): Promise<OwnRecord> {
  const sealed = await store.read(["own"], (tx) => tx.objectStore("own").get(id));
  try {
    return JSON.parse(text(await key.unseal("own", id, sealed ?? new Uint8Array())));
  } catch (error) {
    throw error instanceof DoesNotOpen ? damaged("own records") : error;
  }
}
