/**
 * Whether a passphrase is good enough, and how to better it. What it holds against is somebody with a copy of the store
 * who pays for Argon2id at every guess; so it is length that counts, and not being what everybody chooses.
 */

import type { PassphraseAdvice } from "../contract";

export const RULES =
  "At least 10 characters, or four words that do not belong together. Nothing that others know of you or the force.";
const LEAST_CHARACTERS = 10;
const LEAST_WORDS = 4;
const LEAST_WORD = 3;

/** What guessers try first: the head of published lists, and what is on every wall of a police station. */
const COMMON = (
  "password passwort haslo qwerty azerty letmein welcome admin login master monkey dragon sunshine princess football " +
  "baseball superman batman iloveyou trustno1 starwars whatever freedom shadow secret summer winter spring autumn " +
  "january february march april june july august september october november december monday friday liverpool arsenal " +
  "chelsea england london police officer constable sergeant doorstep correcthorsebatterystaple"
).split(" ");
const RUNS = [
  "abcdefghijklmnopqrstuvwxyz",
  "01234567890",
  "qwertyuiop",
  "asdfghjkl",
  "zxcvbnm",
  "qazwsxedcrfv",
];
const SHORTEST_RUN = 4;

/** Said while it is typed; nothing of it is kept. */
export function advise(passphrase: string): PassphraseAdvice {
  const typed = passphrase.normalize("NFC").trim();
  const letters = [...typed.toLowerCase()];
  const words = new Set(
    typed
      .toLowerCase()
      .split(/[\s\-_.,]+/)
      .filter((word) => [...word].length >= LEAST_WORD),
  );
  if (letters.length < LEAST_CHARACTERS && words.size < LEAST_WORDS) {
    return { strength: 0, accepted: false, words: `Too short. ${RULES}` };
  }
  const worth = worthOf(letters.join(""), words.size);
  if (worth < LEAST_CHARACTERS) {
    return {
      strength: 1,
      accepted: false,
      words: `Too easy to guess: ${weakness(letters.join(""))}. ${RULES}`,
    };
  }
  if (worth < 13) {
    return { strength: 2, accepted: true, words: "Good enough. One more word makes it much better." };
  }
  return worth < 18
    ? { strength: 3, accepted: true, words: "Good." }
    : { strength: 4, accepted: true, words: "Very good." };
}

/**
 * How many characters it is worth: a common word or a run along the alphabet or the keyboard is worth two, as is any
 * repeat of what stood before; four different words are worth what ten random characters are.
 */
function worthOf(typed: string, words: number): number {
  const rest = withoutRuns(withoutCommon(plain(typed)));
  const letters = [...rest];
  const different = new Set(letters).size;
  const repeats = letters.filter((letter, at) => letter === letters[at - 1]).length;
  const byCharacter = Math.min(letters.length - repeats, different * 2, letters.length - repeatedHalf(rest));
  return words >= LEAST_WORDS && different >= 8 ? Math.max(byCharacter, words * 2.5) : byCharacter;
}

/** Letters that are written with a digit or a sign for a letter fool nobody. */
function plain(typed: string): string {
  const said: Record<string, string> = {
    "0": "o",
    "1": "i",
    "3": "e",
    "4": "a",
    "5": "s",
    "7": "t",
    "@": "a",
    $: "s",
    "!": "i",
  };
  const letters = /[a-z]/.test(typed)
    ? typed.replace(/[013457@$!](?=\S*[a-z])/g, (sign) => said[sign] ?? sign)
    : typed;
  return letters.replace(/\s+/g, " ");
}

function withoutCommon(typed: string): string {
  return COMMON.reduce((rest, word) => rest.replaceAll(word, word.slice(0, 2)), typed);
}

function withoutRuns(typed: string): string {
  let rest = typed;
  for (const run of RUNS.flatMap((one) => [one, [...one].reverse().join("")])) {
    for (let length = run.length; length >= SHORTEST_RUN; length--) {
      for (let start = 0; start + length <= run.length; start++) {
        const part = run.slice(start, start + length);
        rest = rest.replaceAll(part, part.slice(0, 2));
      }
    }
  }
  return rest;
}

/** How much of it is the same again: all but the first of "abcabcabc". */
function repeatedHalf(typed: string): number {
  for (let length = 1; length <= typed.length / 2; length++) {
    if (typed.startsWith(typed.slice(0, -length), length)) {
      return typed.length - length;
    }
  }
  return 0;
}

function weakness(typed: string): string {
  const known = plain(typed);
  if (COMMON.some((word) => known.includes(word))) {
    return "it is built on a word that guessers try first";
  }
  return withoutRuns(known) === known
    ? "the same characters come again and again"
    : "it runs along the keyboard or the alphabet";
}
