/**
 * The databases of one phone: one that lists the devices on it, and one for each device (one officer's store).
 *
 * In clear stand only what syncing needs while locked, and numbers: identities, the service's public keys, epoch,
 * counts, and the sealed envelopes and lists themselves. The signing key is a CryptoKey that cannot be taken out.
 * Everything else is sealed under the store key, value by value (lockbox.ts). No key of any table is an address, a
 * name or an outcome.
 */

import {
  type DBSchema,
  deleteDB,
  type IDBPDatabase,
  type IDBPTransaction,
  type OpenDBCallbacks,
  openDB,
} from "idb";
import type { GoneList } from "../contract";
import type { Seen } from "../protocol/clock";
import type { SealKey } from "../protocol/types";

/** Raised with every change of a table. A store of a higher number is left alone (FieldProblem newer_store). */
export const SCHEMA = 1;

export type StoreState = "enrolling" | "active" | "lost" | "leaver" | "wiped";

/** What is kept of a device in clear. */
export interface MetaRow {
  device: string;
  state: StoreState;
  /** While enrolling: the stored form of the code that the keys were made for. */
  enrolment: string;
  epoch: string;
  serviceKey: Uint8Array;
  sealKey: SealKey;
  timeZone: string;
  /** The last request number used. */
  number: number;
  /** The end of the chain: the last seq given and its envelope's hash ("" before the first). */
  seq: number;
  chain: string;
  seen: Seen | null;
  /** Service time of the last verified reply to an exchange. */
  syncedAt: number | null;
  /** Wrong tries in a row; each counted before it is made. */
  tries: number;
  /** Version of the guide that was read to its end. */
  guide: string;
  /** Lists that went since the officer was last told; none in stores of before there was this. */
  gone?: GoneList[];
}

/** The store key under a passphrase (Argon2id at `memoryKib` and `passes`) or under a fingerprint's secret. */
export interface SlotRow {
  kind: "passphrase" | "fingerprint";
  salt: Uint8Array;
  memoryKib: number;
  passes: number;
  /** WebAuthn's name of the credential; empty for a passphrase. */
  credential: Uint8Array;
  wrapped: Uint8Array;
}

/** An event on its way; its bytes lie in `sealed`. `seq`, `prev` and `hash` come when it is chained. */
export interface OutboxRow {
  place: number;
  id: string;
  kid: string;
  protocol: number;
  state: "pending" | "waiting" | "receipted";
  /** By the device's clock; 0 when it has none or is chained. */
  undoUntil: number;
  seq?: number;
  prev: string;
  hash: string;
  status: string;
  reason: string;
  worklist: number;
  version: number;
  receiptedAt: number;
  /** Number of the request whose reply brought the receipt: lists as of that one count the event in. */
  answered: number;
}

/** `number` is that of the last request at which this list was all that the service had. */
export interface ListRow {
  worklist: number;
  askFull: boolean;
  number: number;
}

/** A package's header; its sealed body lies in `bodies` under `kept`, so that looking at what is held reads no list. */
export interface PackageRow {
  kept: number;
  header: string;
  worklist: number;
  version: number;
  base: number;
  kind: "full" | "delta";
  epoch: string;
  notAfter: number;
}

export interface DraftRow {
  sealed: Uint8Array;
  until: number;
}

export interface DeviceTables extends DBSchema {
  meta: { key: "device"; value: MetaRow };
  keys: { key: "signing"; value: CryptoKey };
  slots: { key: SlotRow["kind"]; value: SlotRow };
  secrets: { key: string; value: Uint8Array };
  outbox: {
    key: number;
    value: OutboxRow;
    indexes: { id: string; seq: number; queue: [string, number]; state: string; age: [string, number] };
  };
  sealed: { key: string; value: Uint8Array };
  own: { key: string; value: Uint8Array };
  drafts: { key: string; value: DraftRow };
  lists: { key: number; value: ListRow };
  packages: { key: number; value: PackageRow; indexes: { worklist: number; place: [number, number] } };
  bodies: { key: number; value: Uint8Array };
}

export type Table =
  | "meta"
  | "keys"
  | "slots"
  | "secrets"
  | "outbox"
  | "sealed"
  | "own"
  | "drafts"
  | "lists"
  | "packages"
  | "bodies";
/** What a wipe empties: all that could be read with a passphrase. Never outbox, sealed, keys or meta. */
export const READABLE: Table[] = ["slots", "secrets", "own", "drafts", "lists", "packages", "bodies"];

export type DeviceDb = IDBPDatabase<DeviceTables>;
export type Reading = IDBPTransaction<DeviceTables, Table[], "readonly">;
export type Writing = IDBPTransaction<DeviceTables, Table[], "readwrite">;

/** How a device is listed before anything is unlocked. `label` stands in clear: the officer is told so. */
export interface DeviceRow {
  id: string;
  label: string;
  madeAt: number;
}

export interface PhoneTables extends DBSchema {
  devices: { key: string; value: DeviceRow };
}

export type PhoneDb = IDBPDatabase<PhoneTables>;

const PHONE = "doorstep";
const nameOf = (device: string) => `doorstep-${device}`;

/** A browser may be set to keep nothing; then even the name of its storage is missing. */
function requireStorage(): void {
  if (globalThis.indexedDB === undefined) {
    throw new DOMException("There is no IndexedDB.", "NotSupportedError");
  }
}

export async function openPhoneDb(
  events: Pick<OpenDBCallbacks<PhoneTables>, "terminated" | "blocking">,
): Promise<PhoneDb> {
  requireStorage();
  return openDB<PhoneTables>(PHONE, SCHEMA, {
    ...events,
    upgrade: (db) => {
      db.createObjectStore("devices", { keyPath: "id" });
    },
  });
}

export async function openDeviceDb(
  device: string,
  events: Pick<OpenDBCallbacks<DeviceTables>, "terminated" | "blocking">,
): Promise<DeviceDb> {
  return openDB<DeviceTables>(nameOf(device), SCHEMA, { ...events, upgrade: (db) => makeTables(db) });
}

export function deleteDeviceDb(device: string): Promise<void> {
  return deleteDB(nameOf(device));
}

function makeTables(db: DeviceDb): void {
  db.createObjectStore("meta");
  db.createObjectStore("keys");
  db.createObjectStore("slots", { keyPath: "kind" });
  db.createObjectStore("secrets");
  const outbox = db.createObjectStore("outbox", { keyPath: "place", autoIncrement: true });
  outbox.createIndex("id", "id", { unique: true });
  outbox.createIndex("seq", "seq", { unique: true });
  outbox.createIndex("queue", ["state", "seq"]);
  outbox.createIndex("state", "state");
  outbox.createIndex("age", ["state", "receiptedAt"]);
  db.createObjectStore("sealed");
  db.createObjectStore("own");
  db.createObjectStore("drafts");
  db.createObjectStore("lists", { keyPath: "worklist" });
  const packages = db.createObjectStore("packages", { keyPath: "kept", autoIncrement: true });
  packages.createIndex("worklist", "worklist");
  packages.createIndex("place", ["worklist", "version"], { unique: true });
  db.createObjectStore("bodies");
}
