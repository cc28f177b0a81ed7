import { expect, test } from "vitest";
import { DecodeError, SyncError } from "../../src/protocol/errors";
import {
  count,
  decodeJson,
  encodeText,
  integer,
  listOf,
  mapOf,
  maybe,
  record,
  text,
} from "../../src/protocol/json";

const note = record<{ note?: string }>({ note: maybe(text(5)) });

test.each([["\ud800"], ["x\udfff"], ["\0"], [{ "\ud83d": 1 }], [["ok", { deep: "a\0" }]]])(
  "%j cannot be sent",
  (value) => {
    expect(() => encodeText(value)).toThrow(SyncError);
  },
);

test("the six characters of an escape, a pair of surrogates and a line separator can be sent", () => {
  const value = ["\\u0000", "\\ud800", "🔔", "\u2028", "\u007f"];
  expect(JSON.parse(encodeText(value))).toEqual(value);
});

test("strings are escaped as the protocol says, and nothing else is", () => {
  expect(encodeText('"\\\b\f\n\r\t\x01\x1f/é🔔\u2028')).toBe(
    '"\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f/é🔔\u2028"',
  );
});

test.each([
  ['{"note":"\\ud800"}'],
  ['{"other":"\\udc00\\ud83d"}'],
  ['{"\\ud800":1}'],
  ['{"note":"\\u0000"}'],
  ['{"note":"sixsix"}'],
  ['{"note":1}'],
  ["[]"],
  ["null"],
  ["\ufeff{}"],
  ["{} {}"],
  [""],
])("%s is not taken in", (json) => {
  expect(() => decodeJson(json, note)).toThrow(DecodeError);
});

test("what is not known is left behind, and a length counts code points", () => {
  expect(decodeJson('{"newer":{"x":[1]},"note":"🔔🔔🔔🔔🔔"}', note)).toEqual({ note: "🔔🔔🔔🔔🔔" });
  expect(decodeJson('{"note":null}', note)).toEqual({});
});

test("a text of any depth is searched for half characters without a fault of its own", () => {
  const deep = `${'{"x":'.repeat(50_000)}"\\ud800"${"}".repeat(50_000)}`;
  expect(() => decodeJson(deep, note)).toThrow("half a character");
});

test.each(["9007199254740992", "-1", "1.5", "1e400", '"1"', "true", "null"])("%s is no count", (json) => {
  expect(() => decodeJson(json, count)).toThrow(DecodeError);
});

test("the largest numbers that every language keeps are taken in", () => {
  expect(decodeJson("9007199254740991", count)).toBe(Number.MAX_SAFE_INTEGER);
  expect(decodeJson("-9007199254740991", integer)).toBe(Number.MIN_SAFE_INTEGER);
});

test("a fault names where it stands", () => {
  const houses = record<{ houses: { note?: string }[] }>({ houses: listOf(note) });
  expect(() => decodeJson('{"houses":[{},{"note":7}]}', houses)).toThrow("at $.houses[1].note");
});

test("a name that every object has is a name like any other in a map", () => {
  const read = decodeJson('{"__proto__":1,"constructor":2}', mapOf(count));
  expect(Object.entries(read)).toEqual([
    ["__proto__", 1],
    ["constructor", 2],
  ]);
});
