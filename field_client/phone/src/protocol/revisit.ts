/**
 * Whether a house is to be called on again, when, and why in words (section 7.3): pure, and computed where it is shown.
 * `decide` takes the state, the campaign's policy and the time; it never looks at a clock.
 */

import type { OutcomeTable } from "./outcomes";
import {
  callbackStart,
  EVENING,
  KINDS,
  localDate,
  namesATime,
  nextStart,
  opensAfterDays,
  slotOf,
  spokenDay,
  spokenTime,
  WEEKEND,
} from "./slots";
import { GONE, wholePolicy } from "./state";
import type { Decision, HouseState, Outcome, Policy } from "./types";
import { HOUR_MS } from "./zones";

type WholePolicy = Required<Policy>;

/** So long after the gap a kind of slot in which most answer is waited for, not longer. */
const BEST_WITHIN_MS = 72 * HOUR_MS;

/**
 * Whether to call, by the first rule that speaks: bars, a supervisor's word, promises, then what happened so far.
 * `tz` is the force's IANA zone. An outcome that the table does not know is taken as one to revisit.
 */
export function decide(
  state: HouseState,
  policy: Policy,
  nowMs: number,
  tz: string,
  table: OutcomeTable,
): Decision {
  const whole = wholePolicy(policy);
  return (
    barred(state) ??
    overruled(state, nowMs, tz) ??
    ineligible(state, table) ??
    promised(state, nowMs, tz) ??
    closed(state, whole) ??
    spokenWith(state, whole, nowMs, tz) ??
    tried(state, whole, nowMs, tz, table)
  );
}

function no(code: string, text: string): Decision {
  return { answer: "no", code, text };
}

function yes(code: string, text: string, nowMs: number, tz: string): Decision {
  return { answer: "yes", code, text, slot: slotOf(nowMs, tz) };
}

function notBefore(code: string, text: string, startMs: number, tz: string): Decision {
  return { answer: "not_before", code, text, not_before_ms: startMs, slot: slotOf(startMs, tz) };
}

/** What nobody may pass over, not even a supervisor's override: it takes a lift, with a reason. */
function barred(state: HouseState): Decision | null {
  if (GONE.has(state.ineligible)) return no("retired", "No longer in the address file");
  if (state.do_not_call) return no("do_not_call", "Asked us never to call again");
  if (state.unsafe) return no("unsafe", "Unsafe: a supervisor reviews it first");
  return null;
}

/** A supervisor's word stands above every rule that follows. */
function overruled(state: HouseState, nowMs: number, tz: string): Decision | null {
  if (state.override === null) return null;
  const [revisit, reason] = state.override;
  const why = reason ? `: ${reason}` : "";
  return revisit
    ? yes("override_yes", `A supervisor asks for a visit${why}`, nowMs, tz)
    : no("override_no", `A supervisor said not to call${why}`);
}

/** No household to call on, as far as the last visit or the address file knows. */
function ineligible(state: HouseState, table: OutcomeTable): Decision | null {
  if (state.eligible) return null;
  return no("ineligible", table.get(state.ineligible)?.reason ?? "Not a home to call on");
}

/** A callback that was agreed at the door stands above gap, attempts and registration. */
function promised(state: HouseState, nowMs: number, tz: string): Decision | null {
  const start = state.callback_date ? callbackStart(state.callback_date, state.callback_slot, tz) : null;
  if (start === null) return null;
  let when = `Callback agreed for ${spokenDay(start, tz)}`;
  if (namesATime(state.callback_slot)) when += `, ${spokenTime(start, tz)}`;
  if (nowMs < start) return notBefore("callback_later", when, start, tz);
  const overdue = localDate(nowMs, tz) > state.callback_date;
  return yes("callback_due", `${when}, ${overdue ? "overdue" : "now due"}`, nowMs, tz);
}

/** Registered or refused: done for this campaign. */
function closed(state: HouseState, policy: WholePolicy): Decision | null {
  if (state.registered === "registered" && !policy.revisit_registered) {
    return no("registered", "Registered, this campaign does not revisit");
  }
  if (state.refused && state.settled) return no("refused", "Not interested, done for this campaign");
  return null;
}

