/** A street as it is walked: which houses are shown, under which building and side, and which comes next. Pure. */

import type { HouseView } from "../contract";
import { type Said, type Side, saidOn, sideOf } from "./address";

export type Showing = "now" | "all";
export type Sides = "both" | Exclude<Side, "">;

export interface Door {
  kind: "door";
  key: string;
  view: HouseView;
  said: Said;
  side: Side;
  /** It stands under its building's heading. */
  isFlat: boolean;
}

export type WalkRow =
  | Door
  | { kind: "building"; key: string; title: string; doors: number; notes: string[] }
  | { kind: "side"; key: string; side: Side };

/** Sides that change after fewer doors than this on average are told beside each number, not by headings. */
const LEAST_RUN = 3;

/** The rows of a street, in walking order; buildings and sides have headings. */
export function walk(views: readonly HouseView[], showing: Showing, sides: Sides): WalkRow[] {
  const buildings = flatsByBuilding(views);
  const doors = views.map((view) => doorOf(view, buildings));
  const shown = doors.filter((door) => isShown(door, showing, sides));
  const hasSideHeadings =
    sides === "both" && sideRuns(shown) > 1 && shown.length >= sideRuns(shown) * LEAST_RUN;
  const rows: WalkRow[] = [];
  let before: Door | undefined;
  for (const door of shown) {
    // Flats of a building without a number have its heading.
    if (hasSideHeadings && door.side !== before?.side && (door.side !== "" || !door.isFlat)) {
      rows.push({ kind: "side", key: `side ${door.key}`, side: door.side });
    }
    const { parent } = door.view.house;
    const flats = door.isFlat && parent !== before?.view.house.parent ? buildings.get(parent) : undefined;
    if (flats) rows.push(buildingOf(door, flats));
    rows.push(door);
    before = door;
  }
  return rows;
}

/** Whether each door has to tell its side itself. */
export function tellsSides(rows: readonly WalkRow[], sides: Sides): boolean {
  return sides === "both" && !rows.some((row) => row.kind === "side");
}

/**
 * The next house to visit now, in walking order after `uprn`, and from the start again; null where none is left. Who walks
 * one side is not sent across the road.
 */
export function nextHouse(
  views: readonly HouseView[],
  uprn: string,
  sides: Sides = "both",
): HouseView | null {
  const at = views.findIndex((view) => view.house.uprn === uprn);
  const round = [...views.slice(at + 1), ...views.slice(0, Math.max(at, 0))];
  const isOn = ({ street, house }: HouseView) =>
    sides === "both" || sideOf(street.name, house.address) === sides;
  return round.find((view) => view.decision.answer === "yes" && isOn(view)) ?? null;
}

/** The first row whose door begins with what is typed; -1 where none does. Whole numbers come before longer ones. */
export function rowOf(rows: readonly WalkRow[], typed: string): number {
  const wanted = typed.trim().toLowerCase();
  if (wanted === "") return -1;
  const names = rows.map((row) => (row.kind === "door" ? [row.said.lead, row.said.rest] : []));
  const find = (fits: (name: string) => boolean) =>
    names.findIndex((both) => both.some((name) => fits(name.toLowerCase())));
  const whole = find((name) => name === wanted);
  return whole >= 0 ? whole : find((name) => name.split(/[ ,]+/).some((word) => word.startsWith(wanted)));
}

function isShown({ view, side }: Door, showing: Showing, sides: Sides): boolean {
  const isToVisit = showing === "all" || view.decision.answer === "yes";
  return isToVisit && (sides === "both" || side === sides);
}

function doorOf(view: HouseView, buildings: ReadonlyMap<string, HouseView[]>): Door {
  const { house, street } = view;
  const isFlat = (buildings.get(house.parent)?.length ?? 0) > 1;
  return {
    kind: "door",
    key: house.uprn,
    view,
    said: saidOn(street.name, house.address, isFlat),
    side: sideOf(street.name, house.address),
    isFlat,
  };
}

function flatsByBuilding(views: readonly HouseView[]): Map<string, HouseView[]> {
  const buildings = new Map<string, HouseView[]>();
  for (const view of views) {
    const { parent } = view.house;
    if (parent === "") continue;
    const flats = buildings.get(parent);
    if (flats) flats.push(view);
    else buildings.set(parent, [view]);
  }
  return buildings;
}

/** A building has no row in a list: it is called what its flats' addresses share, and has the notes of all of them. */
function buildingOf(first: Door, flats: readonly HouseView[]): WalkRow {
  return {
    kind: "building",
    key: `building ${first.view.house.parent} ${first.key}`,
    title: first.said.rest || first.view.house.address,
    doors: flats.length,
    notes: [...new Set(flats.flatMap((flat) => flat.house.notes))],
  };
}

function sideRuns(doors: readonly Door[]): number {
  return doors.filter((door, at) => at === 0 || door.side !== doors[at - 1]?.side).length;
}
