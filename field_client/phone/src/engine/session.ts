/** What of a store is in memory while it is unlocked, besides lists, records and drafts; and the officer's settings. */

import { text, utf8 } from "../protocol/bytes";
import { loadSealPrivate } from "../protocol/keys";
import type { StoreKey } from "../store/lockbox";
import type { Store } from "../store/store";
import { openSecret } from "./unlock";

export interface Settings {
  autoLockMinutes: number;
}

const DEFAULTS: Settings = { autoLockMinutes: 10 };

export interface Session {
  key: StoreKey;
  /** Opens lists. */
  sealKey: CryptoKeyPair;
  /** Proves that an event was made on this device while it was unlocked. */
  eventKey: Uint8Array;
  officer: string;
  settings: Settings;
}

/** Problems: wiped, revoked, storage_broken. */
export async function openSession(store: Store, key: StoreKey): Promise<Session> {
  const secret = (name: string) => openSecret(store, key, name);
  return {
    key,
    sealKey: await loadSealPrivate(await secret("seal_private"), await secret("seal_public")),
    eventKey: await secret("event_key"),
    officer: text(await secret("officer")),
    settings: await readSettings(store, key),
  };
}

/** Overwrites what can be overwritten; whoever held the session is to let go of it. */
export function closeSession(session: Session): void {
  session.key.forget();
  session.eventKey.fill(0);
}

async function readSettings(store: Store, key: StoreKey): Promise<Settings> {
  const isKept = await store.read(["secrets"], (tx) => tx.objectStore("secrets").count("settings"));
  return isKept ? { ...DEFAULTS, ...JSON.parse(text(await openSecret(store, key, "settings"))) } : DEFAULTS;
}

export async function keepSettings(store: Store, key: StoreKey, settings: Settings): Promise<void> {
  const sealed = await key.seal("secrets", "settings", utf8(JSON.stringify(settings)));
  await store.write("settings", ["secrets"], (tx) => tx.objectStore("secrets").put(sealed, "settings"));
}
