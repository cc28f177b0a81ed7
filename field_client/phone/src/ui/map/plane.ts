/**
 * The plane that a street is drawn on: metres east and north of the street's origin, and the part of it that is in view.
 * Pure. A street is short enough for the earth to be flat under it.
 */

import type { Street } from "../../protocol/types";

/** Metres east and north of the origin. */
export interface Point {
  x: number;
  y: number;
}

/** Pixels from the upper left corner. */
export interface Pixel {
  left: number;
  top: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Bounds {
  least: Point;
  most: Point;
}

/** What is in view: the middle of it, and how many pixels a metre has. */
export interface View extends Size {
  middle: Point;
  scale: number;
}

const METRES_A_MICRODEGREE = (6_371_008.8 * Math.PI) / 180 / 1e6;
/** Closer than this, houses lie further apart than on the ground in front of one. */
const MOST_SCALE = 24;
/** Where there is but one house, or all of them stand in one place, this much around it is shown. */
const LEAST_METRES = 40;
/** The share of the whole street's scale down to which one may zoom out. */
const FURTHEST_OUT = 0.5;
const NO_MARGIN: Size = { width: 0, height: 0 };
const BAR_METRES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** The point of a place that lies so many 1e-6 degrees east and north of a street's origin. */
export function pointOf(origin: Pick<Street, "lat">, place: Point): Point {
  const narrowing = Math.cos(((origin.lat / 1e6) * Math.PI) / 180);
  return { x: place.x * METRES_A_MICRODEGREE * narrowing, y: place.y * METRES_A_MICRODEGREE };
}

/** The point of a position in degrees, as the phone's own is told. */
export function pointAt(origin: Pick<Street, "lon" | "lat">, longitude: number, latitude: number): Point {
  return pointOf(origin, { x: longitude * 1e6 - origin.lon, y: latitude * 1e6 - origin.lat });
}

export function boundsOf(points: readonly Point[]): Bounds {
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  const least = { x: Math.min(...xs), y: Math.min(...ys) };
  const most = { x: Math.max(...xs), y: Math.max(...ys) };
  return points.length > 0 ? { least, most } : { least: { x: 0, y: 0 }, most: { x: 0, y: 0 } };
}

/** The view that shows all of it, with so many pixels to each side of it, and above and below. */
export function fit({ least, most }: Bounds, { width, height }: Size, margin: Size): View {
  const across = Math.max(most.x - least.x, LEAST_METRES);
  const up = Math.max(most.y - least.y, LEAST_METRES);
  const room = (pixels: number, kept: number) => Math.max(pixels - 2 * kept, 1);
  const scale = Math.min(room(width, margin.width) / across, room(height, margin.height) / up, MOST_SCALE);
  return { width, height, scale, middle: { x: (least.x + most.x) / 2, y: (least.y + most.y) / 2 } };
}

export function pixelOf(view: View, point: Point): Pixel {
  return {
    left: view.width / 2 + (point.x - view.middle.x) * view.scale,
    top: view.height / 2 - (point.y - view.middle.y) * view.scale,
  };
}

export function pointUnder(view: View, { left, top }: Pixel): Point {
  return {
    x: view.middle.x + (left - view.width / 2) / view.scale,
    y: view.middle.y - (top - view.height / 2) / view.scale,
  };
}

/** The view after the map was pushed so many pixels to the right and down. It stays over the street. */
export function pushed(view: View, right: number, down: number, over: Bounds): View {
  const within = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);
  return {
    ...view,
    middle: {
      x: within(view.middle.x - right / view.scale, over.least.x, over.most.x),
      y: within(view.middle.y + down / view.scale, over.least.y, over.most.y),
    },
  };
}

/**
 * What to draw so that pushing the map only shifts it: a view that moves in strides of so many pixels and reaches that
 * far beyond the edges, and where its upper left corner lies in `view`.
 */
export function strided(view: View, stride: number): { drawn: View; corner: Pixel } {
  const metres = stride / view.scale;
  const snapped = (value: number) => (metres > 0 ? Math.round(value / metres) * metres : value);
  const drawn: View = {
    width: view.width + 2 * stride,
    height: view.height + 2 * stride,
    scale: view.scale,
    middle: { x: snapped(view.middle.x), y: snapped(view.middle.y) },
  };
  const { left, top } = pixelOf(view, drawn.middle);
  return { drawn, corner: { left: left - drawn.width / 2, top: top - drawn.height / 2 } };
}

/** The view zoomed by a factor; what lies under `at` stays there, unless that would leave the street. */
export function zoomed(view: View, factor: number, at: Pixel, over: Bounds): View {
  const whole = fit(over, view, NO_MARGIN).scale;
  const scale = Math.min(Math.max(view.scale * factor, whole * FURTHEST_OUT), MOST_SCALE);
  const fixed = pointUnder(view, at);
  const moved = pixelOf({ ...view, scale }, fixed);
  return pushed({ ...view, scale }, at.left - moved.left, at.top - moved.top, over);
}

/** The bounds with a point taken in. */
export function widened({ least, most }: Bounds, point: Point): Bounds {
  return boundsOf([least, most, point]);
}

export function isInView(view: View, point: Point, margin = 0): boolean {
  const { left, top } = pixelOf(view, point);
  return left >= -margin && top >= -margin && left <= view.width + margin && top <= view.height + margin;
}

/** How far a point lies outside; 0 within. */
export function metresFrom({ least, most }: Bounds, { x, y }: Point): number {
  const outside = (value: number, low: number, high: number) => Math.max(low - value, 0, value - high);
  return Math.hypot(outside(x, least.x, most.x), outside(y, least.y, most.y));
}

/** A round number of metres whose bar is at most so many pixels long. */
export function barOf(view: View, mostPixels: number): { metres: number; pixels: number } {
  const metres = BAR_METRES.findLast((one) => one * view.scale <= mostPixels) ?? 1;
  return { metres, pixels: metres * view.scale };
}
