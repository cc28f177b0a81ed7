/**
 * Enrolment: from a one-time code to a device of one officer, with keys that never leave this store.
 *
 * The code pins the service's signing key, so nothing that a stranger in between says is believed. The new keys are kept
 * before the request leaves: when the reply is lost, or the app is killed, the same code tried again sends the same keys,
 * and the service gives the same answer.
 */

import { FieldProblem } from "../contract";
import { utf8 } from "../protocol/bytes";
import { see } from "../protocol/clock";
import {
  CARD_PATH,
  checkCard,
  decodeCard,
  decodeEnrolReply,
  ENROL_PATH,
  type EnrolmentCode,
  encodeEnrolment,
  parseLink,
  storedForm,
} from "../protocol/enrolment";
import { sealEventKey } from "../protocol/envelope";
import { MistypedCode, SyncError } from "../protocol/errors";
import { newEventKey, newId, newSealKey, newSigningKey, publicBytesOf } from "../protocol/keys";
import type { EnrolReply, ServiceCard } from "../protocol/types";
import { type KeyCost, StoreKey } from "../store/lockbox";
import { refused } from "../store/problems";
import type { MetaRow } from "../store/schema";
import { putMeta, type Store } from "../store/store";
import { type Clocks, reading } from "./clock";
import { checkAnswer, nextNumber, Refusal, signedSend, unreadableAnswer } from "./exchange";
import { notReached, type Send } from "./transport";
import { openSecret, requireGood, unlock } from "./unlock";

export interface Enrolling {
  send: Send;
  clocks: Clocks;
  app: string;
  cost: KeyCost;
  /** Stores whose enrolment was begun and not finished. */
  begun: () => Promise<Store[]>;
  /** A new store under this id, listed on the phone under the label. */
  make: (id: string) => Promise<Store>;
}

export interface Enrolled {
  store: Store;
  key: StoreKey;
}

/** Problems: bad_code, refused, not_reached, not_trusted, wrong_passphrase; it can be tried again after any. */
export async function enrol(
  on: Enrolling,
  code: string,
  passphrase: string,
  label: string,
): Promise<Enrolled> {
  const read = readCode(code);
  requireGood(passphrase);
  const card = await readCard(on.send, read);
  const known = await begunWith(on, await storedForm(read));
  const { store, key } = known
    ? { store: known, key: await unlockAgain(known, passphrase) }
    : await makeKeys(on, await storedForm(read), passphrase);
  const reply = await ask(on, { store, key }, card, read, label);
  await finish(on, { store, key }, reply);
  return { store, key };
}

export function readCode(code: string): EnrolmentCode {
  try {
    return parseLink(code).code;
  } catch (error) {
    throw error instanceof MistypedCode ? new FieldProblem("bad_code", error.message) : error;
  }
}

async function readCard(send: Send, code: EnrolmentCode): Promise<ServiceCard> {
  const answer = await send("GET", CARD_PATH, {}, new Uint8Array());
  let card: ServiceCard;
  try {
    if (answer.status !== 200) {
      throw new SyncError("It is no card.");
    }
    card = decodeCard(answer.body);
  } catch (error) {
    throw error instanceof SyncError
      ? notReached("What answered is not a Doorstep service: this Wi-Fi may want you to sign in first.")
      : error;
  }
  try {
    await checkCard(card, code);
  } catch (error) {
    throw error instanceof SyncError
      ? new FieldProblem(
          "not_trusted",
          "The service at this address is not the one that made the code. Check the address with your coordinator; " +
            "nothing was sent.",
        )
      : error;
  }
  return card;
}

async function begunWith(on: Enrolling, stored: string): Promise<Store | null> {
  for (const store of await on.begun()) {
    if ((await store.meta())?.enrolment === stored) {
      return store;
    }
  }
  return null;
}

