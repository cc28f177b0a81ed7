/**
 * Values under the store key, and the store key under a passphrase or a fingerprint's secret. Bytes in, bytes out.
 *
 * One random store key seals every value with AES-256-GCM, bound to its table and row, so that a value moved elsewhere
 * does not open. The store key lies in slots; each keeps its own cost, so that the cost may grow later.
 */

import { concat, hex, utf8 } from "../protocol/bytes";
import { argon2 } from "./argon2";
import type { SlotRow } from "./schema";

const KEY_BYTES = 32;
const NONCE_BYTES = 12;

/** What one guess at a passphrase costs: memory in KiB and passes of Argon2id (RFC 9106), one lane. */
export interface KeyCost {
  memoryKib: number;
  passes: number;
}

export const FULL_COST: KeyCost = { memoryKib: 65_536, passes: 3 };

/** Another key, another place, or changed bytes. */
export class DoesNotOpen extends Error {}

export function randomBytes(count: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(count));
}

/** The store key in memory, for as long as the store is unlocked. */
export class StoreKey {
  private constructor(
    private readonly raw: Uint8Array<ArrayBuffer>,
    private readonly values: CryptoKey,
    private readonly names: CryptoKey,
  ) {}

  static make(): Promise<StoreKey> {
    return StoreKey.of(randomBytes(KEY_BYTES));
  }

  private static async of(raw: Uint8Array<ArrayBuffer>): Promise<StoreKey> {
    const root = await crypto.subtle.importKey("raw", raw, "HKDF", false, ["deriveKey"]);
    const derive = (purpose: string, kind: AesKeyGenParams | HmacKeyGenParams, uses: KeyUsage[]) =>
      crypto.subtle.deriveKey(
        {
          name: "HKDF",
          hash: "SHA-256",
          salt: new Uint8Array(),
          info: utf8(`doorstep phone store 1 ${purpose}`),
        },
        root,
        kind,
        false,
        uses,
      );
    const values = await derive("values", { name: "AES-GCM", length: 256 }, ["encrypt", "decrypt"]);
    const names = await derive("names", { name: "HMAC", hash: "SHA-256", length: 256 }, ["sign"]);
    return new StoreKey(raw, values, names);
  }

  seal(table: string, row: string, plain: Uint8Array): Promise<Uint8Array> {
    return seal(this.values, table, row, plain);
  }

  /** Throws DoesNotOpen. */
  unseal(table: string, row: string, sealed: Uint8Array): Promise<Uint8Array> {
    return unseal(this.values, table, row, sealed);
  }

  /** A row's name where the name itself would tell of a house. */
  async blinded(name: string): Promise<string> {
    return hex(new Uint8Array(await crypto.subtle.sign("HMAC", this.names, utf8(name))));
  }

  async slotUnder(passphrase: string, cost: KeyCost): Promise<SlotRow> {
    const salt = randomBytes(16);
    const wrapped = await wrap(await stretch(passphrase, salt, cost), "passphrase", salt, this.raw);
    return { kind: "passphrase", salt, ...cost, credential: new Uint8Array(), wrapped };
  }

  /** `secret` is what the authenticator makes of `salt` (WebAuthn PRF), 32 bytes. */
  async slotUnderSecret(secret: Uint8Array, salt: Uint8Array, credential: Uint8Array): Promise<SlotRow> {
    const wrapped = await wrap(await keyOf(secret), "fingerprint", salt, this.raw);
    return { kind: "fingerprint", salt, memoryKib: 0, passes: 0, credential, wrapped };
  }

  /** Throws DoesNotOpen for another passphrase. */
  static async fromPassphrase(slot: SlotRow, passphrase: string): Promise<StoreKey> {
    return StoreKey.unwrapped(await stretch(passphrase, slot.salt, slot), slot);
  }

  static async fromSecret(slot: SlotRow, secret: Uint8Array): Promise<StoreKey> {
    return StoreKey.unwrapped(await keyOf(secret), slot);
  }

  private static async unwrapped(under: CryptoKey, slot: SlotRow): Promise<StoreKey> {
    return StoreKey.of(await unseal(under, "slots", `${slot.kind} ${hex(slot.salt)}`, slot.wrapped));
  }

  /** Overwrites the key's bytes; the object is of no use after it. */
  forget(): void {
    this.raw.fill(0);
  }
}

async function wrap(under: CryptoKey, kind: string, salt: Uint8Array, raw: Uint8Array): Promise<Uint8Array> {
  return seal(under, "slots", `${kind} ${hex(salt)}`, raw);
}

async function seal(key: CryptoKey, table: string, row: string, plain: Uint8Array): Promise<Uint8Array> {
  const iv = randomBytes(NONCE_BYTES);
  const additionalData = place(table, row);
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData },
    key,
    plain as BufferSource,
  );
  return concat(iv, new Uint8Array(sealed));
}

async function unseal(
  key: CryptoKey,
  table: string,
  row: string,
  sealed: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const iv = sealed.slice(0, NONCE_BYTES);
  const additionalData = place(table, row);
  try {
    const rest = sealed.slice(NONCE_BYTES);
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, rest));
  } catch {
    throw new DoesNotOpen();
  }
}

function place(table: string, row: string): Uint8Array<ArrayBuffer> {
  return utf8(`doorstep phone store 1\0${table}\0${row}`);
}

/** Argon2id of a passphrase. Two ways to type one letter count as one (NFC). */
async function stretch(passphrase: string, salt: Uint8Array, cost: KeyCost): Promise<CryptoKey> {
  const hash = await argon2(passphrase.normalize("NFC"), salt, cost.memoryKib, cost.passes);
  return crypto.subtle.importKey("raw", hash as BufferSource, "AES-GCM", false, ["encrypt", "decrypt"]);
}

async function keyOf(secret: Uint8Array): Promise<CryptoKey> {
  const root = await crypto.subtle.importKey("raw", secret as BufferSource, "HKDF", false, ["deriveKey"]);
  const how = {
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: utf8("doorstep phone fingerprint 1"),
  };
  return crypto.subtle.deriveKey(how, root, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}
