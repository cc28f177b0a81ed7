/** All that this phone holds, before and after unlocking: several officers, each with a store of their own. */

import {
  type DeviceSummary,
  type FieldClient,
  FieldProblem,
  type OutboxExport,
  type PassphraseAdvice,
  type Phone,
  type StorageState,
  type SyncOutcome,
} from "../contract";
import { Listeners } from "../listeners";
import { parseLink } from "../protocol/enrolment";
import { MistypedCode } from "../protocol/errors";
import { FULL_COST, type StoreKey } from "../store/lockbox";
import * as outbox from "../store/outbox";
import { notEnrolled, refused } from "../store/problems";
import { Registry } from "../store/registry";
import type { DeviceRow } from "../store/schema";
import { type Hook, Store } from "../store/store";
import type { EngineClient } from "./client";
import { phoneClocks } from "./clock";
import type { Holder } from "./holder";
import { APP, expireLists, exportOutbox, syncLocked } from "./locked";
import { Notices } from "./notices";
import { advise } from "./passphrase";
import { notReached, overFetch } from "./transport";
import { askBackgroundSync, updates } from "./worker";

const DAY_MS = 24 * 3_600_000;
const LITTLE_BYTES = 20 * 1024 * 1024;

/** What the phone stands on; tests put their own in. */
export type Ground = Pick<Holder, "send" | "clocks" | "cost" | "origin"> & { hook: Hook };

/** What is needed to unlock and after it, loaded with the first unlock: the first screen is there sooner. */
async function unlocking(): Promise<typeof import("./unlocked")> {
  try {
    return await import("./unlocked");
  } catch {
    throw notReached("A part of this app is not on the phone yet: connect, and open the app again.");
  }
}

/**
 * Asks the browser never to clear what is kept here when it is short of space. One that says no at enrolment often says
 * yes later, when the app is on the home screen or was used for some days: so it is asked at every unlock.
 */
async function askToKeep(): Promise<void> {
  const storage = globalThis.navigator?.storage;
  if (!(await storage?.persisted?.().catch(() => false))) {
    await storage?.persist?.().catch(() => false);
  }
}

/** Opens this phone. Problems: storage_broken, newer_store. `practise` loads the practice mode when it is asked for. */
export async function openPhone(
  practise: () => Promise<FieldClient>,
  ground: Partial<Ground> = {},
): Promise<EnginePhone> {
  const phone = new EnginePhone(practise, {
    send: overFetch(),
    clocks: phoneClocks,
    cost: FULL_COST,
    origin: globalThis.location?.origin ?? "",
    hook: () => undefined,
    ...ground,
  });
  await phone.settle();
  phone.listen();
  return phone;
}

export class EnginePhone implements Phone {
  private readonly registry = new Registry();
  private readonly stores = new Map<string, Store>();
  private readonly clients = new Map<string, EngineClient>();
  private readonly listeners = new Listeners();
  private readonly ending = new AbortController();
  private readonly notices = new Notices((device) => this.heard(device));
  private readonly holder: Holder;

  constructor(
    private readonly practise: () => Promise<FieldClient>,
    private readonly ground: Ground,
  ) {
    this.holder = {
      ...ground,
      updateReady: () => updates.ready(),
      wrote: (device, isWaiting) => this.wrote(device, isWaiting),
      closed: (client) => this.closed(client),
    };
  }

  /** Chains what a kill left in an undo window, deletes lists that have run out, and what enrolment left half done. */
  async settle(): Promise<void> {
    await this.forEvery((row) => this.settleOne(row));
  }

  /** A store that does not open says so when it is unlocked; the others on this phone still work. */
  private async forEvery(work: (row: DeviceRow) => Promise<void>): Promise<void> {
    for (const row of await this.registry.rows()) {
      await work(row).catch((error: unknown) => {
        if (!(error instanceof FieldProblem)) {
          throw error;
        }
      });
    }
  }

