/** Unlocking with a fingerprint: a second slot, under a secret that only this phone's authenticator makes. */

import { beforeEach, expect, test, vi } from "vitest";
import { Field } from "../support/field";
import { problemOf } from "../support/problems";

/** An authenticator: HMAC of the salt under a secret of its own, for a finger that fits. */
class FakeAuthenticator {
  readonly id = crypto.getRandomValues(new Uint8Array(16));
  private readonly own = crypto.getRandomValues(new Uint8Array(32));
  fits = true;
  tellsAtOnce = true;

  async credential(
    options: PublicKeyCredentialCreationOptions | PublicKeyCredentialRequestOptions,
    isNew: boolean,
  ) {
    if (!this.fits) {
      throw new DOMException("No", "NotAllowedError");
    }
    const salt = options.extensions?.prf?.eval?.first as Uint8Array<ArrayBuffer>;
    const key = await crypto.subtle.importKey("raw", this.own, { name: "HMAC", hash: "SHA-256" }, false, [
      "sign",
    ]);
    const first = await crypto.subtle.sign("HMAC", key, salt);
    const prf = isNew && !this.tellsAtOnce ? { enabled: true } : { results: { first } };
    return { rawId: this.id.buffer, getClientExtensionResults: () => ({ prf }) };
  }
}

let field: Field;
let finger: FakeAuthenticator;

beforeEach(async () => {
  field = await Field.make();
  finger = new FakeAuthenticator();
  const isUserVerifyingPlatformAuthenticatorAvailable = async () => true;
  vi.stubGlobal("PublicKeyCredential", { isUserVerifyingPlatformAuthenticatorAvailable });
  vi.stubGlobal("navigator", {
    onLine: false,
    credentials: {
      create: ({ publicKey }: CredentialCreationOptions) => finger.credential(publicKey as never, true),
      get: ({ publicKey }: CredentialRequestOptions) => finger.credential(publicKey as never, false),
    },
  });
});

test.each([true, false])("a finger opens the store (secret told at once: %s)", async (tellsAtOnce) => {
  finger.tellsAtOnce = tellsAtOnce;
  expect(await field.client.canAddFingerprint()).toBe(true);
  await field.client.addFingerprint();
  expect((await field.phone.devices())[0]?.hasFingerprint).toBe(true);
  await field.restart(false);
  const client = await field.phone.unlockWithFingerprint(field.device);
  expect(client.streets()).toHaveLength(2);
});

test("a finger that does not fit, or another phone's, opens nothing and costs no try", async () => {
  await field.client.addFingerprint();
  await field.client.lock();
  finger.fits = false;
  expect((await problemOf(field.phone.unlockWithFingerprint(field.device))).code).toBe("no_fingerprint");
  finger = new FakeAuthenticator();
  expect((await problemOf(field.phone.unlockWithFingerprint(field.device))).code).toBe("no_fingerprint");
  expect((await field.phone.devices())[0]?.tries).toBe(0);
});

test("where none was set up, or the browser has none, it is said", async () => {
  await field.client.lock();
  expect((await problemOf(field.phone.unlockWithFingerprint(field.device))).message).toMatch(
    /Use the passphrase/,
  );
  await field.unlock();
  vi.stubGlobal("PublicKeyCredential", undefined);
  expect(await field.client.canAddFingerprint()).toBe(false);
  vi.stubGlobal("PublicKeyCredential", {
    isUserVerifyingPlatformAuthenticatorAvailable: async () => true,
    getClientCapabilities: async () => ({ "extension:prf": false }),
  });
  expect(await field.client.canAddFingerprint()).toBe(false);
});

test("ten wrong passphrases take the fingerprint's slot too", async () => {
  await field.client.addFingerprint();
  await field.client.lock();
  for (let tries = 0; tries < 10; tries++) {
    await problemOf(field.phone.unlock(field.device, "not this one, no"));
  }
  expect((await problemOf(field.phone.unlockWithFingerprint(field.device))).code).toBe("wiped");
});
