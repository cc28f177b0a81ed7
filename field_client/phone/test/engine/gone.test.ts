/** Lists that go while an officer is out: said until it was seen, and no conversation is cut short by it. */

import { beforeEach, expect, test } from "vitest";
import { Field } from "../support/field";
import { aWorklist, DAY_MS, HOUSE, LIST } from "../support/lists";
import { problemOf } from "../support/problems";

const here = { worklist: LIST, uprn: HOUSE };
const spoke = { visit: { outcome: "spoke" } };
let field: Field;

beforeEach(async () => {
  field = await Field.make();
});

test.each([
  ["recalled while it was locked", "recalled", async () => void field.service.recall(LIST)],
  ["whose time was up before it was unlocked", "expired", async () => field.passTime(8 * DAY_MS)],
])("a list %s is said at the next unlock, until the officer has seen it", async (_what, reason, go) => {
  await field.client.lock();
  await go();
  await field.phone.syncLocked(field.device);
  await field.restart();
  expect(field.client.status().gone).toEqual([{ worklist: LIST, reason }]);
  await field.client.sync();
  expect(field.client.status().gone).toHaveLength(1);
  await field.client.noteGone();
  await field.restart();
  expect(field.client.status().gone).toEqual([]);
});

test("a list that comes back is gone no more", async () => {
  field.service.recall(LIST);
  await field.client.sync();
  expect(field.client.status().gone).toHaveLength(1);
  field.service.give(await aWorklist());
  await field.client.sync();
  expect(field.client.lists()).toHaveLength(1);
  expect(field.client.status().gone).toEqual([]);
});

test("a conversation goes on though its list is recalled, and what came of it is recorded", async () => {
  field.client.house(here);
  field.service.recall(LIST);
  await field.client.sync();
  const other = { ...here, uprn: "100000013" };
  expect((await problemOf(field.client.record(other, spoke))).code).toBe("unknown_house");
  const event = await field.client.record(here, spoke);
  await field.client.sync();
  expect([...field.service.bodies.keys()]).toEqual([event]);
  await field.restart();
  expect((await problemOf(field.client.record(here, spoke))).code).toBe("unknown_house");
});
