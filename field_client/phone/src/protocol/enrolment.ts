/** The one-time code with which a device enrols, the service's card, and the enrolment itself (section 8). */

import { type Bytes, base64, concat, equal, hex, utf8 } from "./bytes";
import { BadSignature, MistypedCode } from "./errors";
import { PROTOCOL } from "./events";
import { sealKey } from "./exchange";
import { bytes, count, decode, encode, integer, orElse, record, text } from "./json";
import { loadVerifyKey, verifyRaw } from "./keys";
import { sha256 } from "./sealing";
import type { EnrolReply, ServiceCard } from "./types";

export const CARD_PATH = "/api/exchange/card";
export const ENROL_PATH = "/api/exchange/enrolments";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SECRET_BYTES = 10;
const PIN_BYTES = 10;
const GROUPS = 8;
const GROUP_CONTENT = 4;
const WIDTH = GROUP_CONTENT + 1;
const VALUES: ReadonlyMap<string, number> = new Map([
  ...[...ALPHABET].map((letter, value): [string, number] => [letter, value]),
  ["O", 0],
  ["I", 1],
  ["L", 1],
]);
const SEPARATORS = /[\s\-–—.]+/g;

/** What a code carries: the secret (10 bytes), and the pin of the service that made it (10 bytes). */
export interface EnrolmentCode {
  secret: Bytes;
  pin: Bytes;
}

/** A device's public keys and its event key (sealed to the service by envelope.sealEventKey), sent with the code. */
export interface EnrolRequest {
  code: EnrolmentCode;
  device: string;
  name: string;
  verifyKey: Uint8Array;
  sealKey: Uint8Array;
  eventKey: Uint8Array;
  kid: string;
  now: number;
  app?: string;
}

/** The code that a person typed. Throws MistypedCode, whose `group` says where to look. */
export function parseCode(typed: string): EnrolmentCode {
  const letters = [...typed.replace(SEPARATORS, "").toUpperCase()];
  let content: number[] = [];
  for (let index = 0; index < GROUPS && index * WIDTH < letters.length; index++) {
    content = content.concat(readGroup(letters.slice(index * WIDTH, (index + 1) * WIDTH), index));
  }
  if (letters.length !== GROUPS * WIDTH) {
    throw new MistypedCode(`A code has ${GROUPS * WIDTH} letters and digits; this has ${letters.length}.`);
  }
  const raw = packed(content);
  return { secret: raw.slice(0, SECRET_BYTES), pin: raw.slice(SECRET_BYTES) };
}

/** The content of one group, perhaps not typed to its end yet. */
function readGroup(letters: string[], index: number): number[] {
  const values = letters.map((letter) => {
    const value = VALUES.get(letter);
    if (value === undefined) {
      throw new MistypedCode(`Group ${index + 1} holds '${letter}', which no code has.`, index + 1);
    }
    return value;
  });
  const content = values.slice(0, GROUP_CONTENT);
  if (values.length === WIDTH && checkValue(content, index) !== values[GROUP_CONTENT]) {
    throw new MistypedCode(`Group ${index + 1} (${letters.join("")}) has a typo; read it again.`, index + 1);
  }
  return content;
}

/** The check value over GF(32), with weights 2, 4, 8, 16: it catches every single typo and every swap of two. */
function checkValue(content: readonly number[], index: number): number {
  let check = index;
  content.forEach((value, place) => {
    let weighted = value;
    for (let times = 0; times <= place; times++) {
      weighted = (weighted << 1) ^ (weighted & 16 ? 0b100101 : 0);
    }
    check ^= weighted;
  });
  return check;
}

/** Values of five bits as bytes, big-endian. */
function packed(values: readonly number[]): Bytes {
  const raw = new Uint8Array((values.length * 5) / 8);
  values.forEach((value, place) => {
    for (let bit = 0; bit < 5; bit++) {
      const at = place * 5 + bit;
      if (value & (16 >> bit)) raw[at >> 3] = (raw[at >> 3] ?? 0) | (128 >> (at & 7));
    }
  });
  return raw;
}

