/** The service's half of section 9, for tests: what a resident typed, checked. */

import { makeBadge } from "../../src/protocol/badge";
import { BadToken } from "../../src/protocol/errors";

const DAY_MS = 24 * 60 * 60 * 1000;

/** The list of a code that this key made for today or the day before. Throws BadToken. */
export async function checkBadge(tokenKey: Uint8Array, text: string, today: string): Promise<number> {
  const letters = text
    .replace(/[\s\-–—.]+/g, "")
    .toUpperCase()
    .replaceAll("O", "0")
    .replace(/[IL]/g, "1");
  const found = /^(0|[1-9][0-9]{0,12})([0-9A-Z]{8})$/.exec(letters);
  if (found === null) throw new BadToken("It is not whole.");
  const worklist = Number(found[1]);
  const yesterday = new Date(Date.parse(today) - DAY_MS).toISOString().slice(0, 10);
  for (const date of [today, yesterday]) {
    const badge = await makeBadge(tokenKey, worklist, date);
    if (badge.replaceAll("-", "") === `${worklist}${found[2]}`) return worklist;
  }
  throw new BadToken("It was not made for this list today.");
}
