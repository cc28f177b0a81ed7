/** Suite 1 (section 3): HPKE base mode over padded, deflated bytes, with SHA-256 and HMAC from WebCrypto. */

import type { CipherSuite } from "@hpke/core";
import { type Bytes, concat, own } from "./bytes";
import { Malformed, SyncError, Unreadable } from "./errors";

const ENC_BYTES = 65;
const TAG_BYTES = 16;

let loading: Promise<CipherSuite> | undefined;

/** The suite, loaded when something is first sealed or opened: a locked phone syncs without. */
function suite(): Promise<CipherSuite> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined; // A failure to load must not stand in the way of the next visit.
    throw error;
  });
  return loading;
}

async function load(): Promise<CipherSuite> {
  const { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } = await import("@hpke/core");
  return new CipherSuite({
    kem: new DhkemP256HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes256Gcm(),
  });
}

export async function sha256(bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", own(bytes)));
}

/** HMAC-SHA-256 of 32 bytes. */
export async function hmac(key: Uint8Array, bytes: Uint8Array): Promise<Bytes> {
  const imported = await crypto.subtle.importKey("raw", own(key), { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, own(bytes)));
}

/** `plain` sealed to a public key (65 bytes) and bound to `info`: `enc`, ciphertext, tag. Throws SyncError for a bad key. */
export async function sealTo(publicKey: Uint8Array, info: Uint8Array, plain: Uint8Array): Promise<Bytes> {
  const sealing = await suite();
  const recipientPublicKey = await sealing.kem
    .deserializePublicKey(own(publicKey).slice().buffer)
    .catch(() => {
      throw new SyncError("These bytes are no point on P-256.");
    });
  const { enc, ct } = await sealing.seal({ recipientPublicKey, info: own(info) }, own(plain));
  return concat(new Uint8Array(enc), new Uint8Array(ct));
}

/** What was sealed to this pair's public half (keys.loadSealPrivate). Throws Unreadable for another key, another info, or any change to the bytes. */
export async function openWith(keys: CryptoKeyPair, info: Uint8Array, sealed: Uint8Array): Promise<Bytes> {
  if (sealed.length < ENC_BYTES + TAG_BYTES) throw new Unreadable("It is too short to be sealed by suite 1.");
  const enc = new Uint8Array(sealed.subarray(0, ENC_BYTES));
  const ct = new Uint8Array(sealed.subarray(ENC_BYTES));
  const opening = await suite();
  try {
    return new Uint8Array(await opening.open({ recipientKey: keys, enc, info: own(info) }, ct));
  } catch {
    throw new Unreadable("It does not open with this key.");
  }
}

/** Raw deflate (RFC 1951), without a header or checksum: the seal checks. */
export async function deflate(bytes: Uint8Array): Promise<Bytes> {
  const parts: Uint8Array[] = [];
  for await (const part of through(bytes, new CompressionStream("deflate-raw"))) parts.push(part);
  return concat(...parts);
}

/** What `deflate` packed. Throws Malformed for anything else, or for more than `mostBytes` of it. */
export async function inflate(packed: Uint8Array, mostBytes: number): Promise<Bytes> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of through(packed, new DecompressionStream("deflate-raw"))) {
      length += part.length;
      if (length > mostBytes) throw new Malformed(`What is sealed unfolds to more than ${mostBytes} bytes.`);
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof Malformed) throw error;
    throw new Malformed("What is sealed is no single, whole deflate stream.");
  }
  return concat(...parts);
}

/** What comes out of a stream that is fed with these bytes; leaving early cancels it, so that a bomb stops unfolding. */
async function* through(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
): AsyncGenerator<Uint8Array> {
  const writer = stream.writable.getWriter();
  // A failure shows at the reading end, which is awaited; here it would be a second, unhandled one.
  writer.write(own(bytes)).catch(() => undefined);
  writer.close().catch(() => undefined);
  const reader = stream.readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
