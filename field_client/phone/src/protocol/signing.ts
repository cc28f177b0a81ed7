/**
 * Requests signed and replies verified by RFC 9421 (HTTP Message Signatures) with ECDSA P-256, bodies by RFC 9530
 * (section 5.5). `created` is written because the standard's libraries want it and never judged: a device's clock may
 * be days wrong.
 */

import { type Bytes, base64, unbase64, utf8 } from "./bytes";
import { BadSignature, SyncError } from "./errors";
import { loadVerifyKey, signRaw, verifyRaw } from "./keys";
import { sha256 } from "./sealing";

export const REQUEST_COMPONENTS = '"@method" "@path" "content-digest"';
export const REPLY_COMPONENTS = '"@status" "signature";req;key="doorstep" "content-digest"';
const MOST_FIELD_CHARACTERS = 1000;
const PARAMETERS = '((?:;[a-z]+=(?:"[A-Za-z0-9._-]{0,64}"|[0-9]{1,15})){1,8})';
const PARAMETER = /;([a-z]+)=(?:"([A-Za-z0-9._-]{0,64})"|([0-9]{1,15}))/g;
const SIGNATURE = /^doorstep=(:[A-Za-z0-9+/]*={0,2}:)$/;
const ALGORITHM = "ecdsa-p256-sha256";

/** The headers to send, and the Signature among them, to which the reply must be bound. */
export interface SignedRequest {
  headers: Record<string, string>;
  signature: string;
}

/** The three fields of a signed message. */
export interface SignedFields {
  digest: string;
  input: string;
  signature: string;
}

/** A request signed with the device's signing key. `path` has no query; `nowMs` only becomes `created`. */
export async function signRequest(
  key: CryptoKey,
  request: { device: string; number: number; method: string; path: string; body: Uint8Array; nowMs: number },
): Promise<SignedRequest> {
  const created = Math.max(Math.floor(request.nowMs / 1000), 0);
  const input =
    `(${REQUEST_COMPONENTS});created=${created};keyid="${request.device}";alg="${ALGORITHM}"` +
    `;nonce="${request.number}";tag="doorstep"`;
  const digest = await contentDigest(request.body);
  const base = requestBase(request.method, request.path, digest, input);
  const signature = `doorstep=:${base64(await signRaw(key, base))}:`;
  return {
    headers: { "Content-Digest": digest, "Signature-Input": `doorstep=${input}`, Signature: signature },
    signature,
  };
}

/**
 * Resolves when the service with this key (65 bytes) gave this reply to the request with this Signature.
 * Throws BadSignature.
 */
export async function verifyReply(
  serviceKey: Uint8Array,
  reply: { status: number; headers: HeadersInit; body: Uint8Array; requestSignature: string },
): Promise<void> {
  const fields = signedFields(reply.headers);
  await checkDigest(fields, reply.body);
  const { input } = readInput(fields, REPLY_COMPONENTS);
  const base = replyBase(reply.status, reply.requestSignature, fields.digest, input);
  await checkSignature(serviceKey, fields, base);
}

/** The value of Content-Digest (RFC 9530, SHA-256). */
export async function contentDigest(body: Uint8Array): Promise<string> {
  return `sha-256=:${base64(await sha256(body))}:`;
}

/** The signature base of a request (RFC 9421, section 2.5). */
export function requestBase(method: string, path: string, digest: string, input: string): Bytes {
  return utf8(
    `"@method": ${method}\n"@path": ${path}\n"content-digest": ${digest}\n"@signature-params": ${input}`,
  );
}

/** The signature base of a reply: the second line is the request's own signature. */
export function replyBase(status: number, requestSignature: string, digest: string, input: string): Bytes {
  const bound = SIGNATURE.exec(requestSignature)?.[1] ?? malformed();
  return utf8(
    `"@status": ${status}\n"signature";req;key="doorstep": ${bound}\n"content-digest": ${digest}\n` +
      `"@signature-params": ${input}`,
  );
}

/** The three fields of a message. Throws BadSignature (missing, malformed). */
export function signedFields(headers: HeadersInit): SignedFields {
  const given = new Headers(headers);
  const [digest, input, signature] = ["Content-Digest", "Signature-Input", "Signature"].map(
    (name) => given.get(name) ?? "",
  ) as [string, string, string];
  if (!digest || !input || !signature) {
    throw new BadSignature(
      "missing",
      "It is not signed: Content-Digest, Signature-Input and Signature are needed.",
    );
  }
  if ([digest, input, signature].some((value) => value.length > MOST_FIELD_CHARACTERS)) malformed();
  return { digest, input, signature };
}

/** Throws BadSignature (digest) where the body is not the one that was signed. */
export async function checkDigest(fields: SignedFields, body: Uint8Array): Promise<void> {
  if (fields.digest !== (await contentDigest(body))) {
    throw new BadSignature("digest", "The content is not the one that its digest names.");
  }
}

/** The signature's parameters, by exactly these components; `input` is their text as it was signed. */
export function readInput(
  fields: SignedFields,
  components: string,
): { input: string; parameters: Map<string, string> } {
  const label = `doorstep=(${components})`;
  const rest = fields.input.slice(label.length);
  if (!fields.input.startsWith(label) || !new RegExp(`^${PARAMETERS}$`).test(rest)) malformed();
  const parameters = new Map<string, string>();
  for (const [, name, quoted, number] of rest.matchAll(PARAMETER)) {
    parameters.set(name ?? "", quoted ?? number ?? "");
  }
  if (parameters.get("tag") !== "doorstep" || (parameters.get("alg") ?? ALGORITHM) !== ALGORITHM) malformed();
  return { input: fields.input.slice("doorstep=".length), parameters };
}

/** Throws BadSignature (signature, malformed) where it is not this key's over this base. */
export async function checkSignature(
  publicKey: Uint8Array,
  fields: SignedFields,
  base: Uint8Array,
): Promise<void> {
  const encoded = SIGNATURE.exec(fields.signature)?.[1] ?? malformed();
  let holds = false;
  try {
    holds = await verifyRaw(await loadVerifyKey(publicKey), unbase64(encoded.slice(1, -1)), base);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
  }
  if (!holds) throw new BadSignature("signature", "The signature is not this key's over this message.");
}

function malformed(): never {
  throw new BadSignature("malformed", "The signature's headers are not as RFC 9421 says.");
}
