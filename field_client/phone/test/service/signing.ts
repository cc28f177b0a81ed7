/** The service's half of section 5.5, for tests: requests verified, replies signed. */

import { base64 } from "../../src/protocol/bytes";
import { BadSignature } from "../../src/protocol/errors";
import { signRaw } from "../../src/protocol/keys";
import {
  checkDigest,
  checkSignature,
  contentDigest,
  REPLY_COMPONENTS,
  REQUEST_COMPONENTS,
  readInput,
  replyBase,
  requestBase,
  signedFields,
} from "../../src/protocol/signing";

/** Who signed a request with this key (65 bytes), and its number. Throws BadSignature. */
export async function verifyRequest(
  deviceKey: Uint8Array,
  request: { method: string; path: string; headers: HeadersInit; body: Uint8Array },
): Promise<{ key_id: string; number: number }> {
  if (/[?#]/.test(request.path)) throw new BadSignature("malformed", "A signed request has no query.");
  const fields = signedFields(request.headers);
  const { input, parameters } = readInput(fields, REQUEST_COMPONENTS);
  const [keyId, nonce] = [parameters.get("keyid"), parameters.get("nonce")];
  if (!keyId || !nonce || !/^[0-9]{1,16}$/.test(nonce) || !Number.isSafeInteger(Number(nonce))) {
    throw new BadSignature("malformed", "The signature names no key, or no number.");
  }
  await checkDigest(fields, request.body);
  const base = requestBase(request.method, request.path, fields.digest, input);
  await checkSignature(deviceKey, fields, base);
  return { key_id: keyId, number: Number(nonce) };
}

const REPLY_INPUT = `(${REPLY_COMPONENTS});created=1772445600;keyid="service";alg="ecdsa-p256-sha256";tag="doorstep"`;

/** The headers of a reply to the request with this Signature; signed over another `input` where a test wants one. */
export async function signReply(
  serviceKey: CryptoKey,
  reply: { status: number; body: Uint8Array; requestSignature: string },
  input = REPLY_INPUT,
): Promise<Record<string, string>> {
  const digest = await contentDigest(reply.body);
  const base = replyBase(reply.status, reply.requestSignature, digest, input);
  const signature = `doorstep=:${base64(await signRaw(serviceKey, base))}:`;
  return { "Content-Digest": digest, "Signature-Input": `doorstep=${input}`, Signature: signature };
}
