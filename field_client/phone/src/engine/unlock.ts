/** Bringing the store key into memory: by passphrase or fingerprint, ten tries, each counted before it is made. */

import { FieldProblem } from "../contract";
import { DoesNotOpen, type KeyCost, StoreKey } from "../store/lockbox";
import {
  damaged,
  gone,
  MOST_TRIES,
  notEnrolled,
  notStretched,
  refused,
  wipedAfterTries,
  wrongPassphrase,
} from "../store/problems";
import { READABLE, type SlotRow } from "../store/schema";
import { metaOf, putMeta, type Store, wipe } from "../store/store";
import { withLock } from "./exchange";
import { advise } from "./passphrase";

/** Problems: wrong_passphrase (tries), wiped at the tenth wrong one in a row and ever after, revoked. */
export function unlock(store: Store, passphrase: string): Promise<StoreKey> {
  // One try at a time, in whatever window, so that guesses side by side do not see each other's outcome.
  return withLock(`doorstep-try-${store.device}`, async () => {
    const slot = await slotOf(store, "passphrase");
    const tries = await countTry(store);
    let key: StoreKey;
    try {
      key = await StoreKey.fromPassphrase(slot, passphrase);
    } catch (error) {
      if (!(error instanceof DoesNotOpen)) {
        // Nothing was guessed: a phone short of memory must not come to a wipe by this.
        await store.write("try back", ["meta"], async (tx) => {
          await putMeta(tx, { tries: Math.max(0, ((await metaOf(tx))?.tries ?? 0) - 1) });
        });
        throw notStretched();
      }
      if (tries >= MOST_TRIES) {
        await wipeNow(store);
        throw wipedAfterTries();
      }
      throw wrongPassphrase(tries);
    }
    await store.write("unlock", ["meta"], (tx) => putMeta(tx, { tries: 0 }));
    return key;
  });
}

async function slotOf(store: Store, kind: SlotRow["kind"]): Promise<SlotRow> {
  const { meta, slot } = await store.read(["meta", "slots"], async (tx) => ({
    meta: await metaOf(tx),
    slot: await tx.objectStore("slots").get(kind),
  }));
  if (meta === undefined) {
    throw notEnrolled();
  }
  if (slot === undefined && (kind === "passphrase" || meta.state !== "active")) {
    throw gone(meta.state);
  }
  if (slot === undefined) {
    throw new FieldProblem("no_fingerprint", "No fingerprint was set up for this store. Use the passphrase.");
  }
  return slot;
}

/** Counts one more try; wipes instead where ten were made and a kill came before the wipe. */
async function countTry(store: Store): Promise<number> {
  const tries = await store.write("try", ["meta"], async (tx) => {
    const made = (await metaOf(tx))?.tries ?? 0;
    if (made < MOST_TRIES) {
      await putMeta(tx, { tries: made + 1 });
    }
    return made + 1;
  });
  if (tries > MOST_TRIES) {
    await wipeNow(store);
    throw wipedAfterTries();
  }
  return tries;
}

function wipeNow(store: Store): Promise<void> {
  return store.write("wipe", ["meta", ...READABLE], (tx) => wipe(tx, "wiped"));
}

/** With what an authenticator made of the slot's salt. Problem: no_fingerprint where it is another's. */
export async function unlockWithSecret(
  store: Store,
  secretFor: (slot: SlotRow) => Promise<Uint8Array>,
): Promise<StoreKey> {
  const slot = await slotOf(store, "fingerprint");
  try {
    const key = await StoreKey.fromSecret(slot, await secretFor(slot));
    await store.write("unlock", ["meta"], (tx) => putMeta(tx, { tries: 0 }));
    return key;
  } catch (error) {
    if (error instanceof DoesNotOpen) {
      throw new FieldProblem(
        "no_fingerprint",
        "The fingerprint does not open this store. Use the passphrase.",
      );
    }
    throw error;
  }
}

/** Problems: wrong_passphrase (which counts as a try), refused for a weak new one. */
export async function changePassphrase(store: Store, was: string, is: string, cost: KeyCost): Promise<void> {
  requireGood(is);
  const key = await unlock(store, was);
  const slot = await key.slotUnder(is, cost);
  key.forget();
  await store.write("slot", ["slots"], (tx) => tx.objectStore("slots").put(slot));
}

/** Problem: refused, with what to change. */
export function requireGood(passphrase: string): void {
  const advice = advise(passphrase);
  if (!advice.accepted) {
    throw refused(advice.words);
  }
}

/** A value under the store key. Problems: wiped, storage_broken. */
export async function openSecret(store: Store, key: StoreKey, name: string): Promise<Uint8Array> {
  const { meta, sealed } = await store.read(["meta", "secrets"], async (tx) => ({
    meta: await metaOf(tx),
    sealed: await tx.objectStore("secrets").get(name),
  }));
  if (sealed === undefined) {
    throw gone(meta?.state ?? "wiped");
  }
  try {
    return await key.unseal("secrets", name, sealed);
  } catch (error) {
    throw error instanceof DoesNotOpen ? damaged("keys") : error;
  }
}
