/**
 * A long list of which only the rows in sight are in the document: 2,000 houses scroll as 20 do. Rows have heights of
 * their own, known once they were drawn; a screen reader hears of all of them by their place and number.
 */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useMemo, useReducer, useRef } from "preact/hooks";
import { type Heights, offsetsOf, placesOf, spanOf } from "./heights";
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
const BEYOND = 600;

export function Windowed<T>({ label, rows, keyOf, isCounted, heights, draw, jump }: Props<T>) {
  const list = useRef<HTMLUListElement>(null);
  const jumping = useRef<number | null>(null);
  const [drawn, again] = useReducer((n: number) => n + 1, 0);
  const keys = useMemo(() => rows.map(keyOf), [rows]);
  const places = useMemo(() => placesOf(rows.map(isCounted)), [rows]);
  const offsets = useMemo(() => offsetsOf(keys, heights), [keys, heights, drawn]);
  const { first, last } = spanOf(offsets, ...inSight(list.current));
  const end = offsets[rows.length] ?? 0;

  useLayoutEffect(() => {
    const scroller = list.current && scrollerOf(list.current);
    if (!scroller) return;
    let frame = 0;
    const drawAgain = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => again(undefined));
    };
    const resizing = new ResizeObserver(drawAgain);
    resizing.observe(scroller);
    scroller.addEventListener("scroll", drawAgain, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      scroller.removeEventListener("scroll", drawAgain);
      resizing.disconnect();
    };
  }, []);

  useLayoutEffect(() => {
    if (jump) jumping.current = jump.at;
  }, [jump]);

  // Rows on the way to where one jumps are higher or lower than guessed: it is gone to again until all is known.
  useLayoutEffect(() => {
    const hasChanged = measure(list.current, heights);
    const scroller = list.current && scrollerOf(list.current);
    if (scroller && jumping.current !== null) {
      scroller.scrollTop = startOf(list.current, scroller) + (offsetsOf(keys, heights)[jumping.current] ?? 0);
      if (!hasChanged) jumping.current = null;
    }
    if (hasChanged) again(undefined);
  });

  return (
    <ul
      ref={list}
      class="windowed"
      role="list"
      aria-label={label}
      style={{ paddingTop: `${offsets[first] ?? 0}px`, paddingBottom: `${end - (offsets[last] ?? end)}px` }}
    >
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
  );
}

/** From where to where to draw, in pixels of the list. */
function inSight(list: HTMLElement | null): [top: number, bottom: number] {
  const scroller = list && scrollerOf(list);
  const top = scroller ? scroller.scrollTop - startOf(list, scroller) : 0;
  return [top - BEYOND, top + (scroller?.clientHeight ?? window.innerHeight) + BEYOND];
}

/** How far down the list begins in what scrolls. */
function startOf(list: Element | null, scroller: Element): number {
  const top = list?.getBoundingClientRect().top ?? 0;
  return top - scroller.getBoundingClientRect().top + scroller.scrollTop;
}

/** Notes how high the rows in the document are; whether any was not as known. */
function measure(list: HTMLElement | null, heights: Heights): boolean {
  let hasChanged = false;
  for (const row of list?.querySelectorAll<HTMLElement>(":scope > [data-row]") ?? []) {
    const key = row.dataset.row ?? "";
    const height = row.getBoundingClientRect().height;
    if (Math.abs((heights.get(key) ?? -1) - height) > 0.5) {
      heights.set(key, height);
      hasChanged = true;
    }
  }
  return hasChanged;
}
