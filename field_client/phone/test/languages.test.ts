import { describe, expect, it } from "vitest";
import english from "../src/languages/en.json";
import { LANGUAGES, load } from "../src/languages/index";
import { type Catalogue, longDate, sayIn } from "../src/languages/messages";
import { DEMOGRAPHICS } from "../src/protocol/demographics";

const FORMS = /\.(zero|one|two|few|many|other)$/;

/** Stem → plural categories, [] for a text that depends on no number. */
function stems(catalogue: Catalogue): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const key of Object.keys(catalogue)) {
    const form = FORMS.exec(key)?.[1];
    const stem = key.replace(FORMS, "");
    found.set(stem, [...(found.get(stem) ?? []), ...(form ? [form] : [])].sort());
  }
  return found;
}

function holes(text: string): string[] {
  return [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
}

describe.each(Object.keys(LANGUAGES))("the message file %s", (language) => {
  it("says everything that English says, in each plural form of its own", async () => {
    const own = stems(await LANGUAGES[language]!.load());
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted();
    const expected = [...stems(english)].map(([stem, some]) => [stem, some.length ? forms : []]);
    expect([...own].sort()).toEqual(expected.sort());
  });

  it("has the same values in every text as English has; only a plural form may say its number in words", async () => {
    for (const [key, text] of Object.entries(await LANGUAGES[language]!.load())) {
      const plural = FORMS.test(key);
      const source = (english as Catalogue)[plural ? key.replace(FORMS, ".other") : key] ?? "";
      const expected = holes(source).filter((hole) => !plural || hole !== "{n}" || text.includes(hole));
      expect(holes(text), key).toEqual(expected);
    }
  });
});

it("asks every optional question about a person, with every answer, in every language", () => {
  for (const [list, choices] of Object.entries(DEMOGRAPHICS)) {
    expect(Object.keys(english)).toContain(`demographics.${list}`);
    for (const choice of choices)
      expect(Object.keys(choice.label), choice.code).toEqual(expect.arrayContaining(Object.keys(LANGUAGES)));
  }
});

describe("a text that depends on a number", () => {
  it("takes the Polish form for one, a few, and many", async () => {
    const say = await load("pl");
    const forms = [1, 3, 5, 12, 22].map((count) => say("survey.left", { n: count }));
    expect(forms).toEqual([
      "Pozostał 1 znak",
      "Pozostały 3 znaki",
      "Pozostało 5 znaków",
      "Pozostało 12 znaków",
      "Pozostały 22 znaki",
    ]);
  });

  it("takes the same text for every number where the file has but one", () => {
    expect(sayIn("en", { waiting: "{n} waiting" })("waiting", { n: 1 })).toBe("1 waiting");
  });
});

it("falls back to English for a language that there is no file for", async () => {
  expect((await load("xx")).language).toBe("en");
});

it("shows values as they are, though they hold braces, and leaves what has no value", () => {
  expect(sayIn("en", { a: "{x} and {y}" })("a", { x: "{y}" })).toBe("{y} and {y}");
});

it("writes a date as its language does, the day being the force's own", () => {
  const lateEvening = Date.parse("2026-06-30T23:30Z");
  expect(longDate("en", lateEvening, "Europe/London")).toBe("1 July 2026");
  expect(longDate("pl", "2026-03-03", "Europe/London")).toBe("3 marca 2026");
});
