/** The code with which a resident checks at the service that an officer is genuine, made on the phone without a signal. */

import { utf8 } from "./bytes";
import { hmac } from "./sealing";

const LABEL = "doorstep/1 badge";
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SYMBOLS = 8;

/** `worklist-XXXX-XXXX`: the first 40 bits of the HMAC over list and local date, in Crockford's base 32. */
export async function makeBadge(tokenKey: Uint8Array, worklist: number, localDate: string): Promise<string> {
  const mac = await hmac(tokenKey, utf8(`${LABEL}\n${worklist}\n${localDate}`));
  const bits = [...mac.subarray(0, 5)].reduce((number, byte) => number * 256n + BigInt(byte), 0n);
  const symbols = Array.from(
    { length: SYMBOLS },
    (_, at) => ALPHABET[Number((bits >> BigInt(5 * (SYMBOLS - 1 - at))) & 31n)],
  );
  return `${worklist}-${symbols.slice(0, 4).join("")}-${symbols.slice(4).join("")}`;
}
