/** The optional questions about a person, which only that person answers. "Prefer not to say" is last in every list. */

import lists from "../../../../sync/demographics.json";
import type { Choice } from "./types";

/** The lists by name, in the order in which they are asked; labels by language. */
export const DEMOGRAPHICS: Readonly<Record<string, readonly Choice[]>> = lists;