async function unlockAgain(store: Store, passphrase: string): Promise<StoreKey> {
  try {
    return await unlock(store, passphrase);
  } catch (error) {
    if (error instanceof FieldProblem && error.code === "wrong_passphrase") {
      throw new FieldProblem(
        "wrong_passphrase",
        "This code was tried on this phone before, with another passphrase. Use that one, or ask for a new code.",
        error.tries,
      );
    }
    throw error;
  }
}

/** New keys in a new store, before anything of them leaves it. */
async function makeKeys(on: Enrolling, enrolment: string, passphrase: string): Promise<Enrolled> {
  const id = newId();
  const key = await StoreKey.make();
  const signing = await newSigningKey();
  const seal = await newSealKey();
  const slot = await key.slotUnder(passphrase, on.cost);
  const secrets = await sealed(key, {
    seal_private: seal.privateBytes,
    seal_public: seal.publicBytes,
    event_key: newEventKey(),
    verify_key: await publicBytesOf(signing),
  });
  const store = await on.make(id);
  await store.write("enrolling", ["meta", "keys", "slots", "secrets"], async (tx) => {
    await tx.objectStore("slots").put(slot);
    await tx.objectStore("keys").put(signing.privateKey, "signing");
    for (const [name, value] of secrets) {
      await tx.objectStore("secrets").put(value, name);
    }
    await tx.objectStore("meta").put(emptyMeta(id, enrolment), "device");
  });
  return { store, key };
}

async function sealed(key: StoreKey, values: Record<string, Uint8Array>): Promise<[string, Uint8Array][]> {
  return Promise.all(
    Object.entries(values).map(
      async ([name, value]) => [name, await key.seal("secrets", name, value)] as [string, Uint8Array],
    ),
  );
}

function emptyMeta(device: string, enrolment: string): MetaRow {
  return {
    device,
    state: "enrolling",
    enrolment,
    epoch: "",
    serviceKey: new Uint8Array(),
    sealKey: { kid: "", public: new Uint8Array() },
    timeZone: "UTC",
    number: 0,
    seq: 0,
    chain: "",
    seen: null,
    syncedAt: null,
    tries: 0,
    guide: "",
  };
}

async function ask(
  on: Enrolling,
  { store, key }: Enrolled,
  card: ServiceCard,
  code: EnrolmentCode,
  name: string,
): Promise<EnrolReply> {
  const eventKey = await openSecret(store, key, "event_key");
  const body = encodeEnrolment({
    code,
    device: store.device,
    name: name.slice(0, 100),
    verifyKey: await openSecret(store, key, "verify_key"),
    sealKey: await openSecret(store, key, "seal_public"),
    eventKey: await sealEventKey(eventKey, { device: store.device, sealKey: card.seal_key }),
    kid: card.seal_key.kid,
    now: on.clocks.now(),
    app: on.app,
  });
  const number = await nextNumber(store, on.clocks);
  const { answer, signature } = await signedSend({ ...on, store }, number, ENROL_PATH, body);
  try {
    await checkAnswer(answer, card.verify_key, signature);
    return decodeEnrolReply(answer.body);
  } catch (error) {
    const isAboutTheCode = error instanceof Refusal && REFUSED.has(error.problem);
    throw isAboutTheCode ? refused(error.message) : unreadableAnswer(error);
  }
}

const REFUSED = new Set(["expired", "unknown_code", "conflict"]);

async function finish(on: Enrolling, { store, key }: Enrolled, reply: EnrolReply): Promise<void> {
  if (reply.device !== store.device) {
    throw new FieldProblem(
      "not_trusted",
      "The service answered for another device. Ask your coordinator for a new code.",
    );
  }
  const officer = await key.seal("secrets", "officer", utf8(reply.officer));
  await store.write("enrolled", ["meta", "secrets"], async (tx) => {
    await tx.objectStore("secrets").put(officer, "officer");
    await putMeta(tx, {
      state: "active",
      enrolment: "",
      epoch: reply.epoch,
      serviceKey: reply.verify_key,
      sealKey: reply.seal_key,
      timeZone: reply.time_zone,
      seen: see(reply.now, reading(on.clocks, null)),
    });
  });
}
