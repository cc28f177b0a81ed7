/** What there is to say of a house besides its flag. Pure. */

import type { HouseKey, HouseView, ListInfo } from "../contract";
import { OWN_ROWS } from "../protocol/outcomes";
import type { Outcome } from "../protocol/types";
import { nameOfLanguage } from "./languages_spoken";
import { spokenMoment } from "./times";
import { say, sayOr } from "./words";

/** Dangers at the house: those of the list, then what this officer has just reported. */
export function hazardsOf(view: HouseView): string[] {
  const own = view.own.filter((event) => event.hazard !== "");
  return [
    ...view.house.hazards.map(hazardWords),
    ...own.map((event) => say("house.own_hazard", { kind: sayOr(`hazard_${event.hazard}`, event.hazard) })),
  ];
}

/** A list says "dog: loose in the yard": the kind's code, then the words of who reported it. */
function hazardWords(hazard: string): string {
  const [kind = "", ...words] = hazard.split(": ");
  return [sayOr(`hazard_${kind}`, kind), ...words].join(": ");
}

/** The language, the knocks, and own events that wait or are held: a word or two each. */
export function tagsOf({ state, own }: HouseView): string[] {
  const waiting = own.filter((event) => event.state !== "receipted").length;
  const held = own.filter((event) => event.status === "held" || event.status === "rejected").length;
  return [
    state.language && nameOfLanguage(state.language),
    state.attempts > 0 && say("house.tries", { n: state.attempts }),
    (state.registered === "unconfirmed" ||
      state.registered === "partial" ||
      state.registered === "opted_out") &&
      say(`registered.${state.registered}`),
    waiting > 0 && say("house.own_waiting", { n: waiting }),
    held > 0 && say("house.own_held", { n: held }),
  ].filter((tag): tag is string => Boolean(tag));
}

/** "Last: No reply, Tue 3 Mar, 14:02"; "" where nobody has called yet in this campaign. */
export function lastVisit(view: HouseView, list: ListInfo | undefined, nowMs: number): string {
  const { last_outcome, last_at } = view.state;
  if (last_outcome === "" || !list) return "";
  return say("house.last", {
    outcome: labelOf(list.outcomes, last_outcome),
    when: spokenMoment(last_at, nowMs, list.timeZone),
  });
}

/** The campaign of a house, where the officer has several: one house may be on the list of each. */
export function campaignOf(lists: readonly ListInfo[], { worklist }: HouseKey): string {
  return lists.length > 1 ? (lists.find((one) => one.worklist === worklist)?.campaign.name ?? "") : "";
}

/** An outcome's label by the list's table, or by this app's where the list has gone; its code where neither knows it. */
export function labelOf(outcomes: readonly Outcome[], code: string): string {
  return [...outcomes, ...OWN_ROWS].find((outcome) => outcome.code === code)?.label ?? code;
}
