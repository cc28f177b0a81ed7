/** What an officer shows a resident: the link behind the house's QR code, and the code that proves them genuine. */

import type { Badge, HouseKey } from "../contract";
import { makeBadge } from "../protocol/badge";
import { localDate } from "../protocol/slots";
import { makeToken } from "../protocol/tokens";
import { refused } from "../store/problems";
import type { OpenList } from "./open_list";

/** Where a resident of a house registers on their own phone; the token behind the # reaches no server's log. */
export async function registrationLink(origin: string, { list }: OpenList, key: HouseKey): Promise<string> {
  if (list.token_key.length === 0) {
    throw refused("This list came without registration codes.");
  }
  return `${origin}/join#${await makeToken(list.token_key, key.worklist, key.uprn)}`;
}

export async function badge(origin: string, open: OpenList | undefined, now: number): Promise<Badge> {
  if (open === undefined || open.list.token_key.length === 0) {
    throw refused("This list came without a code by which to check that you are genuine.");
  }
  const { campaign, officer, time_zone, token_key, worklist } = open.list;
  const code = await makeBadge(token_key, worklist, localDate(now, time_zone));
  return { officer, campaign: campaign.name, code, page: `${origin.replace(/^https?:\/\//, "")}/check` };
}
