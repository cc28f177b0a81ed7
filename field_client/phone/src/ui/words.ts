/** What the officer's own screens say, out of languages/officer.json. What residents see is in the files beside it. */

import { type KeyOf, sayIn } from "../languages/messages";
import officer from "../languages/officer.json";

/** A sentence: a line of the file, or what its plural forms have in common. */
export type Word = KeyOf<typeof officer>;

export const say = sayIn<Word>("en-GB", officer);

/** The sentence of a code that a service may send before this app knows it; `otherwise` where there is none. */
export function sayOr(word: string, otherwise: string): string {
  return word in officer ? say(word as Word) : otherwise;
}
