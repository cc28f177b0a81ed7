import { expect, test } from "vitest";
import { envelopeHash } from "../../src/protocol/envelope";
import { chainStart } from "../../src/protocol/journal";
import { checkChain } from "../service/events";
import { each, envelopeOf, load } from "./load";

const shared = load("chain");

test("the chain starts from the device's id", async () => {
  expect(await chainStart(shared.device)).toBe(shared.chain_start);
});

each(
  "chain",
  async (given) => expect(await envelopeHash(envelopeOf(given.envelope))).toBe(given.hash),
  (given) => "hash" in given,
);

each(
  "chain",
  async (given) => {
    const envelopes = given.envelopes.map(envelopeOf);
    const found = await checkChain(shared.device, envelopes, given.last_seq, given.last_hash, given.missing);
    expect(found).toEqual(given.expect);
  },
  (given) => !("hash" in given),
);
