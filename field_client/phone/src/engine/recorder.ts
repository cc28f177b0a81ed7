/** Recording: the body checked, sealed to the service, and kept durably before anybody is told that it is recorded. */

import type { AtDoor, HouseKey } from "../contract";
import { eventClock } from "../protocol/clock";
import { sealEvent } from "../protocol/envelope";
import { TooLarge } from "../protocol/errors";
import { newId } from "../protocol/keys";
import type { EventBody } from "../protocol/types";
import * as outbox from "../store/outbox";
import { type OwnRecords, recordOf } from "../store/own";
import { sealRecord } from "../store/own_sealed";
import { refused } from "../store/problems";
import type { MetaRow } from "../store/schema";
import type { Store } from "../store/store";
import { type Clocks, reading, serviceTime } from "./clock";
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
    const { open, place } = this.views.find(key);
    const body = makeBody(door, {
      uprn: key.uprn,
      list: open.list,
      table: open.table,
      clock: eventClock(meta.seen, reading(this.clocks, meta.seen)),
      now: serviceTime(this.clocks, meta.seen),
    });
    return this.keep(session, meta, body, fullAddress(place.street, place.house.address), undoMs);
  }

  /** The withdrawal's event id. It needs no list: a visit may be withdrawn after its list was recalled. */
  async withdraw(session: Session, meta: MetaRow, eventId: string): Promise<string> {
    const { uprn, campaign, worklist, address } = withdrawable(this.own.all(), eventId);
    const clock = eventClock(meta.seen, reading(this.clocks, meta.seen));
    return this.keep(session, meta, { uprn, campaign, worklist, clock, withdraws: eventId }, address, 0);
  }

  /** Seals an event and keeps it: in the chain at once, or unchained for its undo window. */
  private async keep(
    session: Session,
    meta: MetaRow,
    body: EventBody,
    address: string,
    undoMs: number,
  ): Promise<string> {
    const { store, clocks } = this;
    const id = newId();
    const { sealKey } = meta;
    const sealed = await sealEvent(body, {
      id,
      device: store.device,
      sealKey,
      eventKey: session.eventKey,
    }).catch((error: unknown) => {
      throw error instanceof TooLarge ? refused(error.message) : error;
    });
    const record = recordOf(body, id, address, serviceTime(clocks, meta.seen));
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
