import { expect } from "vitest";
import { text, unhex, utf8 } from "../../src/protocol/bytes";
import { BadSignature } from "../../src/protocol/errors";
import {
  REPLY_COMPONENTS,
  REQUEST_COMPONENTS,
  readInput,
  replyBase,
  requestBase,
  signedFields,
  verifyReply,
} from "../../src/protocol/signing";
import { verifyRequest } from "../service/signing";
import { type Case, each, load } from "./load";

const shared = load("signing");

async function verify(given: Case): Promise<unknown> {
  const message = { ...given, body: utf8(given.body), requestSignature: given.request_signature };
  if (given.of === "request") return await verifyRequest(unhex(shared.device_verify_key), message);
  await verifyReply(unhex(shared.service_verify_key), message);
  return {};
}

each(
  "signing",
  async (given) => expect(await verify(given)).toEqual(given.expect),
  (given) => !("error" in given),
);

each(
  "signing",
  (given) => {
    const fields = signedFields(given.headers);
    const base =
      given.of === "request"
        ? requestBase(given.method, given.path, fields.digest, readInput(fields, REQUEST_COMPONENTS).input)
        : replyBase(
            given.status,
            given.request_signature,
            fields.digest,
            readInput(fields, REPLY_COMPONENTS).input,
          );
    expect(text(base)).toBe(given.base);
  },
  (given) => "base" in given,
);

each(
  "signing",
  async (given) => {
    const fault = await verify(given).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(BadSignature);
    expect((fault as BadSignature).code).toBe(given.error);
  },
  (given) => "error" in given,
);
