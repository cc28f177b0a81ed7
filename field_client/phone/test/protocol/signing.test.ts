import { expect, test } from "vitest";
import { utf8 } from "../../src/protocol/bytes";
import { BadSignature } from "../../src/protocol/errors";
import { newSigningKey, publicBytesOf } from "../../src/protocol/keys";
import { REPLY_COMPONENTS, signRequest, verifyReply } from "../../src/protocol/signing";
import { signReply, verifyRequest } from "../service/signing";

const BODY = utf8('{"now":1}');
const REQUEST = { device: "d-1", number: 7, method: "POST", path: "/api/exchange", body: BODY, nowMs: -5 };
const END = ';created=1;keyid="service";alg="ecdsa-p256-sha256";tag="doorstep"';

/** A reply signed over another input than the service's own, and verified. */
async function verified(input?: string, mend = (headers: Record<string, string>) => headers): Promise<void> {
  const service = await newSigningKey();
  const { signature } = await signRequest((await newSigningKey()).privateKey, REQUEST);
  const reply = { status: 200, body: BODY, requestSignature: signature };
  const headers = mend(await signReply(service.privateKey, reply, input));
  await verifyReply(await publicBytesOf(service), { ...reply, headers });
}

test("a signed request tells who and which number, even from a clock before 1970", async () => {
  const device = await newSigningKey();
  const { headers } = await signRequest(device.privateKey, REQUEST);
  const signer = await verifyRequest(await publicBytesOf(device), { ...REQUEST, headers });
  expect(signer).toEqual({ key_id: "d-1", number: 7 });
  expect(headers["Signature-Input"]).toContain(";created=0;");
});

test("a reply signed as the protocol says is verified, whatever the order of its parameters", async () => {
  await verified();
  await verified(`(${REPLY_COMPONENTS});tag="doorstep";alg="ecdsa-p256-sha256";keyid="service";created=1`);
});

test.each([
  ["another tag", `(${REPLY_COMPONENTS})${END.replace('tag="doorstep"', 'tag="other"')}`],
  ["no tag", `(${REPLY_COMPONENTS})${END.replace(';tag="doorstep"', "")}`],
  ["another algorithm", `(${REPLY_COMPONENTS})${END.replace("ecdsa-p256-sha256", "hmac-sha256")}`],
  ["no request's signature covered", `("@status" "content-digest")${END}`],
  ["no body covered", `("@status" "signature";req;key="doorstep")${END}`],
  ["something after its parameters", `(${REPLY_COMPONENTS})${END}, other=()`],
])("a reply with %s is refused, though the service signed it", async (_, input) => {
  await expect(verified(input)).rejects.toThrow(BadSignature);
});

test("a second signature beside the service's is refused", async () => {
  const doubled = (headers: Record<string, string>) => ({
    ...headers,
    Signature: `${headers.Signature}, other=:AAAA:`,
  });
  await expect(verified(undefined, doubled)).rejects.toThrow(BadSignature);
});
