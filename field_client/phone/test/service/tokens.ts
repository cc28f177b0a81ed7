/** The service's half of section 9, for tests: tokens read and checked. */

import { concat, equal, unbase64url, utf8 } from "../../src/protocol/bytes";
import { BadToken } from "../../src/protocol/errors";
import { hmac } from "../../src/protocol/sealing";

const HEAD_BYTES = 11;
const MAC_BYTES = 10;

/** What a token says, when this list's key made it. Throws BadToken. */
export async function checkToken(
  tokenKey: Uint8Array,
  token: string,
): Promise<{ worklist: number; uprn: string }> {
  if (!/^[A-Za-z0-9_-]{28}$/.test(token)) throw new BadToken("It is not complete.");
  const raw = unbase64url(token);
  const head = raw.subarray(0, HEAD_BYTES);
  const mac = (await hmac(tokenKey, concat(utf8("doorstep/1 token\n"), head))).subarray(0, MAC_BYTES);
  if (!equal(raw.subarray(HEAD_BYTES), mac)) throw new BadToken("It was not made for this list.");
  const number = (from: number) => head.subarray(from, from + 5).reduce((sum, byte) => sum * 256 + byte, 0);
  const digits = (head[0] ?? 0) & 15;
  return { worklist: number(1), uprn: String(number(6)).padStart(digits, "0") };
}
