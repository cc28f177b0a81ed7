import { expect, test } from "vitest";
import {
  base64,
  base64url,
  concat,
  equal,
  hex,
  text,
  u32,
  unbase64,
  unbase64url,
  unhex,
} from "../../src/protocol/bytes";
import { DecodeError } from "../../src/protocol/errors";

test("bytes of any length come back from each of their texts", () => {
  for (let length = 0; length < 70; length++) {
    const bytes = crypto.getRandomValues(new Uint8Array(length));
    expect(unhex(hex(bytes))).toEqual(bytes);
    expect(unbase64(base64(bytes))).toEqual(bytes);
    expect(unbase64url(base64url(bytes))).toEqual(bytes);
  }
  const many = new Uint8Array(300_000).fill(7);
  expect(unbase64(base64(many))).toEqual(many);
});

test.each(["A", "AAA", "AA=A", "AA==AA==", "AA\n=", " AAA", "AA-_", "===="])("%j is no base64", (encoded) => {
  expect(() => unbase64(encoded)).toThrow(DecodeError);
});

test.each(["a", "0g", "0x", " 00"])("%j is no hex", (digits) => {
  expect(() => unhex(digits)).toThrow(DecodeError);
});

test("a text keeps its byte order mark, and bytes that are no UTF-8 are none", () => {
  expect(text(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41))).toBe("\ufeffA");
  expect(() => text(Uint8Array.of(0xff))).toThrow(DecodeError);
});

test("bytes differ when any of them does, or their number", () => {
  expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  expect(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0))).toBe(false);
});

test("parts join in order, and a number past 2^31 takes four bytes", () => {
  expect(concat(Uint8Array.of(1), u32(0xfffefdfc))).toEqual(Uint8Array.of(1, 0xff, 0xfe, 0xfd, 0xfc));
});
