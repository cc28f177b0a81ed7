/**
 * What people read, out of message files that translators edit: flat JSON, key → text. `{name}` stands for a value. A
 * text that depends on a number has one entry for each plural category of its language, under the key with `.one`,
 * `.few`, `.many`, `.other` … behind it (the categories of Intl.PluralRules); the number is the value `n`.
 */

export type Catalogue = Readonly<Record<string, string>>;
export type Values = Readonly<Record<string, string | number>>;

type Category = "zero" | "one" | "two" | "few" | "many" | "other";

/** The keys that a screen may name: those of the file, plural forms under their common stem. */
export type KeyOf<C> = keyof C extends infer K
  ? (K extends `${infer Stem}.${Category}` ? Stem : K) & string
  : never;

/** The text of a key in one language. `language` is what stands in `lang` attributes around it. */
export interface Say<K extends string = string> {
  (key: K, values?: Values): string;
  readonly language: string;
}

/** The message function of a catalogue. A key that the catalogue does not have is shown as it is. */
export function sayIn<K extends string>(language: string, catalogue: Catalogue): Say<K> {
  const rules = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  const text = (key: K, values: Values = {}): string => {
    const plural = typeof values.n === "number" ? `${key}.${rules.select(values.n)}` : key;
    const found = catalogue[plural] ?? catalogue[key] ?? key;
    return found.replace(/\{(\w+)\}/g, (hole, name: string) => {
      const value = values[name];
      return value === undefined ? hole : typeof value === "number" ? numbers.format(value) : value;
    });
  };
  return Object.assign(text, { language });
}

/** A day as people say it, such as "3 March 2026"; `at` is a time in ms, or a date written YYYY-MM-DD. */
export function longDate(language: string, at: number | string, timeZone: string): string {
  const isDate = typeof at === "string";
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: isDate ? "UTC" : timeZone,
  }).format(isDate ? Date.parse(`${at}T00:00Z`) : at);
}