  private async settleOne(row: DeviceRow): Promise<void> {
    const store = await this.store(row.id);
    const meta = await store.meta();
    if (meta === undefined || meta.state === "enrolling") {
      if (row.madeAt < this.ground.clocks.now() - DAY_MS) {
        await this.forget(store);
      }
      return;
    }
    await outbox.chain(store, outbox.EVERY);
    await expireLists(store, this.ground.clocks);
  }

  /** Sends what waits on locked devices, now and when a connection or the officer comes back. */
  listen(): void {
    const { signal } = this.ending;
    const send = () => void this.sendLocked().catch(() => undefined);
    globalThis.addEventListener?.("online", send, { signal });
    globalThis.document?.addEventListener(
      "visibilitychange",
      () => document.visibilityState === "visible" && send(),
      {
        signal,
      },
    );
    signal.addEventListener(
      "abort",
      updates.subscribe(() => this.updateIsReady()),
    );
    send();
  }

  private async sendLocked(): Promise<void> {
    if (globalThis.navigator?.onLine === false) {
      return;
    }
    for (const device of await this.devices()) {
      if (device.waiting > 0 && !this.clients.has(device.id)) {
        await this.syncLocked(device.id).catch(() => undefined); // the next one may be luckier
      }
    }
  }

  /** Closes everything (tests; a page just goes). */
  async end(): Promise<void> {
    this.ending.abort();
    await Promise.all([...this.clients.values()].map((client) => client.lock()));
    this.notices.close();
    for (const store of this.stores.values()) {
      store.close();
    }
    this.registry.close();
  }

  subscribe(listener: () => void): () => void {
    return this.listeners.subscribe(listener);
  }

  private changed(): void {
    this.listeners.tell();
  }

  private heard(device: string): void {
    void this.clients
      .get(device)
      ?.refresh()
      .catch(() => undefined);
    this.changed();
  }

  /** The screens of an unlocked store listen to its client alone. */
  private updateIsReady(): void {
    for (const client of this.clients.values()) {
      client.changed();
    }
    this.changed();
  }

  private wrote(device: string, isWaiting = false): void {
    this.notices.say(device);
    if (isWaiting) {
      askBackgroundSync();
    }
    this.changed();
  }

  private closed(client: EngineClient): void {
    const { device } = client.store;
    if (this.clients.get(device) === client) {
      this.clients.delete(device);
    }
    this.wrote(device, client.isWaiting());
  }

  private async store(id: string): Promise<Store> {
    const known = this.stores.get(id);
    if (known !== undefined) {
      return known;
    }
    const store = await Store.open(id, this.ground.hook);
    this.stores.set(id, store);
    return store;
  }

  /** A store that is listed here. Problem: not_enrolled. */
  private async listed(id: string): Promise<Store> {
    if (!(await this.registry.rows()).some((row) => row.id === id)) {
      throw notEnrolled();
    }
    return this.store(id);
  }

  async devices(): Promise<DeviceSummary[]> {
    const found = await Promise.all((await this.registry.rows()).map((row) => this.summary(row)));
    return found.filter((one) => one !== null);
  }

  private async summary({ id, label }: DeviceRow): Promise<DeviceSummary | null> {
    try {
      const store = await this.store(id);
      const meta = await store.meta();
      if (meta === undefined || meta.state === "enrolling") {
        return null;
      }
      const { pending, waiting } = await outbox.counts(store);
      const hasFingerprint =
        (await store.read(["slots"], (tx) => tx.objectStore("slots").count("fingerprint"))) > 0;
      const { state, syncedAt, tries } = meta;
      return { id, label, state, waiting: pending + waiting, syncedAt, hasFingerprint, tries };
    } catch (error) {
      if (!(error instanceof FieldProblem)) {
        throw error;
      }
      // It is listed all the same: unlocking says what is wrong and what to do.
      return { id, label, state: "active", waiting: 0, syncedAt: null, hasFingerprint: false, tries: 0 };
    }
  }

  advise(passphrase: string): PassphraseAdvice {
    return advise(passphrase);
  }

  mistyped(code: string): number {
    try {
      parseLink(code);
      return 0;
    } catch (error) {
      return error instanceof MistypedCode && error.group > 0 ? error.group : -1;
    }
  }

