import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FieldClient, HouseView } from "../../src/contract";
import { practise } from "../../src/practice/client";
import {
  countsOf,
  draw,
  housesUnder,
  kindOf,
  lastCalledAt,
  type Spot,
  spotsOf,
} from "../../src/ui/map/marks";
import { boundsOf, fit, pixelOf, type View, zoomed } from "../../src/ui/map/plane";

let client: FieldClient;
let views: HouseView[];
let spots: Spot[];
let view: View;

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.parse("2026-03-03T14:20:00Z") });
  client = await practise();
  look();
  const bounds = boundsOf(spots.map((spot) => spot.point));
  view = fit(bounds, { width: 360, height: 400 }, { width: 36, height: 68 });
});

afterEach(() => void vi.useRealTimers());

function look(): void {
  views = client.street(1, "1");
  spots = spotsOf(views);
}

function houseAt(address: string): HouseView {
  return views.find((one) => one.house.address === address) as HouseView;
}

/** How many marks a path holds. */
function marksIn(path: string): number {
  return path.split("M").length - 1;
}

describe("marks", () => {
  it("say by their kind what there is to do at a house", () => {
    const kinds = ["1", "5", "7", "12", "17", "6"].map((number) =>
      kindOf(houseAt(`${number} Sample Street`)),
    );
    expect(kinds).toEqual(["visit", "due", "done", "later", "barred", "barred"]);
  });

  it("are one for a building, that of its most pressing flat", () => {
    const building = spots.filter((spot) => spot.views.length > 1);
    expect(spots).toHaveLength(21);
    expect(building).toHaveLength(1);
    expect(building[0]).toMatchObject({ kind: "visit", labels: ["Sample Court (4)", "×4"] });
  });

  it("are all drawn where the whole street is in view, and only those in view where it is not", () => {
    const { marks, hazards } = draw(spots, view);
    expect(Object.values(marks).reduce((sum, path) => sum + marksIn(path), 0)).toBe(21);
    expect(marksIn(hazards)).toBe(2);
    const close = zoomed(view, 4, pixelOf(view, spots[0]!.point), boundsOf(spots.map((spot) => spot.point)));
    const seen = Object.values(draw(spots, close).marks).reduce((sum, path) => sum + marksIn(path), 0);
    expect(seen).toBeGreaterThan(0);
    expect(seen).toBeLessThan(15);
  });

  it("are counted house by house for the legend", () => {
    expect(countsOf(views)).toEqual({ due: 1, visit: 14, later: 3, done: 4, barred: 2, hazard: 2 });
  });

  it("turn when a visit or a hazard is recorded", async () => {
    const { key } = houseAt("1 Sample Street");
    await client.record(key, { visit: { outcome: "not_interested" }, hazard: { kind: "dog" } });
    look();
    expect(kindOf(houseAt("1 Sample Street"))).toBe("done");
    expect(countsOf(views).hazard).toBe(3);
    expect(lastCalledAt(views)).toBe(key.uprn);
  });
});

describe("labels", () => {
  it("stand at every house where there is room, and cover no other", () => {
    const { labels } = draw(spots, view);
    expect(labels.map((label) => label.text)).toEqual(expect.arrayContaining(["1", "19", "20", "12"]));
    expect(new Set(labels.map((label) => label.text)).size).toBe(21);
  });

  it("give way where houses stand close, those of houses to visit last", () => {
    const far = { ...view, scale: view.scale / 4 };
    const { labels } = draw(spots, far);
    expect(labels.length).toBeGreaterThan(0);
    expect(labels.length).toBeLessThan(12);
    expect(labels[0]?.text).toBe("5");
  });

  it("take up more room where text is set larger", () => {
    expect(draw(spots, view, undefined, 2).labels.length).toBeLessThan(draw(spots, view).labels.length);
  });

  it("do not end at the edge of the map", () => {
    for (const { left, anchor, text } of draw(spots, view).labels) {
      const width = text.length * 9;
      const start = anchor === "start" ? left : anchor === "end" ? left - width : left - width / 2;
      expect(start).toBeGreaterThanOrEqual(0);
      expect(start + width).toBeLessThanOrEqual(view.width);
    }
  });
});

describe("a tap", () => {
  const near = (address: string, right: number) => {
    const spot = spots.find((one) => one.views.includes(houseAt(address)))!;
    const { left, top } = pixelOf(view, spot.point);
    return housesUnder(spots, view, { left: left + right, top });
  };

  it("finds the houses within a gloved finger's reach, the nearest first", () => {
    const found = near("11 Sample Street", 4);
    expect(found[0]).toBe(houseAt("11 Sample Street").key.uprn);
    expect(found).toContain(houseAt("13 Sample Street").key.uprn);
  });

  it("finds all flats of a building", () => {
    expect(near("Flat 2, Sample Court, Sample Street", 10)).toHaveLength(4);
  });

  it("finds nothing where there is nothing", () => {
    expect(housesUnder(spots, view, { left: 5, top: 5 })).toEqual([]);
  });
});
