/** Why an event was held, or applied with a remark, in words for officers. They never say whether an address exists. */

import reasons from "../../../../sync/receipts.json";

const WORDS: ReadonlyMap<string, string> = new Map(reasons.map((reason) => [reason.code, reason.words]));

/** What a person reads for a reason's code; a newer service's code, which is not in the table, stands for itself. */
export function words(code: string): string {
  return WORDS.get(code) ?? code;
}
