/**
 * Practice: everything that a device does, on an invented street and in memory alone. The lists, the flags and what may
 * be recorded come from the same functions as the real client's; there is no key, no store and no service, so nothing
 * that is recorded here can be sent, and all of it is gone when the app is closed.
 */

import {
  type AtDoor,
  type Badge,
  type Draft,
  type FieldClient,
  FieldProblem,
  type HouseKey,
  type HouseView,
  type ListInfo,
  type OutboxExport,
  type OwnEvent,
  type Status,
  type StreetSummary,
  type SyncOutcome,
  type SyncProgress,
} from "../contract";
import { makeBody, withdrawable } from "../engine/record";
import { fullAddress } from "../engine/search";
import { Views } from "../engine/views";
import { Listeners } from "../listeners";
import { words } from "../protocol/receipts";
import type { Told } from "../protocol/types";
import { type Fate, isHeld, type Own, type OwnRecord, OwnRecords, recordOf } from "../store/own";
import { locked, refused, tooLate } from "../store/problems";
import { PracticeService } from "./service";
import { ZONE } from "./street";

const SEND_MS = 150;
const AUTO_LOCK_MINUTES = 10;
const REST: SyncProgress = { running: false, sent: 0, of: 0 };

/** A new practice, as if nobody had ever called on Sample Street. */
export async function practise(): Promise<FieldClient> {
  return new PracticeClient();
}

class PracticeClient implements FieldClient {
  readonly practice = true;
  private readonly listeners = new Listeners();
  private readonly service = new PracticeService(Date.now());
  private readonly own = new OwnRecords();
  private readonly drafts = new Map<string, Draft>();
  private readonly views = new Views({ all: () => [this.service.open] }, this.own, Date.now);
  private places = 0;
  private window: ReturnType<typeof setTimeout> | undefined;
  private syncing: Promise<SyncOutcome> | null = null;
  private progress = REST;
  private last: SyncOutcome | null = null;
  private syncedAt = Date.now();
  private isLocked = false;
  private guideDone = false;

  subscribe(listener: () => void): () => void {
    return this.listeners.subscribe(listener);
  }

  private changed(): void {
    this.listeners.tell();
  }

  /** Problem: locked, once practice was ended. */
  private seen(): Views {
    if (this.isLocked) {
      throw locked();
    }
    return this.views;
  }

  // Looking.

  status(): Status {
    const { pending, waiting, held } = this.own.counts();
    return {
      deviceId: "practice",
      officer: this.service.open.list.officer,
      practice: true,
      state: "active",
      locked: this.isLocked,
      undoable: pending,
      waiting,
      held,
      now: Date.now(),
      timeZone: ZONE,
      syncedAt: this.syncedAt,
      sync: this.progress,
      lastSync: this.last,
      gone: [],
      syncProblem: "",
      clockOutMinutes: 0,
      guideDone: this.guideDone,
      updateReady: false,
    };
  }

  lists(): ListInfo[] {
    return this.seen().infos();
  }

  streets(): StreetSummary[] {
    return this.seen().streets();
  }

  street(worklist: number, usrn: string): HouseView[] {
    return this.seen().street(worklist, usrn);
  }

  house(key: HouseKey): HouseView {
    return this.seen().house(key);
  }

  find(typed: string): HouseView[] {
    return this.seen().search(typed);
  }

  callbacksDue(): HouseView[] {
    return this.seen().callbacksDue();
  }

  told(worklist: number, usrn: string): Told[] {
    return this.seen().told(worklist, usrn);
  }

  ownEvents(): OwnEvent[] {
    return this.seen().ownEvents();
  }

  // Recording.

  async record(key: HouseKey, door: AtDoor, undoMs = 0): Promise<string> {
    const { open, place } = this.seen().at(key);
    const now = Date.now();
    const { list, table } = open;
    const body = makeBody(door, { uprn: key.uprn, list, table, clock: { recorded_at: now }, now });
    const address = fullAddress(place.street, place.house.address);
    return this.keep(recordOf(body, this.newId(), address, now), undoMs);
  }

  async withdraw(eventId: string): Promise<string> {
    this.seen();
    const { uprn, campaign, worklist, address } = withdrawable(this.own.all(), eventId);
    const now = Date.now();
    const body = { uprn, campaign, worklist, clock: { recorded_at: now }, withdraws: eventId };
    return this.keep(recordOf(body, this.newId(), address, now), 0);
  }

  /** As in the real chain, a new event ends the undo windows of those before it. */
  private keep(record: OwnRecord, undoMs: number): string {
    this.chain();
    this.places += 1;
    const fate: Fate = {
      id: record.id,
      place: this.places,
      state: undoMs > 0 ? "pending" : "waiting",
      undoUntil: undoMs > 0 ? record.at + undoMs : 0,
      status: "",
      reason: "",
      worklist: 0,
      version: 0,
      answered: 0,
    };
    this.own.note([fate], record);
    if (undoMs > 0) {
      this.window = setTimeout(() => this.windowPassed(), undoMs);
    }
    this.changed();
    return record.id;
  }

