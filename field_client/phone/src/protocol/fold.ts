/**
 * The coverage of one house as a pure fold over its facts (section 7.2). Facts are taken in order of corrected time,
 * then id, whatever order they arrived in; a withdrawal takes away the visit that it names, wherever either stands.
 */

import { type OutcomeTable, reaches } from "./outcomes";
import { callbackStart, slotOf } from "./slots";
import { GONE, wholePolicy, wholeState } from "./state";
import type { HouseState, Outcome, Policy } from "./types";

export type Mark = HouseState["registered"];

/**
 * One fact about one house; `at` is corrected time, `campaign` 0 or left out is "no campaign" (it binds all).
 * `revisit` of an override: null or left out clears it.
 */
export interface Fact {
  id: string;
  kind: "visit" | "withdrawal" | "lift" | "override" | "registration" | "address";
  at: number;
  campaign?: number;
  outcome?: string;
  withdraws?: string;
  lifts?: string;
  callback_date?: string;
  callback_slot?: string;
  language?: string;
  resident?: string;
  registered?: string;
  revisit?: boolean | null;
  address_status?: string;
  reason?: string;
}

/** What one house adds to the counters of its street: 0 or 1 each. */
export interface Counters {
  premises: number;
  eligible: number;
  visited: number;
  informed: number;
  contacted: number;
  registered: number;
  refused: number;
  outstanding: number;
}

/** The best that any resident has is the house's. */
const MARKS: readonly Mark[] = ["registered", "unconfirmed", "partial", "opted_out"];

/**
 * The state of one house in one campaign (0: all campaigns together), from all its facts of all campaigns.
 * Throws UnknownOutcome for a visit that the table does not know.
 */
export function fold(facts: Iterable<Fact>, campaign: number, tz: string, table: OutcomeTable): HouseState {
  return new Folding(campaign, tz, table).take(facts);
}

/**
 * A state with further facts after it: what a phone shows, which holds the service's state and not its facts. A
 * withdrawal of a visit inside `state` changes nothing until the service's next answer. Throws UnknownOutcome.
 */
export function foldOnto(
  state: HouseState,
  facts: Iterable<Fact>,
  campaign: number,
  tz: string,
  table: OutcomeTable,
): HouseState {
  const folding = new Folding(campaign, tz, table);
  folding.resume(state);
  return folding.take(facts);
}

class Folding {
  #gone = "";
  #ineligible = "";
  #reachedLast = false;
  #marks = new Map<string, string>();
  readonly #state = wholeState();

  constructor(
    readonly campaign: number,
    readonly tz: string,
    readonly table: OutcomeTable,
  ) {}

  /** Stand where an earlier fold ended, as far as its state tells. */
  resume(state: HouseState): void {
    Object.assign(this.#state, state);
    const row = this.table.get(state.last_outcome);
    this.#gone = GONE.has(state.ineligible) ? state.ineligible : "";
    this.#ineligible = this.#gone ? "" : state.ineligible;
    this.#reachedLast = state.attempts > 0 && row !== undefined && reaches(row);
    this.#marks.set("", state.registered);
  }

  take(facts: Iterable<Fact>): HouseState {
    const byId = new Map<string, Fact>();
    for (const fact of facts) byId.set(fact.id, fact);
    const once = [...byId.values()];
    const withdrawn = new Set(
      once.filter((fact) => fact.kind === "withdrawal").map((fact) => fact.withdraws),
    );
    once.sort((one, other) => one.at - other.at || (one.id < other.id ? -1 : 1));
    for (const fact of once) {
      if (fact.kind !== "visit" || !withdrawn.has(fact.id)) this.#step(fact);
    }
    return this.#ended();
  }

  #step(fact: Fact): void {
    switch (fact.kind) {
      case "visit":
        return this.#visit(fact);
      case "lift":
        return this.#lift(fact.lifts);
      case "override":
        return this.#overrule(fact);
      case "registration":
        this.#marks.set(fact.resident ?? "", fact.registered ?? "");
        return;
      case "address":
        this.#gone = GONE.has(fact.address_status ?? "") ? (fact.address_status ?? "") : "";
        this.#ineligible = "";
        return;
      default: // A withdrawal is no step of its own; of a newer version's kinds nothing is known.
        return;
    }
  }

