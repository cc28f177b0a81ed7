/** The coverage state of a house and a campaign's policy, with the defaults that the wire leaves out (section 6.2). */

import type { HouseState, Policy } from "./types";

/** The states of the address file that end a premises; they stand in `ineligible` beside the outcomes' codes. */
export const GONE: ReadonlySet<string> = new Set(["retired", "split"]);

/** Every member at its default, in the order of the protocol: the digest of a row depends on it. */
const DEFAULTS: Readonly<HouseState> = {
  eligible: true,
  ineligible: "",
  do_not_call: false,
  unsafe: false,
  attempts: 0,
  slots: [],
  visited: false,
  informed: false,
  contacted: false,
  refused: false,
  settled: false,
  registered: "none",
  last_outcome: "",
  last_at: 0,
  contacted_at: 0,
  callback_date: "",
  callback_slot: "",
  language: "",
  override: null,
};
const MEMBERS = Object.keys(DEFAULTS) as (keyof HouseState)[];

const POLICY_DEFAULTS: Readonly<Required<Policy>> = {
  revisit_registered: false,
  most_attempts: 4,
  need_evening: true,
  need_weekend: true,
  least_gap_hours: 20,
  call_again_days: 0,
  best_slots: [],
};

/** A whole state of the members given, and of the defaults for all others. */
export function wholeState(given: Partial<HouseState> = {}): HouseState {
  return { ...DEFAULTS, slots: [], ...given };
}

/** The members of a state that are not at their default, in the order of the protocol: what travels and is hashed. */
export function toldState(state: HouseState): Partial<HouseState> {
  const told: Partial<Record<keyof HouseState, unknown>> = {};
  for (const member of MEMBERS) {
    const value = state[member];
    if (member === "slots" ? state.slots.length > 0 : value !== DEFAULTS[member]) told[member] = value;
  }
  return told as Partial<HouseState>;
}

/** A campaign's policy with every member. */
export function wholePolicy(policy: Policy): Required<Policy> {
  return { ...POLICY_DEFAULTS, ...policy };
}
