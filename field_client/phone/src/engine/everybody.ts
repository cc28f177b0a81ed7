/** Every device on this phone, locked or not: what a worker in the background and the first screen do for all of them. */

import * as outbox from "../store/outbox";
import { Registry } from "../store/registry";
import { Store } from "../store/store";
import { type Surroundings, syncLocked } from "./locked";

/** Work on every store of the phone, one after the other; each is closed after it. */
async function forEach(work: (store: Store) => Promise<void>): Promise<void> {
  const registry = new Registry();
  try {
    for (const { id } of await registry.rows()) {
      const store = await Store.open(id);
      try {
        await work(store);
      } finally {
        store.close();
      }
    }
  } finally {
    registry.close();
  }
}

async function isEnrolled(store: Store): Promise<boolean> {
  const meta = await store.meta();
  return meta !== undefined && meta.state !== "enrolling";
}

/**
 * Sends what waits on every device; one that fails does not keep back the next. Throws where anything was left, an event
 * in its undo window too, so that a browser tries again later. `sent` is told each device that was synced.
 */
export async function sendEverybodys(around: Surroundings, sent: (device: string) => void): Promise<void> {
  let failure: unknown = null;
  await forEach(async (store) => {
    if (!(await isEnrolled(store))) {
      return;
    }
    await outbox.chain(store, outbox.windowPassed(around.clocks.now()));
    try {
      if ((await outbox.counts(store)).waiting > 0) {
        await syncLocked(store, around);
        sent(store.device);
      }
      const { pending, waiting } = await outbox.counts(store);
      if (pending + waiting > 0) {
        failure ??= new Error("Some of what was recorded still waits.");
      }
    } catch (error) {
      failure = error;
    }
  });
  if (failure !== null) {
    throw failure;
  }
}

/** Whether any device has an event in its undo window. */
export async function anybodyUndoable(): Promise<boolean> {
  let found = false;
  await forEach(async (store) => {
    found ||= (await outbox.counts(store)).pending > 0;
  });
  return found;
}
