/** Bytes and the texts that stand for them. */

import { DecodeError } from "./errors";

/** Bytes of our own memory, as WebCrypto asks for them. */
export type Bytes = Uint8Array<ArrayBuffer>;

const ENCODER = new TextEncoder();
// A byte order mark is no part of any text here (section 1), so it must not be taken off in silence.
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const HEX = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, "0"));
const CHUNK = 8192;

/** Bytes as WebCrypto takes them; those that lie in shared memory, which it refuses, are copied. */
export function own(bytes: Uint8Array): Bytes {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Bytes) : new Uint8Array(bytes);
}

/** A text in UTF-8. */
export function utf8(text: string): Bytes {
  return own(ENCODER.encode(text));
}

/** The text of UTF-8 bytes. Throws DecodeError where they are none. */
export function text(bytes: Uint8Array): string {
  try {
    return DECODER.decode(bytes);
  } catch {
    throw new DecodeError("It is not UTF-8");
  }
}

/** Bytes as lower-case hex digits. */
export function hex(bytes: Uint8Array): string {
  let digits = "";
  for (const byte of bytes) digits += HEX[byte];
  return digits;
}

/** The bytes of hex digits. Throws DecodeError where they are none. */
export function unhex(digits: string): Bytes {
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) throw new DecodeError("It is not hex");
  const bytes = new Uint8Array(digits.length / 2);
  for (let place = 0; place < bytes.length; place++) {
    bytes[place] = Number.parseInt(digits.slice(2 * place, 2 * place + 2), 16);
  }
  return bytes;
}

/** Bytes as base64 with padding (RFC 4648 section 4). */
export function base64(bytes: Uint8Array): string {
  let binary = "";
  for (let start = 0; start < bytes.length; start += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK));
  }
  return btoa(binary);
}

/** The bytes of base64 with padding. Throws DecodeError where it is none: `atob` alone forgives too much. */
export function unbase64(encoded: string): Bytes {
  if (encoded.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) {
    throw new DecodeError("It is not base64");
  }
  const binary = atob(encoded);
  const bytes = new Uint8Array(binary.length);
  for (let place = 0; place < bytes.length; place++) bytes[place] = binary.charCodeAt(place);
  return bytes;
}

/** Bytes as URL-safe base64 without padding. */
export function base64url(bytes: Uint8Array): string {
  return base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** One after the other. */
export function concat(...parts: Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let place = 0;
  for (const part of parts) {
    joined.set(part, place);
    place += part.length;
  }
  return joined;
}

/** The same bytes, compared without stopping at the first difference. */
export function equal(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  let differs = 0;
  for (let place = 0; place < one.length; place++) differs |= (one[place] ?? 0) ^ (other[place] ?? 0);
  return differs === 0;
}

/** A number below 2^32 in four bytes, big-endian. */
export function u32(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** The bytes of URL-safe base64 without padding. Throws DecodeError where it is none. */
export function unbase64url(encoded: string): Bytes {
  const padded = encoded.padEnd(Math.ceil(encoded.length / 4) * 4, "=");
  return unbase64(padded.replaceAll("-", "+").replaceAll("_", "/"));
}
