/** The officer's own records as the store keeps them: each sealed under the store key. */

import { concat, text, utf8 } from "../protocol/bytes";
import { DoesNotOpen, type StoreKey } from "./lockbox";
import type { OwnRecord, OwnRecords } from "./own";
import { damaged } from "./problems";
import type { Store } from "./store";

/** Padded to multiples of this, so that its size does not tell a withdrawal from a visit with registrations. */
const PADDED_BYTES = 1024;

export function sealRecord(key: StoreKey, record: OwnRecord): Promise<Uint8Array> {
  const plain = utf8(JSON.stringify(record));
  const spaces = Math.ceil(plain.length / PADDED_BYTES) * PADDED_BYTES - plain.length;
  return key.seal("own", record.id, concat(plain, utf8(" ".repeat(spaces))));
}

/** Brings the records in memory up to what is in the store. Problem: storage_broken for a damaged record. */
export async function refresh(own: OwnRecords, store: Store, key: StoreKey): Promise<void> {
  const { rows, ids, sealed } = await store.read(["outbox", "own"], async (tx) => {
    const ids = await tx.objectStore("own").getAllKeys();
    const isNew = ids.some((id) => own.record(id) === undefined);
    return {
      rows: await tx.objectStore("outbox").getAll(),
      ids,
      sealed: isNew ? await tx.objectStore("own").getAll() : [],
    };
  });
  const read = async (id: string, at: number) => own.record(id) ?? open(key, id, sealed[at] as Uint8Array);
  own.replace(rows, await Promise.all(ids.map(read)));
}

async function open(key: StoreKey, id: string, sealed: Uint8Array): Promise<OwnRecord> {
  try {
    return JSON.parse(text(await key.unseal("own", id, sealed)));
  } catch (error) {
    throw error instanceof DoesNotOpen ? damaged("own records") : error;
  }
}
