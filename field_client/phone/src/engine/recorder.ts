/** Recording: the body checked, sealed to the service, and kept durably before anybody is told that it is recorded. */

import type { AtDoor, HouseKey } from "../contract";
import { estimatedNow, eventClock } from "../protocol/clock";
import { sealEvent } from "../protocol/envelope";
import { TooLarge } from "../protocol/errors";
import { newId } from "../protocol/keys";
import type { Clock, EventBody } from "../protocol/types";
import * as outbox from "../store/outbox";
import { type OwnRecords, recordOf } from "../store/own";
import { sealRecord } from "../store/own_sealed";
import { refused } from "../store/problems";
import type { MetaRow } from "../store/schema";
import type { Store } from "../store/store";
import { type Clocks, reading } from "./clock";
import { makeBody, withdrawable } from "./record";
import { fullAddress } from "./search";
import type { Session } from "./session";
import type { Views } from "./views";

export class Recorder {
  constructor(
    private readonly store: Store,
    private readonly clocks: Clocks,
    private readonly own: OwnRecords,
    private readonly views: Views,
  ) {}

  /** The event's id. With `undoMs` it waits unchained that long. Problems: unknown_house, refused, storage_full. */
  async record(
    session: Session,
    meta: MetaRow,
    key: HouseKey,
    door: AtDoor,
    undoMs: number,
  ): Promise<string> {
    const { open, place } = this.views.at(key);
    const { clock, now } = this.moment(meta);
    const body = makeBody(door, { uprn: key.uprn, list: open.list, table: open.table, clock, now });
    return this.keep(session, meta, body, fullAddress(place.street, place.house.address), now, undoMs);
  }

  /** The event's clocks and the service's time by the same reading, so that the screen shows what the service will. */
  private moment(meta: MetaRow): { clock: Clock; now: number } {
    const clocks = reading(this.clocks, meta.seen);
    return { clock: eventClock(meta.seen, clocks), now: estimatedNow(meta.seen, clocks) };
  }

  /** The withdrawal's event id. It needs no list: a visit may be withdrawn after its list was recalled. */
  async withdraw(session: Session, meta: MetaRow, eventId: string): Promise<string> {
    const { uprn, campaign, worklist, address } = withdrawable(this.own.all(), eventId);
    const { clock, now } = this.moment(meta);
    return this.keep(session, meta, { uprn, campaign, worklist, clock, withdraws: eventId }, address, now, 0);
  }

  /** Seals an event and keeps it: in the chain at once, or unchained for its undo window. */
  private async keep(
    session: Session,
    meta: MetaRow,
    body: EventBody,
    address: string,
    now: number,
    undoMs: number,
  ): Promise<string> {
    const { store, clocks } = this;
    const id = newId();
    const { sealKey } = meta;
    // Of its own: a lock at this very moment overwrites the session's, and the event would not be authentic.
    const eventKey = session.eventKey.slice();
    const sealed = await sealEvent(body, { id, device: store.device, sealKey, eventKey })
      .catch((error: unknown) => {
        throw error instanceof TooLarge ? refused(error.message) : error;
      })
      .finally(() => eventKey.fill(0));
    const record = recordOf(body, id, address, now);
    const rows = await outbox.add(store, {
      id,
      kid: sealKey.kid,
      sealed,
      own: await sealRecord(session.key, record),
      undoUntil: undoMs > 0 ? clocks.now() + Math.min(undoMs, outbox.LONGEST_UNDO_MS) : 0,
    });
    this.own.note(rows, record);
    return id;
  }
}
