/** What an unlocked store does by itself: sync, lock, and hear of other windows. */

import { openDB } from "idb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { anybodyUndoable, sendEverybodys } from "../../src/engine/everybody";
import { Triggers } from "../../src/engine/triggers";
import { Field } from "../support/field";
import { HOUSE, LIST } from "../support/lists";
import { problemOf } from "../support/problems";

const here = { worklist: LIST, uprn: HOUSE };
const noReply = { visit: { outcome: "no_reply" } };
const MINUTE_MS = 60_000;

/** A page without a browser: listeners are called by hand. */
class FakePage extends EventTarget {
  visibilityState = "visible";
}

let page: FakePage;
let done: string[];
let triggers: Triggers;
const clocks = { wall: 0, monotonic: 0, now: () => clocks.wall, ticks: () => clocks.monotonic };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "clearTimeout", "clearInterval"] });
  page = new FakePage();
  vi.stubGlobal("document", page);
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("navigator", { onLine: true });
  done = [];
  clocks.wall = clocks.monotonic = 0;
  triggers = new Triggers(
    {
      sync: async () => void done.push("sync"),
      chain: async (which) => void done.push(`chain ${which}`),
      lock: async () => void done.push("lock"),
      tick: async () => void done.push("tick"),
    },
    clocks,
    () => 10 * MINUTE_MS,
  );
});

afterEach(() => {
  triggers.end();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("it syncs when a connection comes back, and on return to the foreground", () => {
  page.dispatchEvent(new Event("online"));
  page.dispatchEvent(new Event("visibilitychange"));
  expect(done).toEqual(["sync", "sync"]);
  vi.stubGlobal("navigator", { onLine: false });
  page.dispatchEvent(new Event("online"));
  expect(done).toHaveLength(2);
});

test("it chains what waits in its undo window when it goes out of sight or away", () => {
  page.visibilityState = "hidden";
  page.dispatchEvent(new Event("visibilitychange"));
  page.dispatchEvent(new Event("pagehide"));
  expect(done).toEqual(["chain every", "chain every"]);
});

test("it syncs after five events, each counted when its undo window has ended", async () => {
  for (let count = 0; count < 4; count++) {
    triggers.noteRecorded(0);
  }
  triggers.noteRecorded(10_000);
  expect(done).toEqual([]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(done).toEqual(["chain due", "sync"]);
  triggers.noteSync(true);
  triggers.noteRecorded(0);
  expect(done.at(-1)).toBe("sync");
  expect(done.filter((one) => one === "sync")).toHaveLength(1);
});

test("after a failure it tries again, each time later, and stops when it has worked", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  const syncs = () => done.filter((one) => one === "sync").length;
  triggers.noteSync(false);
  await vi.advanceTimersByTimeAsync(29_000);
  expect(syncs()).toBe(0);
  await vi.advanceTimersByTimeAsync(1000);
  expect(syncs()).toBe(1);
  triggers.noteSync(false);
  await vi.advanceTimersByTimeAsync(59_000);
  expect(syncs()).toBe(1);
  await vi.advanceTimersByTimeAsync(1000);
  expect(syncs()).toBe(2);
  triggers.noteSync(true);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(syncs()).toBe(2);
});

test.each([
  { clock: "wall", though: "the phone slept and its ticks stood still" },
  { clock: "monotonic", though: "the wall clock was put back" },
] as const)("it locks after ten minutes without a touch, though $though", async ({ clock }) => {
  clocks[clock] = 9 * MINUTE_MS;
  page.dispatchEvent(new Event("pointerdown"));
  clocks[clock] = 18 * MINUTE_MS;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(done).toEqual([]);
  clocks[clock] = 19 * MINUTE_MS;
  page.dispatchEvent(new Event("visibilitychange"));
  expect(done.at(-1)).toBe("lock");
});

test("every minute it looks again", async () => {
  await vi.advanceTimersByTimeAsync(60_000);
  expect(done).toEqual(["tick"]);
});

test("nothing happens any more once it has ended", async () => {
  triggers.noteSync(false);
  triggers.end();
  page.dispatchEvent(new Event("online"));
  page.dispatchEvent(new Event("pagehide"));
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(done).toEqual([]);
});

test("a worker sends what waits on every device of the phone, and tells windows that are open", async () => {
  vi.useRealTimers();
  const field = await Field.make();
  await field.client.record(here, noReply);
  const first = field.device;
  field.passTime(1000);
  await field.enrol();
  await field.client.sync();
  await field.client.record(here, noReply, 8000);
  expect(await anybodyUndoable()).toBe(true);
  const told: string[] = [];
  const send = () => sendEverybodys({ send: field.send, clocks: field.clocks }, (one) => told.push(one));
  field.isDown = true;
  expect((await problemOf(send())).code).toBe("not_reached");
  field.isDown = false;
  await expect(send()).rejects.toThrow(/still waits/); // the second is in its undo window
  expect(told).toEqual([first]);
  field.passTime(8000);
  await send();
  expect(told).toEqual([first, field.device]);
  expect(field.service.journal).toHaveLength(2);
  expect(await anybodyUndoable()).toBe(false);
  const requests = field.service.requests.length;
  await send();
  expect(field.service.requests).toHaveLength(requests);
});

test("a store that does not open keeps back neither the others of the phone nor a newer version", async () => {
  vi.useRealTimers();
  const field = await Field.make();
  const first = field.device;
  field.passTime(1000);
  await field.enrol();
  await field.client.sync();
  await field.client.record(here, noReply);
  await field.phone.end();
  (await openDB(`doorstep-${first}`, 99)).close();
  expect(await anybodyUndoable()).toBe(false);
  const send = sendEverybodys({ send: field.send, clocks: field.clocks }, () => undefined);
  expect((await problemOf(send)).code).toBe("newer_store");
  expect(field.service.journal).toHaveLength(1);
  await field.start();
  const reload = vi.fn();
  vi.stubGlobal("location", { reload });
  await field.phone.restartWithUpdate();
  expect(reload).toHaveBeenCalledOnce();
});

test("a window shows what another one recorded", async () => {
  vi.useRealTimers();
  const field = await Field.make();
  const one = field.client;
  await field.start();
  const other = await field.unlock();
  const event = await other.record(here, noReply);
  await expect.poll(() => one.ownEvents().map((own) => own.id)).toEqual([event]);
  expect(one.house(here).state.attempts).toBe(1);
});

test("a locked device on this phone sends what waits when the app opens with a connection", async () => {
  vi.useRealTimers();
  const field = await Field.make();
  await field.client.record(here, noReply);
  await field.start();
  vi.stubGlobal("navigator", { onLine: true });
  field.phone.listen();
  await expect.poll(() => field.service.journal.length).toBe(1);
});
