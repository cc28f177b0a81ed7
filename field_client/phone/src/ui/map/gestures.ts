/** Moving the map: pushed with a finger, the mouse or the arrow keys; zoomed with two fingers, the wheel, + and -. */

import { useRef } from "preact/hooks";
import type { Pixel } from "./plane";

export interface Moves {
  push(right: number, down: number): void;
  zoom(factor: number, at?: Pixel): void;
  tap(at: Pixel): void;
}

/** A finger that went no further has tapped: gloves and cold hands shake. */
const TAP_PIXELS = 10;
const KEY_PIXELS = 64;
const KEY_FACTOR = 1.5;
const KEYS: Readonly<Record<string, (moves: Moves) => void>> = {
  ArrowLeft: (moves) => moves.push(KEY_PIXELS, 0),
  ArrowRight: (moves) => moves.push(-KEY_PIXELS, 0),
  ArrowUp: (moves) => moves.push(0, KEY_PIXELS),
  ArrowDown: (moves) => moves.push(0, -KEY_PIXELS),
  "+": (moves) => moves.zoom(KEY_FACTOR),
  "=": (moves) => moves.zoom(KEY_FACTOR),
  "-": (moves) => moves.zoom(1 / KEY_FACTOR),
};

interface Fingers {
  down: Map<number, Pixel>;
  /** Where the first one came down; null once it has moved, or another came to it. */
  tapped: Pixel | null;
}

/** The handlers of the element that the map is drawn in. */
export function useGestures(moves: Moves) {
  const fingers = useRef<Fingers>({ down: new Map(), tapped: null });

  function onPointerDown(event: PointerEvent): void {
    const { down } = fingers.current;
    const at = pixelOfEvent(event);
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    down.set(event.pointerId, at);
    fingers.current.tapped = down.size === 1 ? at : null;
  }

  function onPointerMove(event: PointerEvent): void {
    const { down, tapped } = fingers.current;
    const before = down.get(event.pointerId);
    if (!before) return;
    const at = pixelOfEvent(event);
    if (tapped && away(tapped, at) <= TAP_PIXELS) return;
    fingers.current.tapped = null;
    down.set(event.pointerId, at);
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    if (other) pinch(before, at, other);
    else moves.push(at.left - before.left, at.top - before.top);
  }

  /** One finger has moved and the other has not: what lay between them stays between them. */
  function pinch(before: Pixel, at: Pixel, other: Pixel): void {
    const was = between(before, other);
    const is = between(at, other);
    moves.push(is.left - was.left, is.top - was.top);
    const apart = away(before, other);
    if (apart > 0) moves.zoom(away(at, other) / apart, is);
  }

  function onPointerUp(event: PointerEvent): void {
    const { down, tapped } = fingers.current;
    if (down.delete(event.pointerId) && tapped) moves.tap(tapped);
    fingers.current.tapped = null;
  }

  function onPointerCancel(event: PointerEvent): void {
    fingers.current.down.delete(event.pointerId);
    fingers.current.tapped = null;
  }

  function onWheel(event: WheelEvent): void {
    event.preventDefault();
    moves.zoom(1.0015 ** -event.deltaY, pixelOfEvent(event));
  }

  function onKeyDown(event: KeyboardEvent): void {
    const move = event.ctrlKey || event.metaKey || event.altKey ? undefined : KEYS[event.key];
    if (!move) return;
    event.preventDefault();
    move(moves);
  }

  return { onPointerDown, onPointerMove, onPointerUp, onPointerCancel, onWheel, onKeyDown };
}

function pixelOfEvent(event: MouseEvent): Pixel {
  const { left, top } = (event.currentTarget as Element).getBoundingClientRect();
  return { left: event.clientX - left, top: event.clientY - top };
}

function away(one: Pixel, other: Pixel): number {
  return Math.hypot(one.left - other.left, one.top - other.top);
}

function between(one: Pixel, other: Pixel): Pixel {
  return { left: (one.left + other.left) / 2, top: (one.top + other.top) / 2 };
}
