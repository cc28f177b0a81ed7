/** The vectors of sync/vectors, which Python and TypeScript both pass (PROTOCOL.md, section 14). */

import { createECDH } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "vitest";
import { base64, unbase64, unhex } from "../../src/protocol/bytes";
import { loadSealPrivate } from "../../src/protocol/keys";
import type { Envelope } from "../../src/protocol/types";

export const FOLDER = new URL("../../../../sync/vectors/", import.meta.url);

export type Case = any;

/** A file of vectors. */
export function load(name: string): Case {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8"));
}

/** A test for each case of a file that `of` picks; every file's cases must all be picked by something. */
export function each(
  name: string,
  run: (given: Case) => Promise<void> | void,
  of: (given: Case) => boolean = () => true,
): void {
  const cases: Case[] = load(name).cases.filter(of);
  if (cases.length === 0) throw new Error(`No case of ${name} is picked.`);
  for (const given of cases) test(given.name, () => run(given));
}

/** A value as JSON has it, bytes as base64. */
export function plain(value: unknown): Case {
  return JSON.parse(JSON.stringify(value, (_, part) => (part instanceof Uint8Array ? base64(part) : part)));
}

/** An envelope of a vector. */
export function envelopeOf(given: Case): Envelope {
  return { ...given, sealed: unbase64(given.sealed) };
}

/** The seal key of a private number in hex; some files leave its public half to be worked out. */
export async function sealKeyOf(privateHex: string): Promise<CryptoKeyPair> {
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(privateHex, "hex");
  return await loadSealPrivate(unhex(privateHex), curve.getPublicKey());
}
