/**
 * The languages in which a resident may read an officer's phone. English is there at once; any other language's file is
 * loaded when it is first chosen (from the phone itself: the service worker keeps it). To add a language: its file, with
 * the keys of en.json and the plural forms of its own, and a row here.
 */

import english from "./en.json";
import { type Catalogue, type KeyOf, type Say, sayIn } from "./messages";

export type Key = KeyOf<typeof english>;

interface Language {
  /** Its name in itself, as the switch shows it. */
  name: string;
  load: () => Promise<Catalogue>;
}

export const LANGUAGES: Readonly<Record<string, Language>> = {
  en: { name: "English", load: async () => english },
  pl: { name: "Polski", load: async () => (await import("./pl.json")).default },
};

export const ENGLISH: Say<Key> = sayIn<Key>("en", english);

/** The message function of a language; English for one that there is no file for. */
export async function load(language: string): Promise<Say<Key>> {
  const known = LANGUAGES[language];
  return known && language !== "en" ? sayIn<Key>(language, await known.load()) : ENGLISH;
}
