/** Events sealed to the service at the moment they are recorded (section 4.2); this device cannot read them back. */

import { type Bytes, concat, hex, u32, utf8 } from "./bytes";
import { SyncError, TooLarge } from "./errors";
import { encodeBody, PROTOCOL } from "./events";
import { deflate, hmac, sealTo, sha256 } from "./sealing";
import type { Envelope, EventBody, SealKey } from "./types";

const LEAST_BUCKET_BYTES = 1024;
const MOST_BUCKET_BYTES = 64 * 1024;
const EVENT_KEY_BYTES = 32;
const FORMAT = Uint8Array.of(1);

/** The HPKE info of an event: what an envelope's bytes are bound to. seq and prev are not yet known at sealing. */
export function eventInfo(id: string, device: string, kid: string): Bytes {
  return utf8(`doorstep/1 event\n${PROTOCOL}\n${id}\n${device}\n${kid}\n`);
}

/**
 * The sealed bytes of an event, for Envelope.sealed. Throws TooLarge past the largest bucket (64 KiB), DecodeError
 * where the body is not as the protocol says.
 */
export async function sealEvent(
  body: EventBody,
  under: { id: string; device: string; sealKey: SealKey; eventKey: Uint8Array },
): Promise<Bytes> {
  const info = eventInfo(under.id, under.device, under.sealKey.kid);
  const packed = await deflate(encodeBody(body));
  const mac = await hmac(under.eventKey, concat(info, packed));
  const plain = concat(FORMAT, mac, u32(packed.length), packed);
  return await sealTo(under.sealKey.public, info, padded(plain));
}

/** The bytes, with zeros up to the least of 1,024, 2,048 … 65,536 bytes that holds them. */
function padded(plain: Uint8Array): Bytes {
  let bucket = LEAST_BUCKET_BYTES;
  while (bucket < plain.length) bucket *= 2;
  if (bucket > MOST_BUCKET_BYTES) {
    throw new TooLarge("This record is too long to send: shorten the notes or the free-text answers.");
  }
  const whole = new Uint8Array(bucket);
  whole.set(plain);
  return whole;
}

/** The identity of an envelope's bytes and the next envelope's `prev`: hex SHA-256 over header and sealed. */
export async function envelopeHash(envelope: Envelope): Promise<string> {
  const { protocol, id, seq, prev, kid, sealed } = envelope;
  const head = `doorstep/1 envelope\n${protocol}\n${id}\n${seq}\n${prev}\n${kid}\n`;
  return hex(await sha256(concat(utf8(head), sealed)));
}

/** What a sealed event key is bound to. */
export function eventKeyInfo(device: string, kid: string): Bytes {
  return utf8(`doorstep/1 event-key\n${device}\n${kid}\n`);
}

/** A new device's event key sealed to the service, for the enrolment request (section 8.3). */
export async function sealEventKey(
  eventKey: Uint8Array,
  to: { device: string; sealKey: SealKey },
): Promise<Bytes> {
  if (eventKey.length !== EVENT_KEY_BYTES) throw new SyncError(`An event key has ${EVENT_KEY_BYTES} bytes.`);
  return await sealTo(to.sealKey.public, eventKeyInfo(to.device, to.sealKey.kid), eventKey);
}
