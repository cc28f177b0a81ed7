/** What part of the street is in view: all of it, until the officer moves the map; found again on the way back to it. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useKept } from "../way";
import {
  boundsOf,
  fit,
  isInView,
  metresFrom,
  type Pixel,
  type Point,
  pushed,
  type Size,
  type View,
  widened,
  zoomed,
} from "./plane";

/** Room for numbers at the sides, and for the buttons below. */
const MARGIN: Size = { width: 36, height: 68 };
/** Further from the street than this, the officer's own place is told in words and not drawn. */
const NEAR_METRES = 1_000;

export interface MapView {
  frame: { current: HTMLDivElement | null };
  /** Null until the map has a size. */
  view: View | null;
  /** It is not the whole street any more. */
  isMoved: boolean;
  /** Where the officer is, if that is near enough to be drawn; else how many metres away. */
  officer: Point | null;
  away: number;
  move: {
    push(right: number, down: number): void;
    zoom(factor: number, at?: Pixel): void;
    whole(): void;
  };
}

/** The view of the houses at `points`; `position` is the officer's, where it is known. */
export function useMapView(points: readonly Point[], position: Point | null): MapView {
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  const street = useMemo(() => boundsOf(points), [points]);
  const [moved, setMoved] = useKept<View | null>("map", null);
  const away = position ? metresFrom(street, position) : 0;
  const officer = position && away <= NEAR_METRES ? position : null;
  const over = officer ? widened(street, officer) : street;
  const whole = size && fit(over, size, MARGIN);
  const view = moved && size ? { ...moved, ...size } : whole;

  // Two moves may come before the map is drawn again, as of a pinch: the second goes on from the first.
  const latest = useRef(moved);
  const moveTo = (next: View | null) => {
    latest.current = next;
    setMoved(next);
  };
  const change = (how: (from: View) => View) => {
    const from = latest.current && size ? { ...latest.current, ...size } : whole;
    if (from) moveTo(how(from));
  };
  const isDrawn = officer !== null;
  useEffect(() => {
    if (officer && view && !isInView(view, officer)) moveTo(null);
  }, [isDrawn]);

  return {
    frame,
    view,
    isMoved: moved !== null,
    officer,
    away: officer ? 0 : away,
    move: {
      push: (right, down) => change((from) => pushed(from, right, down, over)),
      zoom: (factor, at) => change((from) => zoomed(from, factor, at ?? middleOf(from), over)),
      whole: () => moveTo(null),
    },
  };
}

function middleOf({ width, height }: Size): Pixel {
  return { left: width / 2, top: height / 2 };
}

function useSize(frame: { current: HTMLElement | null }): Size | null {
  const [size, setSize] = useState<Size | null>(null);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return size;
}
