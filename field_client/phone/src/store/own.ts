/**
 * The officer's own records: the least that the screen needs of what was just recorded. The store keeps them sealed
 * (own_sealed.ts).
 *
 * No name, contact, answer or text of anybody; an event cannot be read back. A record is counted into its house until
 * the opened list has caught up with what the event's receipt named, and is deleted with its envelope.
 */

import type { Fact } from "../protocol/fold";
import type { EventBody } from "../protocol/types";
import type { OutboxRow } from "./schema";

/** One event of this officer. `at` is the estimated service time; `registrations` are ids, not people. */
export interface OwnRecord {
  id: string;
  uprn: string;
  address: string;
  worklist: number;
  campaign: number;
  at: number;
  outcome: string;
  callbackDate: string;
  callbackSlot: string;
  language: string;
  withdraws: string;
  registrations: string[];
  answered: boolean;
  hazard: string;
  note: string;
}

/** What has become of an event, as its row in the outbox has it. */
export type Fate = Pick<
  OutboxRow,
  "id" | "place" | "state" | "undoUntil" | "status" | "reason" | "worklist" | "version" | "answered"
>;

/** An own record with what has become of its event. */
export interface Own {
  record: OwnRecord;
  fate: Fate;
}

export function recordOf(body: EventBody, id: string, address: string, now: number): OwnRecord {
  const { visit } = body;
  return {
    id,
    uprn: body.uprn,
    address,
    worklist: body.worklist,
    campaign: body.campaign,
    at: now,
    outcome: visit?.outcome ?? "",
    callbackDate: visit?.callback?.date ?? "",
    callbackSlot: visit?.callback?.slot ?? "",
    language: visit?.language ?? "",
    withdraws: body.withdraws ?? "",
    registrations: (body.registrations ?? []).map((person) => person.id),
    answered: body.answers !== undefined,
    hazard: body.hazard?.kind ?? "",
    note: body.address_note?.kind ?? "",
  };
}

/** True when the service holds it for a supervisor, or one has dismissed it. */
export function isHeld({ fate }: Own): boolean {
  return fate.state === "receipted" && HELD.has(fate.status);
}

const HELD = new Set(["held", "rejected"]);

/**
 * True when this version of a list, which was current at request `number`, counts the event in already. The receipt
 * names the list that the event was recorded on; the house may be on another one by now.
 */
export function isShownBy(
  { fate }: Own,
  list: { worklist: number; version: number; number: number },
): boolean {
  if (fate.state !== "receipted") {
    return false;
  }
  const isNamed = fate.worklist === list.worklist && fate.version > 0 && fate.version <= list.version;
  return fate.answered <= list.number || isNamed;
}

/** What own events say of their house, as the coverage fold takes it. */
export function factsOf(events: Own[]): Fact[] {
  return events.flatMap(({ record }) => {
    const { id, at } = record;
    const said: Fact[] = [];
    if (record.withdraws) {
      said.push({ id, kind: "withdrawal", at, withdraws: record.withdraws });
    }
    if (record.outcome) {
      said.push(visitOf(record));
    }
    for (const resident of record.registrations) {
      said.push({ id: resident, kind: "registration", at, resident, registered: "registered" });
    }
    return said;
  });
}

function visitOf(record: OwnRecord): Fact {
  return {
    id: record.id,
    kind: "visit",
    at: record.at,
    campaign: record.campaign,
    outcome: record.outcome,
    callback_date: record.callbackDate,
    callback_slot: record.callbackSlot,
    language: record.language,
  };
}

const NONE: Own[] = [];

/** The own records in the clear, in memory, for as long as the store is unlocked. */
export class OwnRecords {
  private records = new Map<string, OwnRecord>();
  private fates = new Map<string, Fate>();
  private sorted: Own[] = [];
  private byHouse = new Map<string, Own[]>();

  record(id: string): OwnRecord | undefined {
    return this.records.get(id);
  }

  /** Takes what is all there is now, instead of what was. */
  replace(rows: Fate[], records: OwnRecord[]): void {
    this.records = new Map(records.map((record) => [record.id, record]));
    this.fates = new Map(rows.map((row) => [row.id, row]));
    this.arrange();
  }

  /** Takes in rows that changed, and the record of a new event, without reading the store again. */
  note(rows: Fate[], record?: OwnRecord): void {
    for (const row of rows) {
      this.fates.set(row.id, row);
    }
    if (record !== undefined) {
      this.records.set(record.id, record);
    }
    this.arrange();
  }

  drop(id: string): void {
    this.fates.delete(id);
    this.records.delete(id);
    this.arrange();
  }

  /** Forgets what the records say; how many events wait can still be told. */
  forget(): void {
    this.records = new Map();
    this.arrange();
  }

  /** What has not changed stays the same object: views are kept for as long as their own events are the same. */
  private arrange(): void {
    const before = new Map(this.sorted.map((one) => [one.fate, one]));
    const rows = [...this.fates.values()].sort((a, b) => a.place - b.place);
    this.sorted = rows.flatMap((fate) => {
      const record = this.records.get(fate.id);
      return record === undefined ? [] : [before.get(fate) ?? { record, fate }];
    });
    const byHouse = new Map<string, Own[]>();
    for (const one of this.sorted) {
      byHouse.set(one.record.uprn, [...(byHouse.get(one.record.uprn) ?? []), one]);
    }
    for (const [uprn, now] of byHouse) {
      const was = this.byHouse.get(uprn);
      if (was?.length === now.length && was.every((one, at) => one === now[at])) {
        byHouse.set(uprn, was);
      }
    }
    this.byHouse = byHouse;
  }

  /** Oldest first. */
  all(): Own[] {
    return this.sorted;
  }

  of(uprn: string): Own[] {
    return this.byHouse.get(uprn) ?? NONE;
  }

  counts(): { pending: number; waiting: number; held: number } {
    const rows = [...this.fates.values()];
    return {
      pending: rows.filter((row) => row.state === "pending").length,
      waiting: rows.filter((row) => row.state === "waiting").length,
      held: rows.filter((row) => row.state === "receipted" && HELD.has(row.status)).length,
    };
  }
}
