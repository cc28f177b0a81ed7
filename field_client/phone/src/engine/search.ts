/** Finding a house by what an officer would type: number and street, the name of a house, a postcode, or parts of them. */

import type { HouseView } from "../contract";
import type { Street } from "../protocol/types";
import type { OpenList, Place } from "./open_list";

const MOST_FOUND = 50;
const POSTCODE = /\b([a-z]{1,2}[0-9][a-z0-9]?) ?([0-9][a-z]{2})\b/;
const WORDS = /[\p{L}\p{N}]+(?:['’]\p{L}+)?/gu;
const RANKS = { yes: 0, not_before: 1, no: 2 } as const;

/** What is searched in of one house. */
interface Words {
  address: string[];
  postcode: string;
}

export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(WORDS) ?? [];
}

/** The address of a house, with the street's name where the address leaves it out. */
export function fullAddress(street: Pick<Street, "name">, address: string): string {
  return address.toLowerCase().includes(street.name.toLowerCase())
    ? address
    : `${address} ${street.name}`.trim();
}

export class Finder {
  private readonly words = new WeakMap<Place, Words>();

  /** At most 50: whole matches before parts of words, houses to visit first, then in walking order. */
  find(lists: OpenList[], typed: string, view: (list: OpenList, place: Place) => HouseView): HouseView[] {
    const wanted = wantedOf(typed);
    if (wanted === null) {
      return [];
    }
    const found = lists.flatMap((list) =>
      [...list.houses.values()].flatMap((place) => {
        const fit = fitOf(wanted, this.wordsOf(place));
        return fit === null ? [] : [{ fit, view: view(list, place) }];
      }),
    );
    const rank = (one: (typeof found)[number]) => one.fit * 3 + RANKS[one.view.decision.answer];
    return found
      .sort((a, b) => rank(a) - rank(b))
      .slice(0, MOST_FOUND)
      .map((one) => one.view);
  }

  private wordsOf(place: Place): Words {
    const known = this.words.get(place);
    if (known !== undefined) {
      return known;
    }
    const { street, house } = place;
    const made = { address: wordsOf(fullAddress(street, house.address)), postcode: tight(house.postcode) };
    this.words.set(place, made);
    return made;
  }
}

interface Wanted {
  words: string[];
  /** A whole postcode among the words. */
  postcode: string;
  /** All of it without spaces: it may be the beginning of a postcode. */
  start: string;
}

function wantedOf(typed: string): Wanted | null {
  const text = typed.toLowerCase();
  const found = POSTCODE.exec(text);
  const words = wordsOf(found ? text.replace(POSTCODE, " ") : text);
  if (words.length === 0 && !found) {
    return null;
  }
  return { words, postcode: found ? `${found[1]}${found[2]}` : "", start: tight(text) };
}

function tight(text: string): string {
  return text.toLowerCase().replace(/\s+/g, "");
}

/** 0 where it fits word by word, 1 where the last word is one's beginning, null where it does not fit. */
function fitOf(wanted: Wanted, here: Words): number | null {
  if (wanted.postcode && wanted.postcode !== here.postcode) {
    return null;
  }
  if (fits(wanted.words, here.address, (word, other) => word === other)) {
    return 0;
  }
  const last = wanted.words.length - 1;
  const begins = (word: string, other: string, at: number) =>
    word === other || (at === last && other.startsWith(word));
  if (fits(wanted.words, here.address, begins)) {
    return 1;
  }
  return /^[a-z]{1,2}[0-9]/.test(wanted.start) && here.postcode.startsWith(wanted.start) ? 1 : null;
}

/** Every word wanted is here, each number before the same word: "1 High Street" is not Flat 1 at 12. */
function fits(
  wanted: string[],
  here: string[],
  same: (word: string, other: string, at: number) => boolean,
): boolean {
  return wanted.every((word, at) => {
    const next = wanted[at + 1];
    return here.some((other, place) => {
      if (!same(word, other, at)) {
        return false;
      }
      const follower = here[place + 1];
      const bindsNext = next !== undefined && /^\p{N}/u.test(word);
      return !bindsNext || (follower !== undefined && same(next, follower, at + 1));
    });
  });
}
