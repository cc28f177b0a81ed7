/**
 * What is drawn of the houses: a mark for each place, its shape and colour by what there is to do, and numbers where
 * there is room. One path for all marks of a kind, so that 2,000 houses are as quick to draw as 20. Pure.
 */

import type { HouseView } from "../../contract";
import { saidOn } from "../address";
import { hazardsOf } from "../house_words";
import { isInView, type Pixel, type Point, pixelOf, pointOf, type View } from "./plane";

/** The most pressing first; where flats stand in one place, it has the mark of the most pressing. */
export const KINDS = ["due", "visit", "later", "done", "barred"] as const;
export type Kind = (typeof KINDS)[number];

/** One place with a house, or with the flats of a building. */
export interface Spot {
  point: Point;
  views: HouseView[];
  kind: Kind;
  isHazardous: boolean;
  /** What may be written beside it, the fullest first. */
  labels: string[];
}

export interface Label extends Pixel {
  text: string;
  /** The side of its mark that it stands on. */
  anchor: "start" | "middle" | "end";
}

export interface Drawing {
  /** Kind → all its marks as one path. */
  marks: Record<Kind, string>;
  hazards: string;
  labels: Label[];
  /** The way through the houses in walking order, as the points of a line. */
  way: string;
}

/** With more places than this in view, their numbers and the way through them would only be a blur. */
const MOST_LABELLED = 400;
const MOST_LETTERS = 16;
/** Gloves: a mark is hit from this far. */
const FINGER_PIXELS = 28;
/** More houses than this under one finger are told apart by coming closer. */
const MOST_CHOSEN = 8;
/** How far the ring around what comes next reaches beyond its mark. */
export const RING_PIXELS = 7;
/** A label's height, and the width of a letter, at a text of ordinary size. */
const LINE_PIXELS = 16;
const LETTER_PIXELS = 9;

export function kindOf({ decision, due, state }: HouseView): Kind {
  if (due) return "due";
  if (decision.answer === "yes") return "visit";
  if (decision.answer === "not_before") return "later";
  return state.do_not_call || state.unsafe ? "barred" : "done";
}

export function spotsOf(views: readonly HouseView[]): Spot[] {
  const places = new Map<string, HouseView[]>();
  for (const view of views) {
    const place = `${view.house.x} ${view.house.y}`;
    const there = places.get(place);
    if (there) there.push(view);
    else places.set(place, [view]);
  }
  return [...places.values()].map(spotOf);
}

function spotOf(views: HouseView[]): Spot {
  const [first] = views as [HouseView];
  const kinds = views.map(kindOf);
  return {
    point: pointOf(first.street, first.house),
    views,
    kind: KINDS.find((kind) => kinds.includes(kind)) ?? "done",
    isHazardous: views.some((view) => hazardsOf(view).length > 0),
    labels: labelsOf(first, views.length),
  };
}

/** What stands on the door; of a building, its name and how many doors it has, or just how many. */
function labelsOf({ house, street }: HouseView, doors: number): string[] {
  const isBuilding = doors > 1;
  const { lead, rest } = saidOn(street.name, house.address, isBuilding);
  const name = (isBuilding && rest.split(", ")[0]) || lead;
  const short = name.length > MOST_LETTERS ? `${name.slice(0, MOST_LETTERS - 1)}…` : name;
  return isBuilding ? [`${short} (${doors})`, `×${doors}`] : [short];
}

/** Half a mark's width in pixels: it grows as one comes closer, and is never too small to see. */
export function radiusOf(view: View): number {
  return Math.min(Math.max(view.scale * 3, 4.5), 12);
}

/** `ringed` has a ring around it; `letters` is how much larger than ordinary text is set to be. */
export function draw(spots: readonly Spot[], view: View, ringed?: Spot, letters = 1): Drawing {
  const radius = radiusOf(view);
  const marks: Record<Kind, string> = { due: "", visit: "", later: "", done: "", barred: "" };
  const seen = spots.filter((spot) => isInView(view, spot.point, 2 * radius));
  let hazards = "";
  for (const { point, kind, isHazardous } of seen) {
    const at = pixelOf(view, point);
    marks[kind] += SHAPES[kind](at, radius);
    if (isHazardous) hazards += triangle({ left: at.left + radius + 2, top: at.top - radius - 4 }, radius);
  }
  if (seen.length > MOST_LABELLED) return { marks, hazards, labels: [], way: "" };
  const reach = (spot: Spot) => (spot === ringed ? radius + RING_PIXELS : radius);
  const way = spots.map(({ point }) => {
    const { left, top } = pixelOf(view, point);
    return `${Math.round(left)},${Math.round(top)}`;
  });
  return { marks, hazards, labels: labelled(seen, view, reach, letters), way: way.join(" ") };
}

/** UPRNs of the houses within reach of a finger: all of the nearest place, and of others as long as they are few. */
export function housesUnder(spots: readonly Spot[], view: View, at: Pixel): string[] {
  const near = spots
    .map((spot) => {
      const { left, top } = pixelOf(view, spot.point);
      return { spot, away: Math.hypot(left - at.left, top - at.top) };
    })
    .filter(({ away }) => away <= FINGER_PIXELS)
    .sort((one, other) => one.away - other.away);
  const houses: string[] = [];
  for (const { spot } of near) {
    if (houses.length > 0 && houses.length + spot.views.length > MOST_CHOSEN) break;
    houses.push(...spot.views.map((one) => one.key.uprn));
  }
  return houses;
}

