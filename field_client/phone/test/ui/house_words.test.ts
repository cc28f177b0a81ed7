import { expect, test } from "vitest";
import type { ListInfo } from "../../src/contract";
import { campaignOf, labelOf } from "../../src/ui/house_words";

const lists = ["Spring", "Burglaries"].map(
  (name, at) => ({ worklist: at + 1, campaign: { name } }) as ListInfo,
);

test("a house's campaign is told where the officer has several, and only then", () => {
  const key = { worklist: 2, uprn: "1" };
  expect(campaignOf(lists, key)).toBe("Burglaries");
  expect(campaignOf(lists.slice(1), key)).toBe("");
  expect(campaignOf(lists, { ...key, worklist: 9 })).toBe("");
});

test("an outcome is told in words though its list has gone", () => {
  expect(labelOf([], "no_reply")).toBe("No reply");
  expect(labelOf([], "made_up")).toBe("made_up");
});
