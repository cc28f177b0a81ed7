/** An outbox as a file, carried by hand from a phone without a connection and signed by the device (section 11). */

import { type Bytes, base64, hex, utf8 } from "./bytes";
import { envelopeHash } from "./envelope";
import { PROTOCOL } from "./events";
import { writtenEnvelope } from "./exchange";
import { encode } from "./json";
import { signRaw } from "./keys";
import { sha256 } from "./sealing";
import type { Envelope } from "./types";

/** The file (JSON) of these envelopes, signed with the device's signing key. It is no receipt: keep the events. */
export async function makeExport(
  signingKey: CryptoKey,
  { device, now, events }: { device: string; now: number; events: readonly Envelope[] },
): Promise<Bytes> {
  const signature = await signRaw(signingKey, await exportText(device, now, events));
  return encode({
    device,
    exported_at: now,
    events: events.map(writtenEnvelope),
    signature: base64(signature),
    protocol: PROTOCOL,
  });
}

/** What is signed: label, device, time, and the SHA-256 over the hashes of the envelopes in the file's order. */
export async function exportText(device: string, at: number, events: readonly Envelope[]): Promise<Bytes> {
  const hashes = await Promise.all(events.map(envelopeHash));
  const digest = hex(await sha256(utf8(hashes.join(""))));
  return utf8(`doorstep/1 outbox\n${device}\n${at}\n${digest}\n`);
}