/** The house that the officer last recorded something at, as far as the list does not count it in yet; "" for none. */
export function lastCalledAt(views: readonly HouseView[]): string {
  let [latest, uprn] = [0, ""];
  for (const view of views) {
    const at = view.own.at(-1)?.at ?? 0;
    if (at > latest) [latest, uprn] = [at, view.key.uprn];
  }
  return uprn;
}

/** How many houses each kind of mark stands for, and how many have a hazard. */
export function countsOf(views: readonly HouseView[]): Record<Kind | "hazard", number> {
  const counts = { due: 0, visit: 0, later: 0, done: 0, barred: 0, hazard: 0 };
  for (const view of views) {
    counts[kindOf(view)] += 1;
    if (hazardsOf(view).length > 0) counts.hazard += 1;
  }
  return counts;
}

type Shape = (at: Pixel, radius: number) => string;

const circle: Shape = ({ left, top }, radius) => {
  const r = tenth(radius);
  const across = tenth(2 * radius);
  return `M${tenth(left - radius)} ${tenth(top)}a${r} ${r} 0 1 0 ${across} 0a${r} ${r} 0 1 0 ${-across} 0z`;
};

const diamond: Shape = ({ left, top }, radius) => {
  const r = tenth(radius * 1.35);
  return `M${tenth(left)} ${tenth(top - r)}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`;
};

const square: Shape = ({ left, top }, radius) => {
  const side = tenth(radius * 1.6);
  return `M${tenth(left - side / 2)} ${tenth(top - side / 2)}h${side}v${side}h${-side}z`;
};

const cross: Shape = ({ left, top }, radius) => {
  const half = tenth(radius * 0.8);
  const across = tenth(2 * half);
  const [west, north] = [tenth(left - half), tenth(top - half)];
  return `M${west} ${north}l${across} ${across}m0 ${-across}l${-across} ${across}`;
};

/** A warning sign: large enough to be seen before what it stands at. */
const triangle: Shape = ({ left, top }, radius) => {
  const half = tenth(Math.max(radius, 8));
  return `M${tenth(left)} ${tenth(top - half)}l${half} ${tenth(half * 1.75)}h${-2 * half}z`;
};

export const SHAPES: Readonly<Record<Kind | "hazard", Shape>> = {
  due: diamond,
  visit: circle,
  later: circle,
  done: square,
  barred: cross,
  hazard: triangle,
};

function tenth(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

/** Labels that cover neither a mark nor each other, and do not end at the edge. Houses to visit choose first. */
function labelled(
  spots: readonly Spot[],
  view: View,
  reach: (spot: Spot) => number,
  letters: number,
): Label[] {
  const taken = new Taken();
  const placed = spots.map((spot) => ({ spot, at: pixelOf(view, spot.point) }));
  for (const { spot, at } of placed) taken.put(around(at, reach(spot)));
  placed.sort((one, other) => KINDS.indexOf(one.spot.kind) - KINDS.indexOf(other.spot.kind));
  return placed.flatMap(({ spot, at }) => {
    const stands = places(at, reach(spot), LINE_PIXELS * letters);
    const labels = spot.labels.flatMap((text) => stands.map((stand): Label => ({ ...stand, text })));
    const label = labels.find((one) => {
      const box = boxOf(one, letters);
      return box.left >= 0 && box.right <= view.width && taken.take(box);
    });
    return label ?? [];
  });
}

/** Where a label may stand, by its middle height: beside its mark, below, above; at an edge, pulled to the left. */
function places({ left, top }: Pixel, radius: number, line: number): Omit<Label, "text">[] {
  const beside = radius + 4;
  const over = radius + line / 2 + 2;
  return [
    { left: left + beside, top, anchor: "start" },
    { left: left - beside, top, anchor: "end" },
    { left, top: top + over, anchor: "middle" },
    { left, top: top - over, anchor: "middle" },
    { left: left + radius, top: top + over, anchor: "end" },
    { left: left + radius, top: top - over, anchor: "end" },
  ];
}

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

function around({ left, top }: Pixel, half: number): Box {
  return { left: left - half, top: top - half, right: left + half, bottom: top + half };
}

function boxOf({ left, top, anchor, text }: Label, letters: number): Box {
  const width = (text.length * LETTER_PIXELS + 6) * letters;
  const before = { start: 0, middle: width / 2, end: width }[anchor];
  const half = (LINE_PIXELS / 2) * letters;
  return { left: left - before, top: top - half, right: left - before + width, bottom: top + half };
}

/** What is taken of the map, looked up by squares of it. */
class Taken {
  private static readonly SQUARE = 48;
  private readonly squares = new Map<string, Box[]>();

  /** Takes a box, unless a part of it is taken; whether it did. */
  take(box: Box): boolean {
    const isFree = this.under(box).every(
      (square) => !this.squares.get(square)?.some((other) => overlap(box, other)),
    );
    if (isFree) this.put(box);
    return isFree;
  }

  put(box: Box): void {
    for (const square of this.under(box)) {
      const there = this.squares.get(square);
      if (there) there.push(box);
      else this.squares.set(square, [box]);
    }
  }

  private under({ left, top, right, bottom }: Box): string[] {
    const at = (pixels: number) => Math.floor(pixels / Taken.SQUARE);
    const found: string[] = [];
    for (let x = at(left); x <= at(right); x++) {
      for (let y = at(top); y <= at(bottom); y++) found.push(`${x} ${y}`);
    }
    return found;
  }
}

function overlap(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}
