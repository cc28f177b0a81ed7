import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import officer from "../src/languages/officer.json";

const SOURCE = join(import.meta.dirname, "../src/ui");
const said = readdirSync(SOURCE, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
  .join("\n");

/** What a screen names: the whole line, or what its plural forms have in common. */
const stems = new Set(Object.keys(officer).map((line) => line.replace(/\.(one|other)$/, "")));

test("every sentence of the officers' file is said by some screen", () => {
  const templates = [...said.matchAll(/`([a-z_.]*)\$\{[^}]+\}([a-z_]*)`/g)].map(([, before, after]) => ({
    before,
    after,
  }));
  const isSaid = (stem: string) =>
    said.includes(`"${stem}"`) ||
    templates.some(
      ({ before = "", after = "" }) => before && stem.startsWith(before) && stem.endsWith(after),
    );
  expect([...stems].filter((stem) => !isSaid(stem))).toEqual([]);
});

test("every sentence that counts has a form for one and for more", () => {
  for (const stem of stems) {
    const forms = [`${stem}.one`, `${stem}.other`].filter((line) => line in officer);
    expect(forms.length, stem).not.toBe(1);
  }
});

test("the lines stand in order, so that two people's changes seldom meet", () => {
  const lines = Object.keys(officer);
  expect(lines).toEqual([...lines].sort());
});
