import { describe, expect, it } from "vitest";
import {
  barOf,
  boundsOf,
  fit,
  isInView,
  metresFrom,
  pixelOf,
  pointAt,
  pointOf,
  pointUnder,
  pushed,
  strided,
  type View,
  widened,
  zoomed,
} from "../../src/ui/map/plane";
import { spokenDistance, wordsOfWhere } from "../../src/ui/map/words";

const ORIGIN = { lon: -340_000, lat: 53_750_000 };
const SIZE = { width: 360, height: 400 };
const MARGIN = { width: 40, height: 60 };
const STREET = boundsOf([
  { x: 0, y: 0 },
  { x: 140, y: 20 },
]);

function whole(): View {
  return fit(STREET, SIZE, MARGIN);
}

describe("the plane", () => {
  it("knows that a degree of longitude is shorter than one of latitude, the more so to the north", () => {
    const { x, y } = pointOf(ORIGIN, { x: 1000, y: 1000 });
    expect(y).toBeCloseTo(111.2, 1);
    expect(x / y).toBeCloseTo(Math.cos((53.75 * Math.PI) / 180), 6);
    expect(pointOf({ lat: 0 }, { x: 1000, y: 0 }).x).toBeCloseTo(111.2, 1);
  });

  it("puts the phone's own position where a house of the same position lies", () => {
    const house = pointOf(ORIGIN, { x: 812, y: -40 });
    const phone = pointAt(ORIGIN, -0.34 + 0.000812, 53.75 - 0.00004);
    expect(phone.x).toBeCloseTo(house.x, 6);
    expect(phone.y).toBeCloseTo(house.y, 6);
  });

  it("tells how far outside the street something is, and nothing within", () => {
    expect(metresFrom(STREET, { x: 70, y: 10 })).toBe(0);
    expect(metresFrom(STREET, { x: -30, y: -40 })).toBe(50);
    expect(metresFrom(STREET, { x: 150, y: 20 })).toBe(10);
  });

  it("says distances as a person would", () => {
    expect([7.4, 44, 104, 996, 1230, 130_400].map(spokenDistance)).toEqual([
      "7 m",
      "44 m",
      "100 m",
      "1 km",
      "1.2 km",
      "130 km",
    ]);
  });
});

describe("a view", () => {
  it("shows the whole street with its margins, north up", () => {
    const view = whole();
    const [west, east] = [STREET.least, STREET.most].map((point) => pixelOf(view, point));
    expect([west?.left, east?.left]).toEqual([40, 320]);
    expect(west!.top).toBeGreaterThan(east!.top);
  });

  it("shows the ground around a single house, and never nearer than that", () => {
    const view = fit(boundsOf([{ x: 5, y: 5 }]), SIZE, MARGIN);
    expect(pixelOf(view, { x: 5, y: 5 })).toEqual({ left: 180, top: 200 });
    expect(view.scale).toBe(7);
  });

  it("knows what lies under a pixel", () => {
    const view = whole();
    const under = pointUnder(view, { left: 100, top: 150 });
    expect(pixelOf(view, under).left).toBeCloseTo(100);
    expect(pixelOf(view, under).top).toBeCloseTo(150);
  });

  it("is zoomed around what lies between the fingers", () => {
    const view = whole();
    const at = pixelOf(view, { x: 30, y: 10 });
    const closer = zoomed(view, 2, at, STREET);
    expect(closer.scale).toBe(2 * view.scale);
    expect(pixelOf(closer, { x: 30, y: 10 }).left).toBeCloseTo(at.left);
  });

  it("is zoomed neither into a single brick nor out to the whole county", () => {
    const far = zoomed(whole(), 1e-6, { left: 180, top: 200 }, STREET);
    const near = zoomed(whole(), 1e6, { left: 180, top: 200 }, STREET);
    expect(far.scale).toBeGreaterThan(whole().scale / 3);
    expect(near.scale).toBeLessThan(50);
  });

  it("is pushed with the finger, and stays over the street", () => {
    const view = zoomed(whole(), 4, { left: 180, top: 200 }, STREET);
    const there = pixelOf(view, { x: 70, y: 10 });
    expect(pixelOf(pushed(view, 30, 0, STREET), { x: 70, y: 10 }).left).toBeCloseTo(there.left + 30);
    expect(pushed(view, -1e6, 1e6, STREET).middle).toEqual(STREET.most);
  });

  it("is drawn anew only after a stride, and lies where it would have lain", () => {
    const close = zoomed(whole(), 4, { left: 180, top: 200 }, STREET);
    const view = { ...close, middle: strided(close, 160).drawn.middle };
    const before = strided(view, 160);
    const after = strided(pushed(view, 30, -7, STREET), 160);
    const far = strided(pushed(view, 170, 0, STREET), 160);
    expect(after.drawn).toEqual(before.drawn);
    expect(far.drawn.middle.x).not.toBe(before.drawn.middle.x);
    for (const [seen, { drawn, corner }] of [
      [view, before],
      [pushed(view, 170, 0, STREET), far],
    ] as const) {
      const { left, top } = pixelOf(drawn, { x: 70, y: 10 });
      expect(left + corner.left).toBeCloseTo(pixelOf(seen, { x: 70, y: 10 }).left);
      expect(top + corner.top).toBeCloseTo(pixelOf(seen, { x: 70, y: 10 }).top);
      expect(corner.left).toBeLessThanOrEqual(0);
      expect(corner.left + drawn.width).toBeGreaterThanOrEqual(seen.width);
    }
    expect(strided(view, 0)).toEqual({ drawn: view, corner: { left: 0, top: 0 } });
  });

  it("takes in the officer, where asked to", () => {
    const officer = { x: -80, y: 200 };
    expect(isInView(whole(), officer)).toBe(false);
    expect(isInView(fit(widened(STREET, officer), SIZE, MARGIN), officer)).toBe(true);
  });

  it("has a bar of a round length that fits", () => {
    expect(barOf({ ...whole(), scale: 2 }, 72)).toEqual({ metres: 20, pixels: 40 });
    expect(barOf({ ...whole(), scale: 0.05 }, 72)).toEqual({ metres: 1000, pixels: 50 });
  });
});

it("says of the officer's place what there is to do where the phone does not tell it", () => {
  expect(wordsOfWhere({ state: "off" }, 0)).toBe("");
  expect(wordsOfWhere({ state: "failed", why: "refused" }, 0)).toContain("settings");
  const position = { longitude: 0, latitude: 0, accuracy: 12 };
  expect(wordsOfWhere({ state: "on", position }, 0)).toContain("12 m");
  expect(wordsOfWhere({ state: "on", position }, 4_321)).toContain("4.3 km");
});
