/** A device while it is unlocked: what the screens ask, over the store, the way to the service and the clocks. */

import type {
  AtDoor,
  Badge,
  Draft,
  FieldClient,
  HouseKey,
  HouseView,
  ListInfo,
  OutboxExport,
  OwnEvent,
  Status,
  StreetSummary,
  SyncOutcome,
} from "../contract";
import { FieldProblem } from "../contract";
import { Listeners } from "../listeners";
import { newId } from "../protocol/keys";
import type { Told } from "../protocol/types";
import { Drafts } from "../store/drafts";
import { expire } from "../store/lists";
import * as outbox from "../store/outbox";
import { OwnRecords } from "../store/own";
import * as ownSealed from "../store/own_sealed";
import { gone, locked, refused } from "../store/problems";
import type { MetaRow } from "../store/schema";
import { putMeta, type Store } from "../store/store";
import { minutesOut, serviceTime } from "./clock";
import { badge, registrationLink } from "./door";
import { addFingerprint, isAvailable } from "./fingerprint";
import type { Holder } from "./holder";
import { APP, exportOutbox } from "./locked";
import { OpenLists } from "./open_lists";
import { Recorder } from "./recorder";
import { closeSession, keepAutoLock, type Session } from "./session";
import { Syncer } from "./syncer";
import { Triggers } from "./triggers";
import { changePassphrase } from "./unlock";
import { Views } from "./views";

/** Raised with every change of the guide that officers should read again. */
const GUIDE_VERSION = "1";
const MINUTE_MS = 60_000;

export class EngineClient implements FieldClient {
  readonly practice = false;
  private readonly listeners = new Listeners();
  private readonly open: OpenLists;
  private readonly own = new OwnRecords();
  private readonly drafts: Drafts;
  private readonly views: Views;
  private readonly recorder: Recorder;
  private readonly triggers: Triggers;
  private readonly syncer: Syncer;

  private constructor(
    private readonly holder: Holder,
    readonly store: Store,
    private session: Session | null,
    private meta: MetaRow,
  ) {
    const { clocks, send } = holder;
    this.open = new OpenLists(store, (session as Session).sealKey);
    this.drafts = new Drafts(store, () => clocks.now());
    this.views = new Views(this.open, this.own, () => this.now());
    this.recorder = new Recorder(store, clocks, this.own, this.views);
    this.syncer = new Syncer(
      { store, send, clocks, app: APP, opened: this.open },
      () => this.changed(),
      (hasWorked) => this.synced(hasWorked),
    );
    // A trigger's failure is told by the status; there is nobody to throw to.
    const quietly = (work: Promise<unknown>) => work.catch(() => undefined).then(() => undefined);
    this.triggers = new Triggers(
      {
        sync: () => quietly(this.sync()),
        chain: (which) =>
          quietly(this.chain(which === "due" ? outbox.windowPassed(clocks.now()) : outbox.EVERY)),
        lock: () => quietly(this.lock()),
        tick: () => quietly(this.tick()),
      },
      clocks,
      () => this.autoLockMinutes() * MINUTE_MS,
    );
  }

  /** Opens what the store holds; what a kill left in its undo window is chained. Problems: wiped, revoked, storage_broken. */
  static async start(holder: Holder, store: Store, session: Session): Promise<EngineClient> {
    await outbox.chain(store, outbox.EVERY);
    const meta = (await store.meta()) as MetaRow;
    const client = new EngineClient(holder, store, session, meta);
    try {
      await client.drafts.load(session.key);
      await client.refresh();
      client.triggers.syncNow();
    } catch (error) {
      client.triggers.end();
      throw error;
    }
    return client;
  }

  subscribe(listener: () => void): () => void {
    return this.listeners.subscribe(listener);
  }

  /** Has the screens ask again. */
  changed(): void {
    this.listeners.tell();
  }

  /** Reads the store again: another window, the worker or an exchange has written to it. */
  async refresh(): Promise<void> {
    const { session, store } = this;
    if (session === null) {
      return;
    }
    this.meta = (await store.meta()) ?? this.meta;
    if (this.meta.state !== "active") {
      await this.lock();
      return;
    }
    await expire(store, this.now());
    await this.open.refresh();
    await ownSealed.refresh(this.own, store, session.key);
    if (this.session === null) {
      this.forget();
    }
    this.changed();
  }

  private async tick(): Promise<void> {
    if ((await expire(this.store, this.now())).length > 0) {
      await this.refresh();
    }
    this.changed();
  }

  private now(): number {
    return serviceTime(this.holder.clocks, this.meta.seen);
  }

  /** Problems: locked, wiped, revoked. */
  private unlocked(): Session {
    if (this.meta.state !== "active") {
      throw gone(this.meta.state);
    }
    if (this.session === null) {
      throw locked();
    }
    return this.session;
  }

  // Looking.

  status(): Status {
    const { meta, session } = this;
    const { pending, waiting, held } = this.own.counts();
    return {
      deviceId: this.store.device,
      officer: session?.officer ?? "",
      practice: false,
      state: meta.state as Status["state"],
      locked: session === null,
      undoable: pending,
      waiting,
      held,
      now: this.now(),
      timeZone: meta.timeZone,
      syncedAt: meta.syncedAt,
      sync: this.syncer.progress,
      lastSync: this.syncer.last,
      gone: meta.gone ?? [],
      syncProblem: this.syncer.problem,
      clockOutMinutes: minutesOut(this.holder.clocks, meta.seen),
      guideDone: meta.guide === GUIDE_VERSION,
      updateReady: this.holder.updateReady(),
    };
  }