/** Spoken with: done, unless the policy calls again after some days; tries made since then count as tries. */
function spokenWith(state: HouseState, policy: WholePolicy, nowMs: number, tz: string): Decision | null {
  if (!state.settled) return null;
  if (!policy.call_again_days) return no("contacted", "Spoken with, done for this campaign");
  const start = opensAfterDays(state.contacted_at, policy.call_again_days, tz);
  if (nowMs < start) {
    const text = `Spoken with, may be called on again from ${spokenDay(start, tz)}`;
    return notBefore("call_again_later", text, start, tz);
  }
  if (state.last_at > state.contacted_at) return null;
  const text = `Spoken with on ${spokenDay(state.contacted_at, tz)}, may be called on again`;
  return yes("call_again", text, nowMs, tz);
}

/** Not reached yet: how often tried, when last, and at which kinds of time. */
function tried(
  state: HouseState,
  policy: WholePolicy,
  nowMs: number,
  tz: string,
  table: OutcomeTable,
): Decision {
  if (state.attempts === 0) return yes("not_visited", firstWords(state), nowMs, tz);
  if (state.attempts >= policy.most_attempts) {
    return no("attempts_used", `Tried ${times(state.attempts)}, no more attempts in this campaign`);
  }
  const row = table.get(state.last_outcome);
  const allowed = allowedSlots(state, policy, row, tz);
  const rested = state.last_at + policy.least_gap_hours * HOUR_MS;
  const from = Math.max(nowMs, rested);
  const best = bestOf(allowed, policy, from, rested + BEST_WITHIN_MS, tz);
  const wanted = best.length > 0 ? best : allowed;
  const slot = slotOf(nowMs, tz);
  const soFar = wordsSoFar(state, row);
  if (nowMs >= rested && wanted.includes(slot)) return yes("revisit", `${soFar}, try again`, nowMs, tz);
  const start = nextStart(from, tz, wanted);
  const today = localDate(start, tz) === localDate(nowMs, tz);
  const when = today
    ? `after ${spokenTime(start, tz)}`
    : `from ${spokenDay(start, tz)}, ${spokenTime(start, tz)}`;
  const why = best.length > 0 ? ": most answer then here" : "";
  const code = nowMs < rested ? "gap" : allowed.includes(slot) ? "best_slot" : "slot";
  return notBefore(code, `${soFar}, try ${when}${why}`, start, tz);
}

/**
 * Those of the allowed kinds in which most answer here, where one begins by `untilMs`; else none. `untilMs` stands fixed
 * from the last attempt on, so that the time once named is kept, and a street that is only ever walked at other times
 * waits no longer than that.
 */
function bestOf(
  allowed: readonly string[],
  policy: WholePolicy,
  fromMs: number,
  untilMs: number,
  tz: string,
): readonly string[] {
  const best = allowed.filter((kind) => policy.best_slots.includes(kind));
  if (best.length === 0 || fromMs > untilMs) return [];
  return nextStart(fromMs, tz, best) <= untilMs ? best : [];
}

/**
 * The kinds of slot open to the next attempt. The last attempts are kept for the evening and the weekend that were
 * never tried; otherwise a household that did not answer is tried at a kind of time not tried yet, or, when all were,
 * at another one than the last.
 */
function allowedSlots(
  state: HouseState,
  policy: WholePolicy,
  row: Outcome | undefined,
  tz: string,
): readonly string[] {
  const missing: string[][] = [];
  if (policy.need_evening && !state.slots.includes(EVENING)) missing.push([EVENING]);
  if (policy.need_weekend && !state.slots.some((slot) => WEEKEND.includes(slot))) missing.push([...WEEKEND]);
  if (missing.length > 0 && policy.most_attempts - state.attempts <= missing.length) return missing.flat();
  if (!row?.another_slot) return KINDS;
  const untried = KINDS.filter((kind) => !state.slots.includes(kind));
  if (untried.length > 0) return untried;
  const last = slotOf(state.last_at, tz);
  return KINDS.filter((kind) => kind !== last);
}

function times(count: number): string {
  return ["", "once", "twice"][count] || `${count} times`;
}

function firstWords(state: HouseState): string {
  if (state.registered === "registered") return "Registered, this campaign revisits";
  return state.visited ? "May be called on again" : "Not visited yet in this campaign";
}

function wordsSoFar(state: HouseState, row: Outcome | undefined): string {
  let last = row?.reason ?? "Not reached";
  if (row?.needs?.includes("language") && state.language) last += ` (${state.language})`;
  return state.attempts === 1 ? last : `Tried ${times(state.attempts)}, last: ${last}`;
}
