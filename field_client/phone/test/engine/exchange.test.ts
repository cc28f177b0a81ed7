import { expect, test } from "vitest";
import { Field } from "../support/field";
import { HOUSE, LIST } from "../support/lists";

const here = { worklist: LIST, uprn: HOUSE };

test("a list is fetched, a visit recorded, sent and receipted", async () => {
  const field = await Field.make();
  expect(field.client.streets().map((street) => [street.name, street.toVisit])).toEqual([
    ["Newland Avenue", 6],
    ["De Grey Street", 4],
  ]);
  const id = await field.client.record(here, { visit: { outcome: "spoke" } });
  expect(field.client.house(here).decision.code).toBe("contacted");
  const done = await field.client.sync();
  expect(done).toMatchObject({ sent: 1, applied: 1, left: 0 });
  expect([...field.service.bodies.keys()]).toEqual([id]);
  expect(field.client.house(here).own).toEqual([]);
  expect(field.client.house(here).house.state.visited).toBe(true);
});
