/** P-256 keys as raw bytes (65-byte uncompressed points, 32-byte private numbers) and as WebCrypto holds them. */

import { type Bytes, base64url, hex, own, unbase64url } from "./bytes";
import { SyncError } from "./errors";
import { sha256 } from "./sealing";

const PUBLIC_BYTES = 65;
const PRIVATE_BYTES = 32;
const COORDINATE_BYTES = 32;
const EVENT_KEY_BYTES = 32;
const CURVE = "P-256";
const ECDSA = { name: "ECDSA", namedCurve: CURVE } as const;
const ECDH = { name: "ECDH", namedCurve: CURVE } as const;
const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;

/** A new pair for signatures. Its private half can be used and kept, but not read, by anybody. */
export async function newSigningKey(): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey(ECDSA, false, ["sign", "verify"]);
}

/** The public half of a pair, as 65 bytes. */
export async function publicBytesOf(pair: CryptoKeyPair): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
}

/** A new pair that lists are sealed to, as bytes: the private half is to be kept under the store key. */
export async function newSealKey(): Promise<{ privateBytes: Bytes; publicBytes: Bytes }> {
  const pair = await crypto.subtle.generateKey(ECDH, true, ["deriveBits"]);
  const { d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  return { privateBytes: unbase64url(d ?? ""), publicBytes: await publicBytesOf(pair) };
}

/**
 * A seal key in memory, for `openWith`; it cannot be read out again. Throws SyncError where the two are no pair.
 * It takes both halves because not every browser can work out the public one.
 */
export async function loadSealPrivate(
  privateBytes: Uint8Array,
  publicBytes: Uint8Array,
): Promise<CryptoKeyPair> {
  if (privateBytes.length !== PRIVATE_BYTES || publicBytes.length !== PUBLIC_BYTES || publicBytes[0] !== 4) {
    throw new SyncError(`A seal key is ${PRIVATE_BYTES} private bytes and a point of ${PUBLIC_BYTES}.`);
  }
  const jwk = {
    kty: "EC",
    crv: CURVE,
    x: base64url(publicBytes.subarray(1, 1 + COORDINATE_BYTES)),
    y: base64url(publicBytes.subarray(1 + COORDINATE_BYTES)),
    d: base64url(privateBytes),
  };
  try {
    return {
      privateKey: await crypto.subtle.importKey("jwk", jwk, ECDH, false, ["deriveBits"]),
      publicKey: await crypto.subtle.importKey("raw", own(publicBytes), ECDH, true, []),
    };
  } catch {
    throw new SyncError("These bytes are no P-256 key pair.");
  }
}

/** The key that checks signatures of the holder of these 65 public bytes. Throws SyncError where they are no point. */
export async function loadVerifyKey(publicBytes: Uint8Array): Promise<CryptoKey> {
  if (publicBytes.length !== PUBLIC_BYTES || publicBytes[0] !== 4) {
    throw new SyncError(`A public key is an uncompressed point of ${PUBLIC_BYTES} bytes.`);
  }
  try {
    return await crypto.subtle.importKey("raw", own(publicBytes), ECDSA, false, ["verify"]);
  } catch {
    throw new SyncError("These bytes are no point on P-256.");
  }
}

/** An ECDSA P-256 SHA-256 signature as 64 bytes, r then s. */
export async function signRaw(privateKey: CryptoKey, text: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign(SIGNING, privateKey, own(text)));
}

/** True when `signature` (64 bytes, r then s) is this key's over `text`. */
export async function verifyRaw(
  verifyKey: CryptoKey,
  signature: Uint8Array,
  text: Uint8Array,
): Promise<boolean> {
  return await crypto.subtle.verify(SIGNING, verifyKey, own(signature), own(text));
}

/** The name of a seal key: the first 16 hex digits of the SHA-256 of its 65 public bytes. */
export async function kidOf(publicBytes: Uint8Array): Promise<string> {
  return hex(await sha256(publicBytes)).slice(0, 16);
}

/** A new device's HMAC key for events. */
export function newEventKey(): Bytes {
  return crypto.getRandomValues(new Uint8Array(EVENT_KEY_BYTES));
}

/** A new identity (UUIDv4, lower case) for an event, a registration or a device. */
export function newId(): string {
  return crypto.randomUUID();
}