  private windowPassed(): void {
    this.chain();
    this.changed();
  }

  private chain(): void {
    clearTimeout(this.window);
    const pending = this.own.all().filter(({ fate }) => fate.state === "pending");
    this.own.note(pending.map(({ fate }): Fate => ({ ...fate, state: "waiting", undoUntil: 0 })));
  }

  async undo(eventId: string): Promise<void> {
    this.seen();
    if (this.own.all().find(({ record }) => record.id === eventId)?.fate.state !== "pending") {
      throw tooLate();
    }
    this.own.drop(eventId);
    this.changed();
  }

  newId(): string {
    return crypto.randomUUID();
  }

  draft(name: string): Draft | null {
    this.seen();
    return this.drafts.get(name) ?? null;
  }

  async saveDraft(name: string, content: unknown): Promise<void> {
    this.seen();
    this.drafts.set(name, { name, savedAt: Date.now(), content });
  }

  async dropDraft(name: string): Promise<void> {
    this.seen();
    this.drafts.delete(name);
  }

  // At the door.

  /** A link that registers nobody: the service knows no such code. */
  async registrationLink(key: HouseKey): Promise<string> {
    this.seen().find(key);
    return `${origin()}/join#PRACTICE`;
  }

  /** A code that the service tells a resident not to trust. */
  async badge(_worklist: number): Promise<Badge> {
    this.seen();
    const { officer, campaign } = this.service.open.list;
    const page = `${origin().replace(/^https?:\/\//, "")}/check`;
    return { officer, campaign: campaign.name, code: "PRACTICE", page };
  }

  // Syncing.

  sync(): Promise<SyncOutcome> {
    this.syncing ??= this.exchange().finally(() => {
      this.syncing = null;
    });
    return this.syncing;
  }

  /** Takes a moment for each event, so that the numbers are seen to count. */
  private async exchange(): Promise<SyncOutcome> {
    this.seen();
    const events = this.own.all().filter(({ fate }) => fate.state === "waiting");
    for (let sent = 0; sent < Math.max(events.length, 1); sent++) {
      this.progress = { running: true, sent, of: events.length };
      this.changed();
      await new Promise((resolve) => setTimeout(resolve, SEND_MS));
    }
    this.seen();
    const fates = this.service.take(events);
    this.own.note(fates);
    this.progress = REST;
    this.syncedAt = Date.now();
    this.last = this.outcomeOf(events.map(({ record }, at) => ({ record, fate: fates[at] as Fate })));
    this.changed();
    return this.last;
  }

  private outcomeOf(events: Own[]): SyncOutcome {
    const held = events.filter(isHeld);
    return {
      sent: events.length,
      applied: events.length - held.length,
      held: held.map(({ fate }) => ({ id: fate.id, words: words(fate.reason) })),
      lists: events.length > held.length ? 1 : 0,
      removed: [],
      revoked: "",
      left: 0,
      at: this.syncedAt,
    };
  }

  async exportOutbox(): Promise<OutboxExport> {
    throw refused("Practice has nothing to hand over: what is recorded here goes nowhere.");
  }

  async endShift(): Promise<SyncOutcome> {
    this.seen();
    await this.syncing;
    this.chain();
    const outcome = await this.sync();
    await this.lock();
    return outcome;
  }

  // The lock.

  async lock(): Promise<void> {
    this.isLocked = true;
    clearTimeout(this.window);
    this.own.replace([], []);
    this.drafts.clear();
    this.changed();
  }

  autoLockMinutes(): number {
    return AUTO_LOCK_MINUTES;
  }

  async setAutoLockMinutes(_minutes: number): Promise<void> {
    throw ownLists("Practice has nothing to lock.");
  }

  async changePassphrase(_was: string, _is: string): Promise<void> {
    throw ownLists("Practice has no passphrase.");
  }

  async addFingerprint(): Promise<void> {
    throw ownLists("Practice needs no fingerprint.");
  }

  async canAddFingerprint(): Promise<boolean> {
    return false;
  }

  /** For as long as practice lasts: only on the officer's own lists is it told to the service. */
  async noteGone(): Promise<void> {
    this.seen();
  }

  async markGuideDone(): Promise<void> {
    this.seen();
    this.guideDone = true;
    this.changed();
  }
}

function origin(): string {
  return globalThis.location?.origin ?? "";
}

function ownLists(why: string): FieldProblem {
  return refused(`${why} Open your own lists to set this.`);
}
