import { expect } from "vitest";
import { text, utf8 } from "../../src/protocol/bytes";
import { decodeEnrolReply, encodeEnrolment, formatCode } from "../../src/protocol/enrolment";
import { DecodeError } from "../../src/protocol/errors";
import { decodeReply, encodeRequest } from "../../src/protocol/exchange";
import { decodeEnrolment, decodeRequest, encodeEnrolReply, encodeReply } from "../service/messages";
import { type Case, each, plain } from "./load";

const DECODE: Record<string, (body: Uint8Array) => Case> = {
  exchange_request: decodeRequest,
  exchange_reply: decodeReply,
  enrol_request: (body) => {
    const { code, verifyKey, sealKey, eventKey, ...rest } = decodeEnrolment(body);
    return { ...rest, code: formatCode(code), verify_key: verifyKey, seal_key: sealKey, event_key: eventKey };
  },
  enrol_reply: decodeEnrolReply,
};
const ENCODE_AGAIN: Record<string, (body: Uint8Array) => Uint8Array> = {
  exchange_request: (body) => encodeRequest(decodeRequest(body)),
  exchange_reply: (body) => encodeReply(decodeReply(body)),
  enrol_request: (body) => encodeEnrolment(decodeEnrolment(body)),
  enrol_reply: (body) => encodeEnrolReply(decodeEnrolReply(body)),
};

each(
  "exchange",
  (given) => {
    const body = utf8(given.text);
    expect(plain(DECODE[given.of]?.(body))).toMatchObject(given.expect);
    expect(text(ENCODE_AGAIN[given.of]?.(body) as Uint8Array)).toBe(given.text);
  },
  (given) => "expect" in given,
);

each(
  "exchange",
  (given) => expect(plain(decodeRequest(utf8(given.text)).events)).toEqual(given.events),
  (given) => "events" in given,
);

each(
  "exchange",
  (given) => expect(() => DECODE[given.of]?.(utf8(given.text))).toThrow(DecodeError),
  (given) => "error" in given,
);
