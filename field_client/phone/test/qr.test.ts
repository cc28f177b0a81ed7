import jsqr from "jsqr";
import { expect, it } from "vitest";
import { QUIET, qrPath } from "../src/ui/qr_path";

const LINK = "https://doorstep.example/join#GwAAAAAqAAAXSHboARvTCl3HyqEJfA";
const SCALE = 4;

/** The path painted dark on white, as a camera would see it. */
function painted(path: string, size: number): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(4 * (size * SCALE) ** 2).fill(255);
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = Number(y) * SCALE; row < (Number(y) + 1) * SCALE; row++) {
      for (let column = Number(x) * SCALE; column < (Number(x) + Number(length)) * SCALE; column++) {
        pixels.fill(0, 4 * (row * size * SCALE + column), 4 * (row * size * SCALE + column) + 3);
      }
    }
  }
  return pixels;
}

it("draws a code that a scanner reads back", () => {
  const { path, size } = qrPath(LINK);
  expect(jsqr(painted(path, size), size * SCALE, size * SCALE)?.data).toBe(LINK);
});

it("leaves the quiet zone free on every side", () => {
  const { path, size } = qrPath(LINK);
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    expect(
      Math.min(Number(x), Number(y), size - Number(x) - Number(length), size - Number(y) - 1),
    ).toBeGreaterThanOrEqual(QUIET);
  }
});