  #visit(fact: Fact): void {
    const outcome = this.table.of(fact.outcome ?? "");
    this.#bind(fact, outcome);
    if (this.campaign === 0 || this.campaign === (fact.campaign ?? 0)) this.#count(fact, outcome);
  }

  /** What a visit of any campaign says of the house for every campaign. */
  #bind(fact: Fact, outcome: Outcome): void {
    if (outcome.ineligible) this.#ineligible = outcome.code;
    else if (outcome.home) this.#ineligible = "";
    if (outcome.standing && outcome.next === "never") this.#state.do_not_call = true;
    if (outcome.standing && outcome.next === "stop" && !outcome.ineligible) this.#state.unsafe = true;
    if (fact.language) this.#state.language = fact.language;
  }

  /** What a visit of this campaign says of the house for this campaign. */
  #count(fact: Fact, outcome: Outcome): void {
    if (this.#reachedLast) this.#startAfresh();
    const state = this.#state;
    const slot = slotOf(fact.at, this.tz);
    state.attempts += 1;
    if (!state.slots.includes(slot)) state.slots = [...state.slots, slot];
    state.visited ||= Boolean(outcome.visited);
    state.informed ||= Boolean(outcome.informed);
    state.contacted ||= Boolean(outcome.contacted);
    this.#reachedLast = reaches(outcome);
    if (this.#reachedLast) {
      state.refused = Boolean(outcome.refused);
      state.settled = outcome.next === "done" || outcome.next === "never";
    }
    if (outcome.contacted) state.contacted_at = fact.at;
    const [date, part] = [fact.callback_date ?? "", fact.callback_slot ?? ""];
    const agreed = outcome.next === "revisit_at" && callbackStart(date, part, this.tz) !== null;
    state.callback_date = agreed ? date : "";
    state.callback_slot = agreed ? part : "";
    state.last_outcome = outcome.code;
    state.last_at = fact.at;
    if (state.override?.[0]) state.override = null;
  }

  #startAfresh(): void {
    this.#state.attempts = 0;
    this.#state.slots = [];
    this.#reachedLast = false;
  }

  #lift(lifts: string | undefined): void {
    if (lifts === "do_not_call" && this.#state.do_not_call) {
      this.#state.do_not_call = this.#state.refused = this.#state.settled = false;
      this.#startAfresh();
    } else if (lifts === "unsafe") {
      this.#state.unsafe = false;
    } else if (lifts === "ineligible") {
      this.#ineligible = "";
    }
  }

  #overrule(fact: Fact): void {
    const campaign = fact.campaign ?? 0;
    if (this.campaign !== 0 && campaign !== 0 && campaign !== this.campaign) return;
    const revisit = fact.revisit ?? null;
    this.#state.override = revisit === null ? null : [revisit, fact.reason ?? ""];
  }

  #ended(): HouseState {
    const held = new Set(this.#marks.values());
    const ineligible = this.#gone || this.#ineligible;
    return {
      ...this.#state,
      eligible: !ineligible,
      ineligible,
      registered: MARKS.find((mark) => held.has(mark)) ?? "none",
    };
  }
}

/**
 * What one house adds to the counters of its street. A retired or split house counts nowhere, an ineligible one in
 * `premises` alone. `outstanding` is an eligible house that is still owed a visit, whatever the time of day.
 */
export function counts(state: HouseState, policy: Policy = {}): Counters {
  const premises = !GONE.has(state.ineligible);
  const eligible = premises && state.eligible;
  const registered = state.registered === "registered";
  const closed = state.settled || (registered && !wholePolicy(policy).revisit_registered);
  const owed = state.override === null ? !closed : state.override[0];
  const one = (holds: boolean) => Number(holds);
  return {
    premises: one(premises),
    eligible: one(eligible),
    visited: one(eligible && state.visited),
    informed: one(eligible && state.informed),
    contacted: one(eligible && state.contacted),
    registered: one(eligible && registered),
    refused: one(eligible && state.refused),
    outstanding: one(eligible && owed && !state.do_not_call && !state.unsafe),
  };
}
