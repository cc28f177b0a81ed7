/** What the guide's steps show: a phone, a door, a hand, in the app's own colours and shapes. */

import type { ComponentChildren } from "preact";

function Drawing({ children }: { children: ComponentChildren }) {
  return (
    <svg viewBox="0 0 320 172" fill="none" stroke-linecap="round" stroke-linejoin="round">
      {children}
    </svg>
  );
}

/** Three houses of a list, each with its flag. */
export function Flags() {
  return (
    <Drawing>
      <rect class="paper" x="24" y="10" width="272" height="152" rx="14" />
      <Line y={36} number="12" words="Not visited yet">
        <circle class="fill-go" cx="92" cy="36" r="10" />
      </Line>
      <path class="hair" d="M24 61h272" />
      <Line y={86} number="14" words="Try after 17:00">
        <g class="line-later">
          <circle cx="92" cy="86" r="10" />
          <path d="M92 80v6l4 3" />
        </g>
      </Line>
      <path class="hair" d="M24 111h272" />
      <Line y={136} number="16" words="Registered">
        <path class="line-done" d="M83 137l6 6 12-13" />
      </Line>
    </Drawing>
  );
}

function Line(props: { y: number; number: string; words: string; children: ComponentChildren }) {
  return (
    <>
      <text class="number-ink" x="42" y={props.y + 7}>
        {props.number}
      </text>
      {props.children}
      <text class="words-ink" x="116" y={props.y + 5}>
        {props.words}
      </text>
    </>
  );
}

/** A house behind its gate, under a warning that comes before everything. */
export function Doorstep() {
  return (
    <Drawing>
      <path class="paper" d="M96 158V84l64-48 64 48v74z" />
      <path class="ground" d="M24 158h272" />
      <path class="fill-soft" d="M142 158v-46h36v46z" />
      <circle class="fill-ink" cx="170" cy="136" r="2.5" />
      <path class="paper" d="M110 96h22v20h-22zM188 96h22v20h-22z" />
      <path
        class="fence"
        d="M40 158v-30M56 158v-30M72 158v-30M34 138h46M248 158v-30M264 158v-30M280 158v-30M242 138h46"
      />
      <path class="danger-sign" d="M160 8l38 66h-76z" />
      <path class="danger-mark" d="M160 32v20M160 62v.5" />
    </Drawing>
  );
}

/** A phone: the house, the outcome, and the bar with which the tap is taken back. */
export function Taps() {
  return (
    <Drawing>
      <rect class="paper" x="30" y="22" width="112" height="46" rx="10" />
      <text class="number-ink" x="46" y="52">
        12
      </text>
      <circle class="fill-go" cx="100" cy="45" r="10" />
      <rect class="fill-accent" x="178" y="22" width="112" height="46" rx="10" />
      <text class="words-on" x="234" y="50" text-anchor="middle">
        No reply
      </text>
      <path class="line-soft" d="M150 45h18M162 39l7 6-7 6" />
      <Tap x={84} y={76} count="1" />
      <Tap x={246} y={76} count="2" />
      <rect class="bar-fill" x="30" y="126" width="260" height="36" rx="10" />
      <text class="bar-ink" x="44" y="149">
        Recorded
      </text>
      <text class="bar-strong" x="276" y="149" text-anchor="end">
        Undo (9)
      </text>
    </Drawing>
  );
}

function Tap({ x, y, count }: { x: number; y: number; count: string }) {
  return (
    <>
      <circle class="tap" cx={x} cy={y} r="17" />
      <text class="tap-ink" x={x} y={y + 6} text-anchor="middle">
        {count}
      </text>
    </>
  );
}

/** An officer who reads out, and the phone on its way to the resident. */
export function Handing() {
  return (
    <Drawing>
      <Person x={58} officer />
      <Person x={262} />
      <path
        class="bubble"
        d="M92 14h90a10 10 0 0 1 10 10v30a10 10 0 0 1-10 10h-66l-16 14v-14h-8a10 10 0 0 1-10-10V24a10 10 0 0 1 10-10z"
      />
      <path class="line-soft" d="M98 30h76M98 46h50" />
      <rect class="phone" x="140" y="92" width="40" height="66" rx="7" />
      <path class="line-done" d="M151 122l7 7 13-14" />
      <path class="line-soft" d="M112 128h16M192 128h16M202 121l7 7-7 7" />
    </Drawing>
  );
}

function Person({ x, officer = false }: { x: number; officer?: boolean }) {
  return (
    <>
      <path
        class={officer ? "fill-accent" : "fill-soft"}
        d={`M${x - 36} 162c2-34 14-48 36-48s34 14 36 48z`}
      />
      <circle class="paper" cx={x} cy="90" r="20" />
      {officer && <path class="fill-accent" d={`M${x - 25} 84c0-20 50-20 50 0l-4 4h-42z`} />}
    </>
  );
}

/** A locked phone that sends what waits. */
export function Shift() {
  return (
    <Drawing>
      <rect class="phone" x="34" y="14" width="84" height="146" rx="14" />
      <g class="line-ink">
        <rect x="58" y="76" width="36" height="28" rx="4" />
        <path d="M65 76v-8a11 11 0 0 1 22 0v8" />
      </g>
      <path class="line-soft" d="M128 87h44M160 75l12 12-12 12" />
      <path class="paper" d="M206 116a26 26 0 0 1-2-52 36 36 0 0 1 68-4 28 28 0 0 1 2 56z" />
      <path class="line-done" d="M222 86l12 12 22-24" />
      <text class="words-ink" x="240" y="146" text-anchor="middle">
        12 sent, 0 waiting
      </text>
    </Drawing>
  );
}
