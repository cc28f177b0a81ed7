/** What the peer answers (peer.mjs). Bytes are base64 in both directions; keys are hex. */

import { createECDH } from "node:crypto";
import { base64, unbase64, unhex } from "../../src/protocol/bytes";
import { sealEvent } from "../../src/protocol/envelope";
import { makeExport } from "../../src/protocol/export";
import { counts, fold, foldOnto } from "../../src/protocol/fold";
import { loadSealPrivate, newSigningKey, publicBytesOf } from "../../src/protocol/keys";
import { table } from "../../src/protocol/outcomes";
import { decide } from "../../src/protocol/revisit";
import { signRequest, verifyReply } from "../../src/protocol/signing";
import { callbackStart, localDate, nextStart, slotOf } from "../../src/protocol/slots";
import { toldState, wholeState } from "../../src/protocol/state";
import { makeToken } from "../../src/protocol/tokens";
import type { Envelope, Worklist } from "../../src/protocol/types";
import { openPackage, putTogether } from "../../src/protocol/worklist";

/** Whatever Python sent. */
type Given = any;

const signing = newSigningKey();

export const ANSWERS: Record<string, (given: Given) => Promise<unknown>> = {
  async slots({ at, tz, allowed, date, part }) {
    return {
      slot: slotOf(at, tz),
      date: localDate(at, tz),
      next: nextStart(at, tz, allowed),
      callback: callbackStart(date, part, tz),
    };
  },

  async fold({ facts, campaign, tz, policy, now }) {
    const state = fold(facts, campaign, tz, table());
    return {
      state: toldState(state),
      counts: counts(state, policy),
      decision: decide(state, policy, now, tz, table()),
    };
  },

  async fold_onto({ state, facts, campaign, tz }) {
    return toldState(foldOnto(wholeState(state), facts, campaign, tz, table()));
  },

  async decide({ state, policy, now, tz }) {
    return decide(wholeState(state), policy, now, tz, table());
  },

  async seal_event({ body, id, device, kid, key, event_key }) {
    const sealKey = { kid, public: unhex(key) };
    return base64(await sealEvent(body, { id, device, sealKey, eventKey: unhex(event_key) }));
  },

  async put_together({ packages, key }) {
    const curve = createECDH("prime256v1");
    curve.setPrivateKey(key, "hex");
    const pair = await loadSealPrivate(unhex(key), curve.getPublicKey());
    let held: Worklist | null = null;
    for (const { header, body } of packages) {
      const opened = await openPackage({ header, body: unbase64(body) }, pair);
      held = await putTogether(held, opened.header, opened.body);
    }
    return { version: held?.version, digest: held?.digest, uprns: uprnsOf(held) };
  },

  async sign({ number, path, body, device }) {
    const pair = await signing;
    const signed = await signRequest(pair.privateKey, {
      device,
      number,
      method: "POST",
      path,
      body: unbase64(body),
      nowMs: 1,
    });
    return { ...signed, key: base64(await publicBytesOf(pair)) };
  },

  async verify_reply({ key, status, headers, body, request_signature }) {
    const reply = { status, headers, body: unbase64(body), requestSignature: request_signature };
    await verifyReply(unhex(key), reply);
    return true;
  },

  async export({ device, now, events }) {
    const envelopes = events.map((one: Given): Envelope => ({ ...one, sealed: unbase64(one.sealed) }));
    const pair = await signing;
    const file = await makeExport(pair.privateKey, { device, now, events: envelopes });
    return { file: base64(file), key: base64(await publicBytesOf(pair)) };
  },

  async token({ key, worklist, uprn }) {
    return await makeToken(unhex(key), worklist, uprn);
  },
};

function uprnsOf(held: Worklist | null): string[] {
  return (held?.streets ?? []).flatMap((street) => street.houses.map((house) => house.uprn));
}
