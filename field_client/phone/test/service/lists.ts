/** The service's half of section 6, for tests: lists sealed to a device. */

import { concat, u32, utf8 } from "../../src/protocol/bytes";
import { encode, encodeText } from "../../src/protocol/json";
import { deflate, sealTo } from "../../src/protocol/sealing";
import type { Package, PackageHeader } from "../../src/protocol/types";

const LEAST_PADDED_BYTES = 512;

/** Padmé: a length that tells of `length` only its magnitude, at most 12 % longer. */
export function paddedLength(length: number): number {
  const least = Math.max(length, LEAST_PADDED_BYTES);
  const exponent = Math.floor(Math.log2(least));
  const step = 2 ** (exponent - Math.floor(Math.log2(exponent)) - 1);
  return Math.ceil(least / step) * step;
}

/** A list, or its changes, sealed to one device (its 65 public bytes). `body` is as the wire has it. */
export async function sealPackage(
  header: PackageHeader,
  body: object,
  devicePublic: Uint8Array,
): Promise<Package> {
  const text = encodeText(header);
  const packed = await deflate(encode(body));
  const plain = concat(Uint8Array.of(1), u32(packed.length), packed);
  const padded = new Uint8Array(paddedLength(plain.length));
  padded.set(plain);
  const sealed = await sealTo(devicePublic, utf8(`doorstep/1 worklist\n${text}`), padded);
  return { header: text, body: sealed };
}
