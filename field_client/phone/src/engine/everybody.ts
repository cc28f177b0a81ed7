/** Every device on this phone, locked or not: what a worker in the background and the first screen do for all of them. */

import * as outbox from "../store/outbox";
import { Registry } from "../store/registry";
import { Store } from "../store/store";
import { type Surroundings, syncLocked } from "./locked";

/**
 * Work on every store of the phone, one after the other; each is closed after it. One that fails, or does not open, does
 * not keep back the next; the first failure is what it resolves to, null where all went well.
 */
async function forEach(work: (store: Store) => Promise<void>): Promise<unknown> {
  const registry = new Registry();
  let failure: unknown = null;
  try {
    for (const { id } of await registry.rows()) {
      await inStore(id, work).catch((error: unknown) => {
        failure ??= error;
      });
    }
  } finally {
    registry.close();
  }
  return failure;
}

async function inStore(id: string, work: (store: Store) => Promise<void>): Promise<void> {
  const store = await Store.open(id);
  try {
    await work(store);
  } finally {
    store.close();
  }
}

async function isEnrolled(store: Store): Promise<boolean> {
  const meta = await store.meta();
  return meta !== undefined && meta.state !== "enrolling";
}

/**
 * Sends what waits on every device. Throws where anything was left, an event in its undo window too, so that a browser
 * tries again later. `sent` is told each device that was synced.
 */
export async function sendEverybodys(around: Surroundings, sent: (device: string) => void): Promise<void> {
  const failure = await forEach(async (store) => {
    if (!(await isEnrolled(store))) {
      return;
    }
    await outbox.chain(store, outbox.windowPassed(around.clocks.now()));
    if ((await outbox.counts(store)).waiting > 0) {
      await syncLocked(store, around);
      sent(store.device);
    }
    const { pending, waiting } = await outbox.counts(store);
    if (pending + waiting > 0) {
      throw new Error("Some of what was recorded still waits.");
    }
  });
  if (failure !== null) {
    throw failure;
  }
}

/** Whether any device has an event in its undo window. A store that does not open keeps nobody from a newer version. */
export async function anybodyUndoable(): Promise<boolean> {
  let found = false;
  await forEach(async (store) => {
    found ||= (await outbox.counts(store)).pending > 0;
  });
  return found;
}
