/** What the marks mean and how many houses each stands for: the map in words. */

import { OfficerMark } from "./drawing";
import { type Kind, SHAPES } from "./marks";
import { say, type wordsOfCounts } from "./words";

const MIDDLE = { left: 10, top: 10 };
const RADIUS = 7;

interface Props {
  counts: ReturnType<typeof wordsOfCounts>;
  hasOfficer: boolean;
}

export function Legend({ counts, hasOfficer }: Props) {
  return (
    <ul class="map-legend" aria-label={say("legend")} role="list">
      {counts.map(({ kind, words }) => (
        <li key={kind}>
          <Mark kind={kind} />
          {words}
        </li>
      ))}
      {hasOfficer && (
        <li>
          <svg width="20" height="20" aria-hidden="true">
            <OfficerMark at={MIDDLE} />
          </svg>
          {say("you")}
        </li>
      )}
    </ul>
  );
}

function Mark({ kind }: { kind: Kind | "hazard" }) {
  return (
    <svg width="20" height="20" aria-hidden="true">
      <path class={`map-mark ${kind}`} d={SHAPES[kind](MIDDLE, RADIUS)} />
    </svg>
  );
}
