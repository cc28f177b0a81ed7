import { expect, test } from "vitest";
import { offsetsOf, placesOf, spanOf } from "../../src/ui/heights";

test("rows that were never drawn are taken for as high as those that were, on average", () => {
  const heights = new Map([
    ["a", 50],
    ["c", 150],
  ]);
  expect(offsetsOf(["a", "b", "c", "d"], heights)).toEqual([0, 50, 150, 300, 400]);
});

test("just the rows in sight are drawn", () => {
  const offsets = [0, 100, 200, 300, 400];
  expect(spanOf(offsets, 0, 150)).toEqual({ first: 0, last: 2 });
  expect(spanOf(offsets, 150, 250)).toEqual({ first: 1, last: 3 });
  expect(spanOf(offsets, 390, 1000)).toEqual({ first: 3, last: 4 });
});

test("a list that is scrolled past its end or before its start still shows a row", () => {
  expect(spanOf([0, 100, 200], 900, 1000)).toEqual({ first: 1, last: 2 });
  expect(spanOf([0, 100, 200], -900, -800)).toEqual({ first: 0, last: 1 });
  expect(spanOf([0], 0, 100)).toEqual({ first: 0, last: 0 });
});

test("headings have no place of their own among the houses", () => {
  expect(placesOf([false, true, true, false, true])).toEqual([0, 1, 2, 2, 3, 3]);
});
