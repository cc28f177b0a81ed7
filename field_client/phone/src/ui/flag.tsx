/** A house's flag as a person sees it: a shape, a colour and a word. The reason stands beside it in words. */

import type { HouseView } from "../contract";
import { Icon, type Sign } from "./icons";
import type { Tone } from "./parts";
import { say } from "./words";

export interface Flag {
  tone: Tone;
  sign: Sign | "dot";
  word: string;
}

/** What a decision's code says of a house that is not to be visited; all others are "not to visit". */
const CLOSED: Readonly<Record<string, Flag>> = {
  registered: { tone: "done", sign: "check", word: say("flag.registered") },
  contacted: { tone: "done", sign: "check", word: say("flag.done") },
  do_not_call: { tone: "danger-ink", sign: "close", word: say("flag.never") },
  unsafe: { tone: "danger-ink", sign: "warning", word: say("flag.unsafe") },
};

export function flagOf({ decision, due }: Pick<HouseView, "decision" | "due">): Flag {
  if (due) return { tone: "due", sign: "clock", word: say("flag.due") };
  if (decision.answer === "yes") return { tone: "go", sign: "dot", word: say("flag.visit") };
  if (decision.answer === "not_before") return { tone: "later", sign: "clock", word: say("flag.later") };
  return CLOSED[decision.code] ?? { tone: "stop", sign: "dash", word: say("flag.no") };
}

export function FlagMark({ flag, size = 20 }: { flag: Flag; size?: number }) {
  return (
    <span class={`mark ${flag.tone}`}>
      {flag.sign === "dot" ? (
        <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
          <circle cx="12" cy="12" r="8" fill="currentColor" />
        </svg>
      ) : (
        <Icon sign={flag.sign} size={size} />
      )}
    </span>
  );
}
