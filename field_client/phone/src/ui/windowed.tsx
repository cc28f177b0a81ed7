/**
 * A long list of which only the rows in sight are in the document: 2,000 houses scroll as 20 do. Rows have heights of
 * their own, known once they were drawn; a screen reader hears of all of them by their place and number.
 */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useMemo, useReducer, useRef } from "preact/hooks";
import { type Heights, offsetsOf, placesOf, spanOf } from "./heights";
import { useLatest } from "./hooks";
import { scrollerOf } from "./screen";

interface Props<T> {
  label: string;
  rows: readonly T[];
  keyOf(row: T): string;
  /** Headings among the rows are not counted. */
  isCounted(row: T): boolean;
  /** Heights as far as they are known; kept by the caller for as long as the list may be shown again. */
  heights: Heights;
  draw(row: T): ComponentChildren;
  /** Scrolls to this row, once for every object given. */
  jump: { at: number } | null;
}

/** Drawn beyond what is in sight, in pixels: a fast thumb sees no gaps, and Tab finds the next row. */
const BEYOND = 800;
/** Drawn again when less than this is left beyond what is in sight, not for every pixel scrolled. */
const LEAST_BEYOND = 400;

export function Windowed<T>({ label, rows, keyOf, isCounted, heights, draw, jump }: Props<T>) {
  const frame = useRef<HTMLDivElement>(null);
  const jumping = useRef<number | null>(null);
  const [drawn, again] = useReducer((n: number) => n + 1, 0);
  const keys = useMemo(() => rows.map(keyOf), [rows]);
  const places = useMemo(() => placesOf(rows.map(isCounted)), [rows]);
  const offsets = useMemo(() => offsetsOf(keys, heights), [keys, heights, drawn]);
  const { first, last } = spanOf(offsets, ...inSight(frame.current, BEYOND));
  const drawnRows = useLatest({ offsets, first, last });
  const end = offsets[rows.length] ?? 0;

  useLayoutEffect(() => {
    const scroller = frame.current && scrollerOf(frame.current);
    if (!scroller) return;
    let asked = 0;
    const drawAgain = () => {
      cancelAnimationFrame(asked);
      asked = requestAnimationFrame(() => {
        const { current } = drawnRows;
        const needed = spanOf(current.offsets, ...inSight(frame.current, LEAST_BEYOND));
        if (needed.first < current.first || needed.last > current.last) again(undefined);
      });
    };
    const resizing = new ResizeObserver(drawAgain);
    resizing.observe(scroller);
    scroller.addEventListener("scroll", drawAgain, { passive: true });
    return () => {
      cancelAnimationFrame(asked);
      scroller.removeEventListener("scroll", drawAgain);
      resizing.disconnect();
    };
  }, []);

  useLayoutEffect(() => {
    if (jump) jumping.current = jump.at;
  }, [jump]);

  // Rows on the way to where one jumps are higher or lower than guessed: it is gone to again until all is known.
  useLayoutEffect(() => {
    const hasChanged = measure(frame.current, heights);
    if (frame.current && jumping.current !== null) {
      const offset = offsetsOf(keys, heights)[jumping.current] ?? 0;
      const isThere = jumpTo(frame.current, jumping.current - first, offset);
      if (isThere && !hasChanged) jumping.current = null;
    }
    if (hasChanged) again(undefined);
  });

  // What stands for the rows that are not drawn lies beside the list, not in its padding: a browser keeps what is in sight
  // where it is when rows above turn out higher than guessed, unless an element around it changes.
  return (
    <div class="windowed" ref={frame}>
      <div style={{ height: `${offsets[first] ?? 0}px` }} />
      <ul role="list" aria-label={label}>
        {rows.slice(first, last).map((row, at) => (
          <li
            key={keyOf(row)}
            data-row={keyOf(row)}
            {...(isCounted(row) && {
              "aria-posinset": places[first + at],
              "aria-setsize": places[rows.length],
            })}
          >
            {draw(row)}
          </li>
        ))}
      </ul>
      <div style={{ height: `${end - (offsets[last] ?? end)}px` }} />
    </div>
  );
}

/** What is in sight, and so much before and after it, in pixels of the list. */
function inSight(frame: HTMLElement | null, beyond: number): [top: number, bottom: number] {
  const scroller = frame && scrollerOf(frame);
  const top = scroller ? scroller.scrollTop - startOf(frame, scroller) : 0;
  return [top - beyond, top + (scroller?.clientHeight ?? window.innerHeight) + beyond];
}

/** Scrolls to the row that is the nth of those drawn; to where it will lie where it is not among them, which is false. */
function jumpTo(frame: HTMLElement, nth: number, offset: number): boolean {
  const row = frame.querySelector("ul")?.children[nth];
  const scroller = scrollerOf(frame);
  if (row) row.scrollIntoView({ block: "start" });
  else if (scroller) scroller.scrollTop = startOf(frame, scroller) + offset;
  return row !== undefined;
}

/** How far down the list begins in what scrolls. */
function startOf(frame: Element | null, scroller: Element): number {
  const top = frame?.getBoundingClientRect().top ?? 0;
  return top - scroller.getBoundingClientRect().top + scroller.scrollTop;
}

/** Notes how high the rows in the document are; whether any was not as known. */
function measure(frame: HTMLElement | null, heights: Heights): boolean {
  let hasChanged = false;
  for (const row of frame?.querySelectorAll<HTMLElement>("[data-row]") ?? []) {
    const key = row.dataset.row ?? "";
    const height = row.getBoundingClientRect().height;
    if (Math.abs((heights.get(key) ?? -1) - height) > 0.5) {
      heights.set(key, height);
      hasChanged = true;
    }
  }
  return hasChanged;
}