/** Bytes as values of five bits, big-endian. */
function unpacked(raw: Uint8Array): number[] {
  return Array.from({ length: (raw.length * 8) / 5 }, (_, place) => {
    let value = 0;
    for (let at = place * 5; at < place * 5 + 5; at++) {
      value = (value << 1) | (((raw[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
    }
    return value;
  });
}

/** The code as it is read out and typed: `XXXXX-XXXXX-…`, eight groups. */
export function formatCode(code: EnrolmentCode): string {
  const values = unpacked(concat(code.secret, code.pin));
  return Array.from({ length: GROUPS }, (_, index) => {
    const content = values.slice(index * GROUP_CONTENT, (index + 1) * GROUP_CONTENT);
    return [...content, checkValue(content, index)].map((value) => ALPHABET[value]).join("");
  }).join("-");
}

/** The service's address ("" when only a code was typed) and the code, of what a QR code says. Throws MistypedCode. */
export function parseLink(scanned: string): { url: string; code: EnrolmentCode } {
  const [before = "", ...after] = scanned.trim().split("#");
  if (after.length === 0) return { url: "", code: parseCode(before) };
  return { url: before.replace(/\/enrol$/, "").replace(/\/+$/, ""), code: parseCode(after.join("#")) };
}

/** What tells one code from another without keeping its secret: a hex SHA-256. */
export async function storedForm(code: EnrolmentCode): Promise<string> {
  return hex(await sha256(concat(utf8("doorstep/1 enrolment\n"), code.secret)));
}

/** The service's card of JSON bytes, unchecked. Throws DecodeError. */
export function decodeCard(body: Uint8Array): ServiceCard {
  return decode(
    body,
    record<ServiceCard>({
      verify_key: bytes,
      seal_key: sealKey,
      epoch: text(64),
      now: integer,
      name: orElse(text(100), "Doorstep"),
      signature: orElse(bytes, new Uint8Array()),
      protocol: orElse(count, PROTOCOL),
    }),
  );
}

/**
 * Resolves when the card is that of the service which made the code. Throws BadSignature (or SyncError): then nothing
 * may be sealed or sent, because somebody else may be answering.
 */
export async function checkCard(card: ServiceCard, code: EnrolmentCode): Promise<void> {
  const pin = (await sha256(concat(utf8("doorstep/1 pin\n"), card.verify_key))).slice(0, PIN_BYTES);
  if (!equal(pin, code.pin)) {
    throw new BadSignature("signature", "This is not the service that the code was made for.");
  }
  if (!(await verifyRaw(await loadVerifyKey(card.verify_key), card.signature, cardText(card)))) {
    throw new BadSignature("signature", "The service's card was changed on the way.");
  }
}

function cardText(card: ServiceCard): Bytes {
  const lines = [
    "doorstep/1 card",
    card.protocol,
    hex(card.verify_key),
    card.seal_key.kid,
    hex(card.seal_key.public),
    card.epoch,
    card.now,
    card.name,
  ];
  return utf8(lines.map((line) => `${line}\n`).join(""));
}

/** An enrolment as the bytes to send, signed by the new signing key. */
export function encodeEnrolment(request: EnrolRequest): Bytes {
  return encode({
    code: formatCode(request.code),
    device: request.device,
    name: request.name,
    verify_key: base64(request.verifyKey),
    seal_key: base64(request.sealKey),
    event_key: base64(request.eventKey),
    kid: request.kid,
    now: request.now,
    app: request.app || undefined,
  });
}

/** What the service answered to a device that enrols; verify its signature first. Throws DecodeError. */
export function decodeEnrolReply(body: Uint8Array): EnrolReply {
  return decode(
    body,
    record<EnrolReply>({
      device: text(),
      officer: text(),
      epoch: text(),
      now: integer,
      seal_key: sealKey,
      verify_key: bytes,
      time_zone: text(),
    }),
  );
}
