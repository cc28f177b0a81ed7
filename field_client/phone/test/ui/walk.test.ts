import { expect, test } from "vitest";
import { fullAddress, saidOn, sideOf } from "../../src/ui/address";
import { nextHouse, rowOf, tellsSides, type WalkRow, walk } from "../../src/ui/walk";
import { aView, STREET } from "./houses";

const odd = [1, 3, 5, 7].map((number) => aView(`${number} ${STREET}`));
const even = [8, 6, 4, 2].map((number) => aView(`${number} ${STREET}`));
const flats = [1, 2].map((flat) =>
  aView(`Flat ${flat}, The Court, 9 ${STREET}`, {
    parent: "900",
    notes: flat === 2 ? ["Key code by the door"] : [],
  }),
);
const done = aView(`11 ${STREET}`, { decision: { answer: "no", code: "registered" } });

function told(rows: readonly WalkRow[]): string[] {
  return rows.map((row) => {
    if (row.kind === "side") return `side ${row.side}`;
    return row.kind === "building" ? `building ${row.title}` : row.said.lead;
  });
}

test.each([
  [`12 ${STREET}`, false, { lead: "12", rest: "" }],
  [`12A ${STREET.toUpperCase()}`, false, { lead: "12A", rest: "" }],
  [`Rose Cottage, 14 ${STREET}`, false, { lead: "14", rest: "Rose Cottage" }],
  [`Rose Cottage, ${STREET}`, false, { lead: "Rose Cottage", rest: STREET }],
  [`Flat 2, The Court, 9 ${STREET}`, true, { lead: "Flat 2", rest: `The Court, 9 ${STREET}` }],
  ["The Lodge", false, { lead: "The Lodge", rest: "" }],
])("what stands on the door of %s is told large", (address, isFlat, said) => {
  expect(saidOn(STREET, address, isFlat)).toEqual(said);
});

test("the side is that of the number at the street, not of the flat", () => {
  expect(sideOf(STREET, `Flat 2, 9 ${STREET}`)).toBe("odd");
  expect(sideOf(STREET, `12A ${STREET}`)).toBe("even");
  expect(sideOf(STREET, `Rose Cottage, ${STREET}`)).toBe("");
});

test("the street is added to an address that leaves it out, once", () => {
  expect(fullAddress(STREET, "12")).toBe(`12 ${STREET}`);
  expect(fullAddress(STREET, `12 ${STREET}`)).toBe(`12 ${STREET}`);
});

test("a street walked up one side and down the other has a heading for each side", () => {
  expect(told(walk([...odd, ...even], "all", "both"))).toEqual([
    "side odd",
    "1",
    "3",
    "5",
    "7",
    "side even",
    "8",
    "6",
    "4",
    "2",
  ]);
});

test("a street walked to and fro tells the side beside each number instead", () => {
  const zigzag = [1, 2, 3, 4, 5, 6].map((number) => aView(`${number} ${STREET}`));
  const rows = walk(zigzag, "all", "both");
  expect(told(rows)).toEqual(["1", "2", "3", "4", "5", "6"]);
  expect(tellsSides(rows, "both")).toBe(true);
  expect(tellsSides(rows, "odd")).toBe(false);
});

test("flats stand under their building once, with the notes of all of them", () => {
  const rows = walk([...odd, ...flats], "all", "odd");
  expect(told(rows)).toEqual(["1", "3", "5", "7", `building The Court, 9 ${STREET}`, "Flat 1", "Flat 2"]);
  expect(rows[4]).toMatchObject({ doors: 2, notes: ["Key code by the door"] });
});

test("a building keeps its heading and all its notes when only some flats are left to visit", () => {
  const [first, second] = flats;
  const left = [{ ...first, decision: done.decision }, second] as typeof flats;
  const rows = walk(left, "now", "both");
  expect(told(rows)).toEqual([`building The Court, 9 ${STREET}`, "Flat 2"]);
  expect(rows[0]).toMatchObject({ doors: 2 });
});

test("only houses to visit now are shown when asked for, and only one side", () => {
  expect(told(walk([...odd, done, ...even], "now", "odd"))).toEqual(["1", "3", "5", "7"]);
});

test("the next house is the next to visit in walking order, and from the start again at the end", () => {
  const views = [...odd, done, ...even];
  expect(nextHouse(views, `7 ${STREET}`)?.house.address).toBe(`8 ${STREET}`);
  expect(nextHouse(views, `2 ${STREET}`)?.house.address).toBe(`1 ${STREET}`);
  expect(nextHouse(views, "")?.house.address).toBe(`1 ${STREET}`);
  expect(nextHouse([done], "")).toBeNull();
});

test("the house just called at is not the next one, even where it is the only one left", () => {
  expect(nextHouse([odd[0], done] as typeof odd, `1 ${STREET}`)).toBeNull();
});

test("who walks one side of a street is not sent across the road", () => {
  const views = [...odd, ...even];
  expect(nextHouse(views, `7 ${STREET}`, "odd")?.house.address).toBe(`1 ${STREET}`);
  expect(nextHouse(views, `1 ${STREET}`, "even")?.house.address).toBe(`8 ${STREET}`);
  expect(nextHouse(odd, `1 ${STREET}`, "even")).toBeNull();
});

test("typing a number finds that very number before longer ones", () => {
  const rows = walk(
    [12, 11, 1].map((number) => aView(`${number} ${STREET}`)),
    "all",
    "both",
  );
  expect(told(rows)[rowOf(rows, "1")]).toBe("1");
  expect(told(rows)[rowOf(rows, "12")]).toBe("12");
  expect(rowOf(rows, "13")).toBe(-1);
  expect(rowOf(rows, " ")).toBe(-1);
});

test("typing a flat or the name of a house finds it too", () => {
  const rows = walk([...flats, aView(`Rose Cottage, 14 ${STREET}`)], "all", "both");
  expect(told(rows)[rowOf(rows, "flat 2")]).toBe("Flat 2");
  expect(told(rows)[rowOf(rows, "cott")]).toBe("14");
});
