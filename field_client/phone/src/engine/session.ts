/** What of a store is in memory while it is unlocked, besides lists, records and drafts; and the officer's settings. */

import { text, utf8 } from "../protocol/bytes";
import { loadSealPrivate } from "../protocol/keys";
import type { StoreKey } from "../store/lockbox";
import { refused } from "../store/problems";
import type { Store } from "../store/store";
import { openSecret } from "./unlock";

export interface Settings {
  autoLockMinutes: number;
}

const MOST_AUTO_LOCK_MINUTES = 60;
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

/** Problem: refused, outside of 1 to 60 minutes. */
export async function keepAutoLock(store: Store, session: Session, minutes: number): Promise<void> {
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > MOST_AUTO_LOCK_MINUTES) {
    throw refused(`Choose from 1 to ${MOST_AUTO_LOCK_MINUTES} minutes.`);
  }
  const settings = { ...session.settings, autoLockMinutes: minutes };
  const sealed = await session.key.seal("secrets", "settings", utf8(JSON.stringify(settings)));
  await store.write("settings", ["secrets"], (tx) => tx.objectStore("secrets").put(sealed, "settings"));
  session.settings = settings;
}
