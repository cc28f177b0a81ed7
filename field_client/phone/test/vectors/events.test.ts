import { expect, test } from "vitest";
import { hex, text, unbase64, unhex } from "../../src/protocol/bytes";
import { eventInfo } from "../../src/protocol/envelope";
import { EnvelopeError, Unreadable } from "../../src/protocol/errors";
import { encodeBody } from "../../src/protocol/events";
import { openEvent, openEventKey } from "../service/events";
import { type Case, each, envelopeOf, load, sealKeyOf } from "./load";

const shared = load("events");
const key = await sealKeyOf(shared.service_seal_private);
const eventKey = unhex(shared.event_key);

function open(given: Case, device: string = shared.device) {
  return openEvent(envelopeOf(given.envelope), device, key, eventKey);
}

each(
  "events",
  async (given) => {
    const body = await open(given);
    expect(body).toEqual(given.body);
    // What was read is written as section 4.1 says: its members in order, defaults left out.
    expect(text(encodeBody(body))).toBe(JSON.stringify(given.body));
  },
  (given) => !("error" in given),
);

each(
  "events",
  async (given) => {
    const fault = await open(given).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(EnvelopeError);
    expect((fault as EnvelopeError).reason).toBe(given.error);
  },
  (given) => "error" in given,
);

test("an event does not open for another device", async () => {
  await expect(open(shared.cases[0], shared.another_device)).rejects.toThrow(Unreadable);
});

test("the sealed event key opens to the event key, and the info is that of the vectors", async () => {
  const opened = await openEventKey(unbase64(shared.event_key_sealed), shared.device, shared.kid, key);
  expect(hex(opened)).toBe(shared.event_key);
  expect(text(eventInfo(shared.cases[0].envelope.id, shared.device, shared.kid))).toBe(shared.info);
});
