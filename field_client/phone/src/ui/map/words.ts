/** What the map says: the words of languages/map.json. */

import words from "../../languages/map.json";
import { type KeyOf, sayIn } from "../../languages/messages";
import { type countsOf, KINDS } from "./marks";
import type { Where } from "./where";

export const say = sayIn<KeyOf<typeof words>>("en-GB", words);

const FAR_METRES = 10_000;

/** "40 m", "1.2 km", "130 km". */
export function spokenDistance(metres: number): string {
  if (metres < 995)
    return say("metres", { n: metres < 95 ? Math.round(metres) : Math.round(metres / 10) * 10 });
  const kilometres = metres < FAR_METRES ? Math.round(metres / 100) / 10 : Math.round(metres / 1000);
  return say("kilometres", { n: kilometres });
}

/** How many houses there are of each kind, as a list of words; kinds without any are left out. */
export function wordsOfCounts(
  counts: ReturnType<typeof countsOf>,
): { kind: keyof typeof counts; words: string }[] {
  return [...KINDS, "hazard" as const]
    .filter((kind) => counts[kind] > 0)
    .map((kind) => ({ kind, words: say(`kind.${kind}`, { n: counts[kind] }) }));
}

/** What there is to say of the officer's own place; `away` is how far it is from the street in metres. */
export function wordsOfWhere(where: Where, away: number): string {
  switch (where.state) {
    case "off":
      return "";
    case "asking":
      return say("here.asking");
    case "failed":
      return say(`here.${where.why}`);
    case "on":
      return away > 0
        ? say("here.far", { metres: spokenDistance(away) })
        : say("here.accuracy", { metres: spokenDistance(where.position.accuracy) });
  }
}