  async enrol(code: string, passphrase: string, label: string): Promise<FieldClient> {
    await askToKeep();
    const { clocks } = this.ground;
    const enrolling = {
      ...this.ground,
      app: APP,
      begun: () => this.begun(),
      make: async (id: string) => {
        const others = (await this.registry.rows()).length;
        await this.registry.put({ id, label: label.trim() || `Officer ${others + 1}`, madeAt: clocks.now() });
        return this.store(id);
      },
    };
    const { enrol } = await unlocking();
    const { store, key } = await enrol(enrolling, code, passphrase, label);
    return this.start(store, key);
  }

  private async begun(): Promise<Store[]> {
    const stores = await Promise.all(
      (await this.registry.rows()).map((row) => this.store(row.id).catch(() => null)),
    );
    const begun = await Promise.all(
      stores.map(async (store) => ((await store?.meta())?.state === "enrolling" ? store : null)),
    );
    return begun.filter((store) => store !== null);
  }

  async unlock(deviceId: string, passphrase: string): Promise<FieldClient> {
    const store = await this.listed(deviceId);
    const { unlock } = await unlocking();
    return this.opened(store, () => unlock(store, passphrase));
  }

  async unlockWithFingerprint(deviceId: string): Promise<FieldClient> {
    const store = await this.listed(deviceId);
    const { askFingerprint, unlockWithSecret } = await unlocking();
    return this.opened(store, () =>
      unlockWithSecret(store, (slot) => askFingerprint(slot.credential, slot.salt)),
    );
  }

  private async opened(store: Store, open: () => Promise<StoreKey>): Promise<EngineClient> {
    let key: StoreKey;
    try {
      key = await open();
    } catch (error) {
      this.heard(store.device); // a wipe closes what is open of it in this window too
      throw error;
    } finally {
      this.wrote(store.device); // tries have changed
    }
    return this.start(store, key);
  }

  private async start(store: Store, key: StoreKey): Promise<EngineClient> {
    await this.clients.get(store.device)?.lock();
    const { EngineClient, openSession } = await unlocking();
    void askToKeep();
    const client = await EngineClient.start(this.holder, store, await openSession(store, key));
    this.clients.set(store.device, client);
    this.changed();
    return client;
  }

  async syncLocked(deviceId: string): Promise<SyncOutcome> {
    try {
      return await syncLocked(await this.listed(deviceId), this.ground);
    } finally {
      this.wrote(deviceId);
    }
  }

  async exportLocked(deviceId: string): Promise<OutboxExport> {
    return exportOutbox(await this.listed(deviceId), this.ground.clocks);
  }

  async remove(deviceId: string): Promise<void> {
    const store = await this.listed(deviceId);
    if ((await store.meta())?.state === "active") {
      throw refused(
        "This store is in use. Its officer ends it by leaving, or a coordinator by revoking the device.",
      );
    }
    const { pending, waiting } = await outbox.counts(store);
    if (pending + waiting > 0) {
      throw refused(
        `${pending + waiting} recorded here still wait to be sent. Sync first, or export them to a file.`,
      );
    }
    await this.forget(store);
    this.wrote(deviceId);
  }

  private async forget(store: Store): Promise<void> {
    this.stores.delete(store.device);
    await store.destroy();
    await this.registry.delete(store.device);
  }

  practice(): Promise<FieldClient> {
    return this.practise();
  }

  async storage(): Promise<StorageState> {
    const manager = globalThis.navigator?.storage;
    const { usage = 0, quota = 0 } = (await manager?.estimate?.()) ?? {};
    const persisted = (await manager?.persisted?.()) ?? false;
    return { persisted, usedBytes: usage, quotaBytes: quota, low: quota > 0 && quota - usage < LITTLE_BYTES };
  }

  updateReady(): boolean {
    return updates.ready();
  }

  async restartWithUpdate(): Promise<void> {
    await Promise.all([...this.clients.values()].map((client) => client.lock()));
    // Also where a store does not open: the newer version may be what mends it.
    await this.forEvery(async ({ id }) => {
      await outbox.chain(await this.store(id), outbox.EVERY);
    });
    updates.apply();
  }
}
