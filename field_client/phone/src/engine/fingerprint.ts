/** A secret that only this phone's fingerprint or face brings out: WebAuthn with its PRF extension. */

import { FieldProblem } from "../contract";
import { concat, utf8 } from "../protocol/bytes";
import { randomBytes, type StoreKey } from "../store/lockbox";
import type { Store } from "../store/store";

const TIMEOUT_MS = 60_000;
const SALT_BYTES = 32;
const LABEL = "Doorstep";

/** Whether this browser has a fingerprint or face to ask, and can make secrets with it. */
export async function isAvailable(): Promise<boolean> {
  const api = globalThis.PublicKeyCredential;
  if (!api?.isUserVerifyingPlatformAuthenticatorAvailable) {
    return false;
  }
  try {
    // Where a browser cannot tell whether it has PRF, making the credential will show it.
    const can = await api.getClientCapabilities?.();
    const lacksPrf = can?.["extension:prf"] === false;
    return !lacksPrf && (await api.isUserVerifyingPlatformAuthenticatorAvailable());
  } catch {
    return false;
  }
}

/** Puts the store key under this phone's fingerprint too. Problem: no_fingerprint. */
export async function addFingerprint(store: Store, key: StoreKey): Promise<void> {
  const salt = randomBytes(SALT_BYTES);
  const { credential, secret } = await makeCredential(salt);
  const slot = await key.slotUnderSecret(secret, salt, credential);
  await store.write("slot", ["slots"], (tx) => tx.objectStore("slots").put(slot));
}

/** A new credential and the secret that it makes of `salt`. The phone lists it under the app's name, nobody's. */
async function makeCredential(
  salt: Uint8Array<ArrayBuffer>,
): Promise<{ credential: Uint8Array; secret: Uint8Array }> {
  const made = await asked(() =>
    navigator.credentials.create({
      publicKey: {
        challenge: randomBytes(32),
        rp: { name: LABEL },
        user: { id: concat(utf8("doorstep"), randomBytes(16)), name: LABEL, displayName: LABEL },
        pubKeyCredParams: [
          { type: "public-key", alg: -7 },
          { type: "public-key", alg: -257 },
        ],
        authenticatorSelection: { authenticatorAttachment: "platform", userVerification: "required" },
        timeout: TIMEOUT_MS,
        extensions: { prf: { eval: { first: salt } } },
      },
    }),
  );
  const credential = new Uint8Array(made.rawId);
  // Some authenticators tell the secret only when they are asked again.
  return { credential, secret: secretIn(made) ?? (await askFingerprint(credential, salt)) };
}

/** The secret that a credential makes of `salt`. Problem: no_fingerprint. */
export async function askFingerprint(credential: Uint8Array, salt: Uint8Array): Promise<Uint8Array> {
  const id = new Uint8Array(credential);
  const found = await asked(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: randomBytes(32),
        allowCredentials: [{ type: "public-key", id, transports: ["internal"] }],
        userVerification: "required",
        timeout: TIMEOUT_MS,
        extensions: { prf: { eval: { first: new Uint8Array(salt) } } },
      },
    }),
  );
  const secret = secretIn(found);
  if (secret === null) {
    throw none("This phone's fingerprint cannot keep a secret for this app.");
  }
  return secret;
}

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const answer = await ask();
    if (answer !== null) {
      return answer as PublicKeyCredential;
    }
  } catch (error) {
    if (!(error instanceof DOMException)) {
      throw error;
    }
  }
  throw none("The fingerprint was not read.");
}

function secretIn(credential: PublicKeyCredential): Uint8Array | null {
  const first = credential.getClientExtensionResults().prf?.results?.first;
  if (first === undefined) {
    return null;
  }
  return first instanceof ArrayBuffer
    ? new Uint8Array(first)
    : new Uint8Array(first.buffer, first.byteOffset, first.byteLength);
}

function none(words: string): FieldProblem {
  return new FieldProblem("no_fingerprint", `${words} Use the passphrase.`);
}
