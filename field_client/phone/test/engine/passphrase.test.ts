/** A passphrase is judged by what it costs to guess, and the rules are said. */

import { expect, test } from "vitest";
import { advise } from "../../src/engine/passphrase";

test.each([
  "",
  "short",
  "kettle",
  "aaaaaaaaaaaa",
  "abababababab",
  "abcabcabcabc",
  "password1234",
  "P@ssw0rd2026",
  "1234567890",
  "qwertyuiop12",
  "abcdefghijkl",
  "doorstep2026",
  "police police police",
  "letmeinletmein",
  "aa bb cc dd",
])("'%s' is refused, and the rules are said", (passphrase) => {
  const { accepted, strength, words } = advise(passphrase);
  expect(accepted).toBe(false);
  expect(strength).toBeLessThan(2);
  expect(words).toMatch(/At least 10 characters, or four words/);
});

test.each([
  "three made up words",
  "wobbly kettle seven moons",
  "fir oak elm yew",
  "k3ttle&moonwob",
  "xk7#pq9!mv2w",
  "zażółć gęślą jaźń mocno",
])("'%s' is accepted", (passphrase) => {
  expect(advise(passphrase)).toMatchObject({ accepted: true });
});

test("longer is stronger", () => {
  const strengths = ["xk7#pq9!mv", "xk7#pq9!mv2wr", "wobbly kettle seven moons of brass"].map(
    (one) => advise(one).strength,
  );
  expect(strengths).toEqual([2, 3, 4]);
});

test("why it is too easy is said, without repeating it", () => {
  expect(advise("password1234").words).toMatch(/guessers try first/);
  expect(advise("zxcvbnmlkjhg").words).toMatch(/keyboard/);
  expect(advise("aaaaaaaaaaaa").words).toMatch(/again and again/);
  expect(advise("qwertyuiop12").words).not.toMatch(/qwerty/);
});
