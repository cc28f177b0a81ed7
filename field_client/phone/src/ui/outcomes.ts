/** The list's outcomes as buttons: in which group each stands, and which lie under the thumb. Pure; by effects alone. */

import type { Outcome } from "../protocol/types";

export type Group = "nobody" | "somebody" | "stop";
export const GROUPS: readonly Group[] = ["nobody", "somebody", "stop"];

const FAMILIES: Readonly<Record<string, Group>> = {
  contact: "somebody",
  refusal_soft: "somebody",
  refusal_hard: "somebody",
  non_contact: "nobody",
  withdrawn: "stop",
  ineligible: "stop",
};

/** A family that this app does not know is told by its effects. */
export function groupOf(outcome: Outcome): Group {
  const known = FAMILIES[outcome.family];
  if (known) return known;
  if (outcome.next === "stop" || outcome.ineligible) return "stop";
  return outcome.contacted || outcome.refused || outcome.home ? "somebody" : "nobody";
}

const MOST_QUICK = 2;

/** What comes at most doors and needs nothing else to be told: nobody in, and a conversation. */
export function quick(outcomes: readonly Outcome[]): { nobody: Outcome[]; spoke: Outcome | undefined } {
  const plain = outcomes.filter((outcome) => !outcome.needs?.length);
  return {
    nobody: plain.filter((one) => groupOf(one) === "nobody" && one.another_slot).slice(0, MOST_QUICK),
    spoke: plain.find((one) => one.contacted),
  };
}

/** All others, by group, in the table's order; groups without any are left out. */
export function others(outcomes: readonly Outcome[]): { group: Group; outcomes: Outcome[] }[] {
  const { nobody, spoke } = quick(outcomes);
  const rest = outcomes.filter((outcome) => !nobody.includes(outcome) && outcome !== spoke);
  return GROUPS.map((group) => ({ group, outcomes: rest.filter((one) => groupOf(one) === group) })).filter(
    (one) => one.outcomes.length > 0,
  );
}