  lists(): ListInfo[] {
    this.unlocked();
    return this.views.infos();
  }

  streets(): StreetSummary[] {
    this.unlocked();
    return this.views.streets();
  }

  street(worklist: number, usrn: string): HouseView[] {
    this.unlocked();
    return this.views.street(worklist, usrn);
  }

  house(key: HouseKey): HouseView {
    this.unlocked();
    return this.views.house(key);
  }

  find(words: string): HouseView[] {
    this.unlocked();
    return this.views.search(words);
  }

  callbacksDue(): HouseView[] {
    this.unlocked();
    return this.views.callbacksDue();
  }

  told(worklist: number, usrn: string): Told[] {
    this.unlocked();
    return this.views.told(worklist, usrn);
  }

  ownEvents(): OwnEvent[] {
    this.unlocked();
    return this.views.ownEvents();
  }

  // Recording.

  async record(key: HouseKey, door: AtDoor, undoMs = 0): Promise<string> {
    const id = await this.recorder.record(this.unlocked(), this.meta, key, door, undoMs);
    this.noteRecorded(Math.min(undoMs, outbox.LONGEST_UNDO_MS));
    return id;
  }

  async withdraw(eventId: string): Promise<string> {
    const id = await this.recorder.withdraw(this.unlocked(), this.meta, eventId);
    this.noteRecorded(0);
    return id;
  }

  private noteRecorded(undoMs: number): void {
    if (this.session === null) {
      this.forget(); // it was locked while this was sealed: the record is kept, and nothing of it in memory
    }
    this.triggers.noteRecorded(undoMs);
    this.wrote();
  }

  private wrote(): void {
    this.holder.wrote(this.store.device, this.isWaiting());
    this.changed();
  }

  /** Whether anything is left to send. */
  isWaiting(): boolean {
    const { pending, waiting } = this.own.counts();
    return pending + waiting > 0;
  }

  async undo(eventId: string): Promise<void> {
    this.unlocked();
    await outbox.undo(this.store, eventId);
    this.own.drop(eventId);
    this.wrote();
  }

  private async chain(due: outbox.Due): Promise<void> {
    const rows = await outbox.chain(this.store, due);
    if (rows.length > 0) {
      this.own.note(rows);
      this.wrote();
    }
  }

  newId(): string {
    return newId();
  }

  draft(name: string): Draft | null {
    this.unlocked();
    return this.drafts.read(name);
  }

  saveDraft(name: string, content: unknown): Promise<void> {
    return this.drafts.save(this.unlocked().key, name, content);
  }

  dropDraft(name: string): Promise<void> {
    return this.drafts.drop(this.unlocked().key, name);
  }

  // At the door.

  async registrationLink(key: HouseKey): Promise<string> {
    this.unlocked();
    return registrationLink(this.holder.origin, this.views.find(key).open, key);
  }

  async badge(worklist: number): Promise<Badge> {
    this.unlocked();
    return badge(this.holder.origin, this.views.list(worklist), this.now());
  }

  // Syncing.

  async sync(): Promise<SyncOutcome> {
    this.unlocked();
    return this.syncer.sync();
  }

  private async synced(hasWorked: boolean): Promise<void> {
    this.triggers.noteSync(hasWorked);
    await this.refresh();
    this.wrote();
  }

  exportOutbox(): Promise<OutboxExport> {
    return exportOutbox(this.store, this.holder.clocks);
  }

  async endShift(): Promise<SyncOutcome> {
    this.unlocked();
    await this.chain(outbox.EVERY);
    const outcome = await this.syncer.syncAnew().catch((error: unknown) => {
      throw error instanceof FieldProblem ? this.stillWaiting(error.message) : error;
    });
    if (outcome.left > 0) {
      throw this.stillWaiting("The service did not take everything.");
    }
    await this.drafts.dropAll();
    await this.lock();
    return outcome;
  }

  private stillWaiting(why: string): FieldProblem {
    const { waiting } = this.own.counts();
    const what = waiting === 1 ? "1 event still waits" : `${waiting} events still wait`;
    return refused(`${what} to be sent. ${why} Sync again, or lock now: a locked phone goes on trying.`);
  }

  // The lock.

  async lock(): Promise<void> {
    const { session } = this;
    if (session === null) {
      return;
    }
    this.session = null;
    this.triggers.end();
    closeSession(session);
    this.forget();
    try {
      await this.chain(outbox.EVERY);
    } finally {
      this.holder.closed(this);
      this.changed();
    }
  }

  private forget(): void {
    this.open.forget();
    this.own.forget();
    this.drafts.forget();
    this.views.forget();
  }

  autoLockMinutes(): number {
    return this.session?.settings.autoLockMinutes ?? 0;
  }

  async setAutoLockMinutes(minutes: number): Promise<void> {
    await keepAutoLock(this.store, this.unlocked(), minutes);
    this.changed();
  }

  changePassphrase(was: string, is: string): Promise<void> {
    this.unlocked();
    return changePassphrase(this.store, was, is, this.holder.cost);
  }

  async addFingerprint(): Promise<void> {
    await addFingerprint(this.store, this.unlocked().key);
    this.changed();
  }

  canAddFingerprint(): Promise<boolean> {
    return isAvailable();
  }

  async markGuideDone(): Promise<void> {
    this.unlocked();
    this.meta = await this.store.write("guide", ["meta"], (tx) => putMeta(tx, { guide: GUIDE_VERSION }));
    this.changed();
  }

  async noteGone(): Promise<void> {
    this.unlocked();
    this.meta = await this.store.write("gone", ["meta"], (tx) => putMeta(tx, { gone: [] }));
    this.wrote();
  }
}
