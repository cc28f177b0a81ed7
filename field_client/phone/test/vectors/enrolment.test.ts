import { expect, test } from "vitest";
import { hex, utf8 } from "../../src/protocol/bytes";
import {
  checkCard,
  decodeCard,
  formatCode,
  parseCode,
  parseLink,
  storedForm,
} from "../../src/protocol/enrolment";
import { BadSignature, MistypedCode } from "../../src/protocol/errors";
import type { ServiceCard } from "../../src/protocol/types";
import { type Case, each, load } from "./load";

const shared = load("enrolment");

function cardOf(card: Case): ServiceCard {
  return decodeCard(utf8(JSON.stringify(card)));
}

each(
  "enrolment",
  async (given) => {
    const code = parseCode(given.text);
    expect(hex(code.secret)).toBe(given.expect.secret);
    expect(hex(code.pin)).toBe(given.expect.pin);
    if (!("stored" in given.expect)) return;
    expect(await storedForm(code)).toBe(given.expect.stored);
    expect(formatCode(code)).toBe(given.text);
  },
  (given) => !("error" in given),
);

each(
  "enrolment",
  (given) => {
    let fault: unknown;
    try {
      parseCode(given.text);
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(MistypedCode);
    expect((fault as MistypedCode).group).toBe(given.group);
  },
  (given) => "error" in given,
);

test("the link and the card are of the code", async () => {
  const { url, code } = parseLink(shared.link);
  expect(url).toBe("https://doorstep.example");
  expect(code).toEqual(parseCode(shared.code));
  await checkCard(cardOf(shared.card), code);
});

for (const given of shared.bad_cards) {
  test(`a bad card: ${given.name}`, async () => {
    await expect(checkCard(cardOf(given.card), parseCode(shared.code))).rejects.toThrow(BadSignature);
  });
}
