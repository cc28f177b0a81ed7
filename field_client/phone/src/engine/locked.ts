/** What a device can do without being unlocked: send what waits, and hand its outbox over as a file. */

import type { OutboxExport, SyncOutcome } from "../contract";
import { makeExport } from "../protocol/export";
import { expire } from "../store/lists";
import * as outbox from "../store/outbox";
import { notEnrolled } from "../store/problems";
import type { Store } from "../store/store";
import { type Clocks, serviceTime } from "./clock";
import { exchange } from "./exchange";
import type { Send } from "./transport";

export const APP = "doorstep-phone 0.1.0";

export interface Surroundings {
  send: Send;
  clocks: Clocks;
}

/** Exchanges for a locked store; its lists are stacked as they come, and deleted when their time is up. */
export async function syncLocked(store: Store, { send, clocks }: Surroundings): Promise<SyncOutcome> {
  await expireLists(store, clocks);
  return exchange({ store, send, clocks, app: APP, opened: null });
}

export async function expireLists(store: Store, clocks: Clocks): Promise<number[]> {
  const seen = (await store.meta())?.seen ?? null;
  return expire(store, serviceTime(clocks, seen));
}

/**
 * All envelopes still kept, as a file signed by this device (section 11): for the service to take in by hand. It is no
 * receipt; the events stay. What is still in its undo window is chained first: a phone that will not sync may be going.
 */
export async function exportOutbox(store: Store, clocks: Clocks): Promise<OutboxExport> {
  await outbox.chain(store, outbox.EVERY);
  const key = await store.read(["keys"], (tx) => tx.objectStore("keys").get("signing"));
  const meta = await store.meta();
  if (key === undefined || meta === undefined || meta.state === "enrolling") {
    throw notEnrolled();
  }
  const events = await outbox.every(store);
  const now = clocks.now();
  const day = new Date(now).toISOString().slice(0, 10);
  return {
    name: `doorstep-outbox-${store.device.slice(0, 8)}-${day}.json`,
    bytes: await makeExport(key, { device: store.device, now, events }),
    events: events.length,
  };
}
