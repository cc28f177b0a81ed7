/** The one request of a device (section 5): what goes up as bytes, and what comes down. */

import { type Bytes, base64 } from "./bytes";
import { PROTOCOL } from "./events";
import {
  bytes,
  count,
  decode,
  encode,
  flag,
  integer,
  listOf,
  maybe,
  oneOf,
  orElse,
  type Reader,
  record,
  text,
} from "./json";
import type { Envelope, ExchangeReply, ExchangeRequest, Have, Package, Receipt, SealKey } from "./types";

/** The path that an exchange is posted to, as it is signed. */
export const EXCHANGE_PATH = "/api/exchange";

/** A request as the bytes to send and to sign. */
export function encodeRequest(request: ExchangeRequest): Bytes {
  const { events = [], have = [], protocol = PROTOCOL } = request;
  return encode({
    number: request.number,
    now: request.now,
    epoch: request.epoch,
    events: events.length > 0 ? events.map(writtenEnvelope) : undefined,
    have: have.length > 0 ? have.map(writtenHave) : undefined,
    waiting: request.waiting || undefined,
    kid: request.kid || undefined,
    app: request.app || undefined,
    guide: request.guide || undefined,
    protocol: protocol === PROTOCOL ? undefined : protocol,
  });
}

/** An envelope as JSON has it; every member stands. */
export function writtenEnvelope({ id, seq, prev, kid, sealed, protocol }: Envelope): object {
  return { id, seq, prev, kid, sealed: base64(sealed), protocol };
}

function writtenHave({ worklist, version, digest, extras }: Have): object {
  return { worklist, version, digest: digest || undefined, extras: extras || undefined };
}

/** The service's current seal key, which events are sealed to from now on. */
export const sealKey: Reader<SealKey> = record<SealKey>({ kid: text(), public: bytes });

const receipt = record<Receipt>({
  id: text(),
  hash: text(),
  status: oneOf("applied", "duplicate", "held", "rejected"),
  reason: maybe(text()),
  worklist: maybe(count),
  version: maybe(count),
});

const reply = record<ExchangeReply>({
  now: integer,
  epoch: text(),
  receipts: orElse(listOf(receipt), []),
  changes: orElse(listOf(record<Package>({ header: text(), body: bytes })), []),
  recalled: orElse(
    listOf(
      record<ExchangeReply["recalled"][number]>({
        worklist: count,
        reason: oneOf("recalled", "expired", "closed"),
      }),
    ),
    [],
  ),
  revoked: orElse(oneOf("", "lost", "leaver"), ""),
  more: orElse(flag, false),
  seal_key: (value) => maybe(sealKey)(value) ?? null,
  protocol: orElse(count, PROTOCOL),
});

/** What the service answered; verify its signature first. Throws DecodeError. */
export function decodeReply(body: Uint8Array): ExchangeReply {
  return decode(body, reply);
}
