/**
 * What the screens may ask of a device, and what they are told. The engine implements it over IndexedDB and the service
 * (engine/), practice mode over invented houses in memory (practice/): the screens cannot tell which, but for `practice`.
 *
 * Reads are synchronous and from memory, so that a screen never waits; `subscribe` says when to read again. Whatever
 * writes resolves only when it is durable. Every failure is a FieldProblem whose `message` is a sentence for the officer.
 */

import type {
  AddressNote,
  Answers,
  CampaignCard,
  Decision,
  Hazard,
  House,
  HouseState,
  Outcome,
  Questionnaire,
  Registration,
  Street,
  Told,
  Visit,
} from "./protocol/types";

/** A failure the officer can act on. `code` names it for the screens; `message` says what happened and what to do. */
export class FieldProblem extends Error {
  constructor(
    readonly code: ProblemCode,
    message: string,
    /** Unlocking: wrong tries so far. */
    readonly tries = 0,
  ) {
    super(message);
    this.name = "FieldProblem";
  }
}

export type ProblemCode =
  | "locked"
  | "not_enrolled"
  | "wrong_passphrase"
  | "wiped"
  | "revoked"
  | "bad_code"
  | "not_reached"
  | "not_trusted"
  | "refused"
  | "too_late"
  | "unknown_house"
  | "storage_full"
  | "storage_broken"
  | "newer_store"
  | "no_fingerprint";

/** One officer's sealed store on this phone, as the first screen lists them; nothing in it needs an unlock. */
export interface DeviceSummary {
  id: string;
  /** What the officer called it at enrolment, such as "Ada's lists". Not the officer's name unless they chose so. */
  label: string;
  state: "active" | "lost" | "leaver" | "wiped";
  waiting: number;
  syncedAt: number | null;
  hasFingerprint: boolean;
  /** Wrong tries in a row. From the fifth on the screens warn; the tenth wipes. */
  tries: number;
}

export interface PassphraseAdvice {
  /** 0 (too weak, refused) to 4. */
  strength: 0 | 1 | 2 | 3 | 4;
  accepted: boolean;
  words: string;
}

/** All that this phone holds: several officers, each with a store of their own. */
export interface Phone {
  devices(): Promise<DeviceSummary[]>;
  advise(passphrase: string): PassphraseAdvice;
  /** The group (1 to 8) of an enrolment code that is mistyped, 0 where the code is whole, -1 where it is too short. */
  mistyped(code: string): number;
  /** Enrols at this app's own service. The device stays unlocked. Problems: bad_code, not_reached, not_trusted, refused. */
  enrol(code: string, passphrase: string, label: string): Promise<FieldClient>;
  /** Opens a store: unlocked with a passphrase. Problems: wrong_passphrase (tries), wiped, storage_broken, newer_store. */
  unlock(deviceId: string, passphrase: string): Promise<FieldClient>;
  unlockWithFingerprint(deviceId: string): Promise<FieldClient>;
  /** Syncs a device while it is locked. */
  syncLocked(deviceId: string): Promise<SyncOutcome>;
  /** An export of a locked device's outbox, signed: what to do when a phone will not sync. */
  exportLocked(deviceId: string): Promise<OutboxExport>;
  /** Takes a device that was wiped or whose officer left off this phone. Refused while anything waits unsent. */
  remove(deviceId: string): Promise<void>;
  practice(): Promise<FieldClient>;
  storage(): Promise<StorageState>;
  /** Says when `devices` or `updateReady` would answer otherwise, such as after a sync of a locked device. */
  subscribe(listener: () => void): () => void;
  /** A newer version of the app is here and waits for `restartWithUpdate`. */
  updateReady(): boolean;
  /** Chains what is in its undo window, locks, and loads the newer version. */
  restartWithUpdate(): Promise<void>;
}

export interface StorageState {
  persisted: boolean;
  usedBytes: number;
  quotaBytes: number;
  /** True when so little is left that the officer should sync and call in. */
  low: boolean;
}

export interface OutboxExport {
  name: string;
  bytes: Uint8Array;
  events: number;
}

export interface HouseKey {
  worklist: number;
  uprn: string;
}

/** A house as shown: the list's state with this officer's own unshown events folded in, and the flag computed now. */
export interface HouseView {
  key: HouseKey;
  street: Pick<Street, "usrn" | "name" | "lon" | "lat">;
  house: House;
  state: HouseState;
  decision: Decision;
  /** Own events here that the list does not show yet, or that are held; oldest first. */
  own: OwnEvent[];
  /** A callback that is due now. */
  due: boolean;
}

export interface StreetSummary {
  worklist: number;
  usrn: string;
  name: string;
  campaign: string;
  houses: number;
  /** Houses whose flag says yes now, and later. */
  toVisit: number;
  later: number;
  visited: number;
  callbacksDue: number;
  hazards: number;
}

export interface ListInfo {
  worklist: number;
  campaign: CampaignCard;
  houses: number;
  version: number;
  notAfter: number;
  outcomes: Outcome[];
  questionnaires: Questionnaire[];
  timeZone: string;
}

