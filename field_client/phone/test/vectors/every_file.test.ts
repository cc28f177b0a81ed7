import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FOLDER } from "./load";

for (const file of readdirSync(FOLDER)) {
  const name = file.replace(/\.json$/, "");
  test(`the vectors of ${file} have a reader`, () => {
    const reader = new URL(`${name}.test.ts`, import.meta.url);
    expect(existsSync(reader)).toBe(true);
    expect(readFileSync(reader, "utf8")).toMatch(new RegExp(`(each|load)\\(\\s*"${name}"`));
  });
}
