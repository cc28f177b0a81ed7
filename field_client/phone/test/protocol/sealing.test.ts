import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { concat } from "../../src/protocol/bytes";
import { Malformed, SyncError } from "../../src/protocol/errors";
import { deflate, inflate, sealTo } from "../../src/protocol/sealing";

const PLAIN = new Uint8Array(50_000).map((_, place) => (place * place) % 251);

test("what is deflated inflates to the same, up to its very limit", async () => {
  for (const plain of [new Uint8Array(), Uint8Array.of(1), PLAIN]) {
    expect(await inflate(await deflate(plain), plain.length)).toEqual(plain);
  }
  await expect(inflate(await deflate(PLAIN), PLAIN.length - 1)).rejects.toThrow(Malformed);
});

test("a stream cut short anywhere, or with anything after it, is refused", async () => {
  const packed = await deflate(PLAIN);
  for (const cut of [0, 1, packed.length >> 1, packed.length - 1]) {
    await expect(inflate(packed.subarray(0, cut), PLAIN.length)).rejects.toThrow(Malformed);
  }
  for (const rest of [Uint8Array.of(0), Uint8Array.of(0xff), packed]) {
    await expect(inflate(concat(packed, rest), 2 * PLAIN.length)).rejects.toThrow(Malformed);
  }
});

test("a bomb is refused without unfolding it", async () => {
  const bomb = new Uint8Array(deflateRawSync(new Uint8Array(64 * 1024 * 1024)));
  const before = process.memoryUsage().arrayBuffers;
  await expect(inflate(bomb, 1024)).rejects.toThrow(Malformed);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
});

test("nothing is sealed to bytes that are no key", async () => {
  await expect(sealTo(new Uint8Array(65), new Uint8Array(), PLAIN)).rejects.toThrow(SyncError);
});