/** What an officer did here, as far as it can be told: never a name, an answer or a text. */
export interface OwnEvent {
  id: string;
  key: HouseKey;
  address: string;
  at: number;
  outcome: string;
  callbackDate: string;
  callbackSlot: string;
  withdraws: string;
  withdrawn: boolean;
  registrations: string[];
  answered: boolean;
  hazard: string;
  note: string;
  state: "undoable" | "waiting" | "receipted";
  /** Of a receipted event: applied, held or rejected, and why in words. */
  status: "" | "applied" | "held" | "rejected";
  reason: string;
  undoUntil: number;
}

/** All that one event may say of one house; at least one member. */
export interface AtDoor {
  visit?: Visit;
  registrations?: Registration[];
  answers?: Answers;
  hazard?: Hazard;
  addressNote?: AddressNote;
}

export interface SyncProgress {
  running: boolean;
  /** "sending `sent` of `of`"; both 0 where nothing waits. */
  sent: number;
  of: number;
}

export interface GoneList {
  worklist: number;
  reason: "recalled" | "expired" | "closed";
}

export interface SyncOutcome {
  sent: number;
  applied: number;
  held: { id: string; words: string }[];
  /** Lists that came, changed or went. */
  lists: number;
  removed: GoneList[];
  revoked: "" | "lost" | "leaver";
  left: number;
  at: number;
}

export interface Status {
  deviceId: string;
  officer: string;
  practice: boolean;
  state: "active" | "lost" | "leaver" | "wiped";
  /** True after `lock`, by button, by time or by the end of the shift: everything but `status` is a "locked" problem. */
  locked: boolean;
  /** Events in their undo window, and chained but not receipted. */
  undoable: number;
  waiting: number;
  held: number;
  /** The service's time as this phone can tell. */
  now: number;
  timeZone: string;
  syncedAt: number | null;
  sync: SyncProgress;
  lastSync: SyncOutcome | null;
  /** Lists that went from this phone, also while it was locked, until `noteGone`. */
  gone: GoneList[];
  /** Why the last sync failed, a sentence; "" where it did not. */
  syncProblem: string;
  /** The phone's clock is out by this many minutes, as last seen (0 below five). */
  clockOutMinutes: number;
  guideDone: boolean;
  updateReady: boolean;
}

/** A survey or a form half done, under the store key, gone at the end of the shift. */
export interface Draft {
  name: string;
  savedAt: number;
  content: unknown;
}

/** What a resident types at the service's /check page to see that officer and campaign are genuine. */
export interface Badge {
  officer: string;
  campaign: string;
  code: string;
  /** Where to check it, as a person would type it. */
  page: string;
}

export interface FieldClient {
  readonly practice: boolean;
  subscribe(listener: () => void): () => void;

  status(): Status;
  lists(): ListInfo[];
  streets(): StreetSummary[];
  /** Houses of a street of a list, in walking order. */
  street(worklist: number, usrn: string): HouseView[];
  house(key: HouseKey): HouseView;
  /** By number and street, house name, or postcode; at most 50, houses to visit first. */
  find(words: string): HouseView[];
  callbacksDue(): HouseView[];
  told(worklist: number, usrn: string): Told[];
  /** Newest first, of the last 14 days. */
  ownEvents(): OwnEvent[];

  /** Seals at once and keeps; with `undoMs` it waits unchained that long. Resolves to the event's id. */
  record(key: HouseKey, door: AtDoor, undoMs?: number): Promise<string>;
  /** Takes an event back within its window, without a trace. Problem: too_late. */
  undo(eventId: string): Promise<void>;
  /** Withdraws a visit recorded before; the withdrawal's event id. */
  withdraw(eventId: string): Promise<string>;
  newId(): string;

  draft(name: string): Draft | null;
  saveDraft(name: string, content: unknown): Promise<void>;
  dropDraft(name: string): Promise<void>;

  /** The link behind the QR code with which residents of a house register themselves. */
  registrationLink(key: HouseKey): Promise<string>;
  badge(worklist: number): Promise<Badge>;

  /** Exchanges until nothing is left on either side. Never two at once: a second call joins the first. */
  sync(): Promise<SyncOutcome>;
  exportOutbox(): Promise<OutboxExport>;
  /** Syncs, drops drafts, and locks. Refused with what still waits where the sync could not send everything. */
  endShift(): Promise<SyncOutcome>;
  lock(): Promise<void>;
  /** After how many minutes without a touch it locks by itself. */
  autoLockMinutes(): number;
  /** 1 to 60. */
  setAutoLockMinutes(minutes: number): Promise<void>;
  changePassphrase(was: string, is: string): Promise<void>;
  addFingerprint(): Promise<void>;
  /** Whether this browser can unlock with a fingerprint or face (WebAuthn PRF). */
  canAddFingerprint(): Promise<boolean>;
  markGuideDone(): Promise<void>;
  /** The officer has seen which lists are gone. */
  noteGone(): Promise<void>;
}
