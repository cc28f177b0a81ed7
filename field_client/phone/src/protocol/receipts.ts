/** Why an event was held, or applied with a remark, in words for officers. They never say whether an address exists. */

import reasons from "../../../../sync/receipts.json";
import type { Receipt } from "./types";

const WORDS: ReadonlyMap<string, string> = new Map(reasons.map((reason) => [reason.code, reason.words]));
const STATUS: ReadonlyMap<string, string> = new Map(reasons.map((reason) => [reason.code, reason.status]));

/** What a person reads for a reason's code; a newer service's code, which is not in the table, stands for itself. */
export function words(code: string): string {
  return WORDS.get(code) ?? code;
}

/** How the event stands: a duplicate of one that is held is held. */
export function standing({ status, reason = "" }: Receipt): Receipt["status"] {
  const first = STATUS.get(reason) as Receipt["status"] | undefined;
  return status === "duplicate" && first !== undefined && first !== "applied" ? first : status;
}
