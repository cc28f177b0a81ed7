/** The service's half of sections 5, 8 and 11, for tests: requests read, replies written, files checked. */

import { base64, utf8 } from "../../src/protocol/bytes";
import { type EnrolRequest, parseCode } from "../../src/protocol/enrolment";
import { BadSignature } from "../../src/protocol/errors";
import { envelope, eventId, kid, PROTOCOL } from "../../src/protocol/events";
import { exportText } from "../../src/protocol/export";
import {
  bytes,
  count,
  decode,
  encode,
  fromOne,
  integer,
  listOf,
  maybe,
  orElse,
  type Reader,
  record,
  text,
} from "../../src/protocol/json";
import { loadVerifyKey, verifyRaw } from "../../src/protocol/keys";
import type {
  EnrolReply,
  Envelope,
  ExchangeReply,
  ExchangeRequest,
  Have,
  SealKey,
} from "../../src/protocol/types";

/** One event that is no envelope becomes one to be held: with its JSON text as bytes, and its id if it is one. */
const anyEnvelope: Reader<Envelope> = (value) => {
  try {
    return envelope(value);
  } catch {
    const sealed = utf8(JSON.stringify(value));
    return { id: idOf(value), seq: 0, prev: "", kid: "", sealed, protocol: PROTOCOL };
  }
};

function idOf(value: unknown): string {
  try {
    return record<{ id: string }>({ id: eventId })(value as object).id;
  } catch {
    return "";
  }
}

const have = record<Have>({
  worklist: count,
  version: count,
  digest: maybe(text(64)),
  extras: maybe(text(64)),
});

const request = record<ExchangeRequest>({
  number: fromOne,
  now: integer,
  epoch: text(64),
  events: maybe(listOf(anyEnvelope, 500)),
  have: maybe(listOf(have, 200)),
  waiting: maybe(count),
  kid: maybe(text(40)),
  app: maybe(text(40)),
  guide: maybe(text(40)),
  protocol: maybe(count),
});

/** A device's exchange. Throws DecodeError. */
export function decodeRequest(body: Uint8Array): ExchangeRequest {
  return decode(body, request);
}

/** A reply as the bytes to send and to sign. */
export function encodeReply(reply: ExchangeReply): Uint8Array {
  const some = <T>(list: T[]) => (list.length > 0 ? list : undefined);
  return encode({
    now: reply.now,
    epoch: reply.epoch,
    receipts: some(reply.receipts),
    changes: some(reply.changes.map(({ header, body }) => ({ header, body: base64(body) }))),
    recalled: some(reply.recalled),
    revoked: reply.revoked || undefined,
    more: reply.more || undefined,
    seal_key: reply.seal_key ? writtenKey(reply.seal_key) : undefined,
    protocol: reply.protocol === PROTOCOL ? undefined : reply.protocol,
  });
}

function writtenKey(key: SealKey): object {
  return { kid: key.kid, public: base64(key.public) };
}

interface WrittenEnrolment {
  code: string;
  device: string;
  name: string;
  verify_key: Uint8Array;
  seal_key: Uint8Array;
  event_key: Uint8Array;
  kid: string;
  now: number;
  app: string;
}

/** A device's enrolment. Throws DecodeError or MistypedCode. */
export function decodeEnrolment(body: Uint8Array): EnrolRequest {
  const { code, verify_key, seal_key, event_key, ...rest } = decode(
    body,
    record<WrittenEnrolment>({
      code: text(80),
      device: text(64),
      name: text(100),
      verify_key: bytes,
      seal_key: bytes,
      event_key: bytes,
      kid,
      now: integer,
      app: orElse(text(40), ""),
    }),
  );
  return { ...rest, code: parseCode(code), verifyKey: verify_key, sealKey: seal_key, eventKey: event_key };
}

/** The answer to an enrolment as the bytes to send and to sign. */
export function encodeEnrolReply(reply: EnrolReply): Uint8Array {
  const { device, officer, epoch, now, time_zone } = reply;
  return encode({
    device,
    officer,
    epoch,
    now,
    seal_key: writtenKey(reply.seal_key),
    verify_key: base64(reply.verify_key),
    time_zone,
  });
}

interface OutboxFile {
  device: string;
  exported_at: number;
  events: Envelope[];
  signature: Uint8Array;
}

/** The events of an outbox file that the device with this key (65 bytes) signed. Throws BadSignature. */
export async function readExport(file: Uint8Array, verifyKey: Uint8Array): Promise<Envelope[]> {
  const read = decode(
    file,
    record<OutboxFile>({
      device: text(64),
      exported_at: integer,
      events: listOf(anyEnvelope, 20_000),
      signature: bytes,
    }),
  );
  const signed = await exportText(read.device, read.exported_at, read.events);
  if (!(await verifyRaw(await loadVerifyKey(verifyKey), read.signature, signed))) {
    throw new BadSignature("signature", "This device did not sign the file as it is.");
  }
  return read.events;
}
