import { expect, test } from "vitest";
import { text } from "../../src/protocol/bytes";
import { envelopeHash, sealEvent } from "../../src/protocol/envelope";
import { DecodeError, SyncError, TooLarge } from "../../src/protocol/errors";
import { encodeBody } from "../../src/protocol/events";
import {
  kidOf,
  loadSealPrivate,
  loadVerifyKey,
  newEventKey,
  newId,
  newSealKey,
  newSigningKey,
} from "../../src/protocol/keys";
import type { EventBody } from "../../src/protocol/types";
import { openEvent } from "../service/events";

const BODY: EventBody = {
  uprn: "000000000042",
  campaign: 3,
  worklist: 17,
  clock: { recorded_at: 1_772_445_600_000 },
  visit: { outcome: "no_reply", note: "Bell broken" },
};
const ENC_AND_TAG_BYTES = 81;

async function service() {
  const { privateBytes, publicBytes } = await newSealKey();
  const sealKey = { kid: await kidOf(publicBytes), public: publicBytes };
  return { pair: await loadSealPrivate(privateBytes, publicBytes), sealKey };
}

function noted(note: string): EventBody {
  return { ...BODY, visit: { outcome: "no_reply", note } };
}

test("what is sealed opens to what was recorded, in the least bucket", async () => {
  const { pair, sealKey } = await service();
  const under = { id: newId(), device: newId(), sealKey, eventKey: newEventKey() };
  const sealed = await sealEvent(BODY, under);
  expect(sealed.length).toBe(1024 + ENC_AND_TAG_BYTES);
  const envelope = { id: under.id, seq: 1, prev: "0".repeat(64), kid: sealKey.kid, sealed, protocol: 1 };
  expect(await openEvent(envelope, under.device, pair, under.eventKey)).toEqual(BODY);
  expect(await envelopeHash(envelope)).toMatch(/^[0-9a-f]{64}$/);
});

test("the same event sealed twice has other bytes of the same length", async () => {
  const { sealKey } = await service();
  const under = { id: newId(), device: newId(), sealKey, eventKey: newEventKey() };
  const [one, other] = await Promise.all([sealEvent(BODY, under), sealEvent(BODY, under)]);
  expect(one).not.toEqual(other);
  expect(one.length).toBe(other.length);
});

test("what fits no bucket is refused with what to shorten", async () => {
  const { sealKey } = await service();
  const random = () =>
    String.fromCharCode(...crypto.getRandomValues(new Uint16Array(2000)).map((n) => n % 0xd800 || 1));
  const texts = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`q${n}`, random()]));
  const body = { ...BODY, answers: { questionnaire: "local", version: 1, texts } };
  const sealing = sealEvent(body, { id: newId(), device: newId(), sealKey, eventKey: newEventKey() });
  await expect(sealing).rejects.toThrow(TooLarge);
});

test("members are written in the protocol's order, and those at their default are left out", () => {
  const odd = {
    visit: { note: "n", outcome: "spoke" },
    registrations: [],
    v: 1,
    clock: { ticks: 0, recorded_at: 1 },
    hazard: { text: "", kind: "dog" },
    worklist: 17,
    campaign: 3,
    uprn: "1",
  };
  expect(text(encodeBody(odd))).toBe(
    '{"uprn":"1","campaign":3,"worklist":17,"clock":{"recorded_at":1,"ticks":0},' +
      '"visit":{"outcome":"spoke","note":"n"},"hazard":{"kind":"dog"}}',
  );
});

test.each<[string, EventBody]>([
  ["a note past 2,000 characters", noted("x".repeat(2001))],
  ["a house number that is none", { ...BODY, uprn: "4a" }],
  ["a time of a fraction", { ...BODY, clock: { recorded_at: 1.5 } }],
  ["a callback on no date", { ...BODY, visit: { outcome: "callback", callback: { date: "tomorrow" } } }],
])("%s is refused before it is sealed", (_, body) => {
  expect(() => encodeBody(body)).toThrow(DecodeError);
});

test.each([
  ["half a character", "\ud800"],
  ["U+0000", "\0"],
])("%s is refused before it is sealed", (_, note) => {
  expect(() => encodeBody(noted(note))).toThrow(SyncError);
});

test("a seal key of two halves that are no pair does not load, nor a point off the curve", async () => {
  const [one, other] = [await newSealKey(), await newSealKey()];
  await expect(loadSealPrivate(one.privateBytes, other.publicBytes)).rejects.toThrow(SyncError);
  const off = one.publicBytes.slice();
  off[64] = (off[64] ?? 0) ^ 1;
  await expect(loadVerifyKey(off)).rejects.toThrow(SyncError);
});

test("a signing key's private half, and a loaded seal key, cannot be read out", async () => {
  const signing = await newSigningKey();
  await expect(crypto.subtle.exportKey("jwk", signing.privateKey)).rejects.toThrow();
  const { privateBytes, publicBytes } = await newSealKey();
  const loaded = await loadSealPrivate(privateBytes, publicBytes);
  await expect(crypto.subtle.exportKey("jwk", loaded.privateKey)).rejects.toThrow();
});
