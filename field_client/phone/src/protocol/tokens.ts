/** The registration token behind the QR code at the door: which list and which house, and nothing of who lives there. */

import { base64url, concat, utf8 } from "./bytes";
import { SyncError } from "./errors";
import { hmac } from "./sealing";

const LABEL = "doorstep/1 token\n";
const VERSION = 0x10;
const NUMBER_BYTES = 5;
const MAC_BYTES = 10;
const MOST_WORKLIST = 2 ** 40 - 1;

/** The token of one house of one list (28 characters). Throws SyncError when either cannot stand in a token. */
export async function makeToken(tokenKey: Uint8Array, worklist: number, uprn: string): Promise<string> {
  if (
    !/^[0-9]{1,12}$/.test(uprn) ||
    !Number.isSafeInteger(worklist) ||
    worklist < 0 ||
    worklist > MOST_WORKLIST
  ) {
    throw new SyncError("A token is made of a list's number and a UPRN of up to 12 digits.");
  }
  const head = concat(Uint8Array.of(VERSION | uprn.length), fiveBytes(worklist), fiveBytes(Number(uprn)));
  const mac = await hmac(tokenKey, concat(utf8(LABEL), head));
  return base64url(concat(head, mac.subarray(0, MAC_BYTES)));
}

/** A number below 2^40 in five bytes, big-endian; bit operations would cut it to 32. */
function fiveBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(NUMBER_BYTES);
  for (let place = NUMBER_BYTES - 1, rest = value; place >= 0; place--, rest = Math.floor(rest / 256)) {
    bytes[place] = rest % 256;
  }
  return bytes;
}
