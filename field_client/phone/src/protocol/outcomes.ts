/** What a knock can come to: the table that every list carries (section 7). Ask for an effect, never for a code. */

import rows from "../../../../sync/outcomes.json";
import { UnknownOutcome } from "./errors";
import type { Outcome } from "./types";

/** The outcomes by code, in the order in which an officer is offered them. */
export class OutcomeTable {
  readonly #rows: ReadonlyMap<string, Outcome>;

  constructor(outcomes: readonly Outcome[]) {
    this.#rows = new Map(outcomes.map((outcome) => [outcome.code, outcome]));
  }

  /** The outcome of a code, or undefined (a newer table's, on an older phone). */
  get(code: string): Outcome | undefined {
    return this.#rows.get(code);
  }

  /** The outcome of a code. Throws UnknownOutcome. */
  of(code: string): Outcome {
    const outcome = this.#rows.get(code);
    if (outcome === undefined) throw new UnknownOutcome(code);
    return outcome;
  }

  all(): Outcome[] {
    return [...this.#rows.values()];
  }
}

/** The table of a list's rows; of the rows that this app was made with where the list carries none. */
export function table(outcomes: readonly Outcome[] = []): OutcomeTable {
  return new OutcomeTable(outcomes.length > 0 ? outcomes : OWN_ROWS);
}

/** The rows that this version of Doorstep was made with. */
export const OWN_ROWS: readonly Outcome[] = rows as Outcome[];

/** True when the household had its say: a conversation or a refusal. */
export function reaches(outcome: Outcome): boolean {
  return Boolean(outcome.contacted || outcome.refused);
}
