/** The service's half of section 4, for tests: events opened, chains checked, times corrected. */

import { concat, equal } from "../../src/protocol/bytes";
import { envelopeHash, eventInfo, eventKeyInfo } from "../../src/protocol/envelope";
import { DecodeError, Malformed, NotAuthentic, Unreadable } from "../../src/protocol/errors";
import { decodeBody, PROTOCOL } from "../../src/protocol/events";
import { chainStart } from "../../src/protocol/journal";
import { hmac, inflate, openWith } from "../../src/protocol/sealing";
import type { Clock, Envelope, EventBody } from "../../src/protocol/types";

const MOST_BODY_BYTES = 262_144;
const START = 1 + 32 + 4;
const EARLIEST_MS = 1_577_836_800_000;

/** The body of an event. Throws Unreadable, NotAuthentic or Malformed. */
export async function openEvent(
  envelope: Envelope,
  device: string,
  serviceKey: CryptoKeyPair,
  eventKey: Uint8Array,
): Promise<EventBody> {
  if (envelope.protocol !== PROTOCOL) throw new Unreadable("It speaks another protocol.");
  const info = eventInfo(envelope.id, device, envelope.kid);
  const plain = await openWith(serviceKey, info, envelope.sealed);
  const { mac, packed } = laidOut(plain);
  if (!equal(mac, await hmac(eventKey, concat(info, packed)))) throw new NotAuthentic("Another event key.");
  const body = await inflate(packed, MOST_BODY_BYTES);
  try {
    return decodeBody(body);
  } catch (error) {
    throw error instanceof DecodeError ? new Malformed(error.message) : error;
  }
}

function laidOut(plain: Uint8Array): { mac: Uint8Array; packed: Uint8Array } {
  if (plain[0] !== 1 || plain.length < START) throw new Malformed("It is not laid out as an event.");
  const end = START + new DataView(plain.buffer, plain.byteOffset).getUint32(33);
  if (end > plain.length || plain.subarray(end).some((byte) => byte !== 0)) {
    throw new Malformed("It has a wrong length.");
  }
  return { mac: plain.subarray(1, 33), packed: plain.subarray(START, end) };
}

/** The event key that a device sealed when it enrolled. */
export async function openEventKey(
  sealed: Uint8Array,
  device: string,
  kid: string,
  serviceKey: CryptoKeyPair,
): Promise<Uint8Array> {
  return await openWith(serviceKey, eventKeyInfo(device, kid), sealed);
}

/** The instant of an event (section 4.5). */
export function correctedAt(clock: Clock, requestNow: number, receivedAt: number): number {
  const seen = clock.service_seen ?? null;
  const ticks = clock.ticks ?? null;
  const told = seen !== null && ticks !== null ? seen + ticks : clock.recorded_at + (receivedAt - requestNow);
  return Math.min(Math.max(told, seen ?? EARLIEST_MS), receivedAt);
}

export interface Break {
  kind: "gap" | "fork";
  id: string;
  seq: number;
  expected: string;
  found: string;
}

/** The breaks that new envelopes make in a chain that ended at `lastSeq` with `lastHash` (0 and "" at the start). */
export async function checkChain(
  device: string,
  envelopes: readonly Envelope[],
  lastSeq: number,
  lastHash: string,
  missing: readonly number[],
) {
  const open = new Set(missing);
  const breaks: Break[] = [];
  const filled: number[] = [];
  let [seq, hash] = [lastSeq, lastHash || (await chainStart(device))];
  const whole = envelopes.filter((one) => one.seq >= 1);
  for (const one of whole.sort((a, b) => a.seq - b.seq || (a.id < b.id ? -1 : 1))) {
    const told = { id: one.id, seq: one.seq };
    if (one.seq <= seq) {
      if (open.delete(one.seq)) filled.push(one.seq);
      else breaks.push({ kind: "fork", ...told, expected: `${seq + 1}`, found: `${one.seq}` });
      continue;
    }
    if (one.seq > seq + 1) breaks.push({ kind: "gap", ...told, expected: `${seq + 1}`, found: `${one.seq}` });
    else if (one.prev !== hash) breaks.push({ kind: "fork", ...told, expected: hash, found: one.prev });
    [seq, hash] = [one.seq, await envelopeHash(one)];
  }
  return { breaks, last_seq: seq, last_hash: hash, filled };
}
