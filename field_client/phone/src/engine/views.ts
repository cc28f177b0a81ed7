/**
 * Streets and houses as the officer sees them: the opened lists with the officer's own latest events folded in.
 *
 * The revisit flag is computed here from the state, the campaign's policy and the estimated service time, so that it is
 * right offline and on the next day. A view is kept until its minute has passed, its own events changed, or its list did.
 */

import {
  FieldProblem,
  type HouseKey,
  type HouseView,
  type ListInfo,
  type OwnEvent,
  type StreetSummary,
} from "../contract";
import { foldOnto } from "../protocol/fold";
import { words } from "../protocol/receipts";
import { decide } from "../protocol/revisit";
import type { Street, Told } from "../protocol/types";
import { factsOf, isHeld, isShownBy, type Own, type OwnRecords } from "../store/own";
import type { OpenList, Place } from "./open_list";
import { Finder } from "./search";

const MINUTE_MS = 60_000;

/** A house of a list; of the list all but its streets may be missing. */
interface Found {
  open: OpenList;
  place: Place;
}

/** Where the lists come from: those that are open at a time, by their number. */
export interface ListSource {
  all(now: number): OpenList[];
}

interface Kept {
  minute: number;
  own: Own[];
  number: number;
  view: HouseView;
}

export class Views {
  private readonly kept = new WeakMap<Place, Kept>();
  private readonly finder = new Finder();
  private withdrawn = new Set<string>();
  private looked: { key: HouseKey; found: Found } | null = null;

  constructor(
    private readonly lists: ListSource,
    private readonly own: OwnRecords,
    private readonly now: () => number,
  ) {}

  open(): OpenList[] {
    this.withdrawn = new Set(
      this.own.all().flatMap(({ record }) => (record.withdraws ? [record.withdraws] : [])),
    );
    return this.lists.all(this.now());
  }

  list(worklist: number): OpenList | undefined {
    return this.open().find((one) => one.worklist === worklist);
  }

  infos(): ListInfo[] {
    return this.open().map(({ list, houses, table }) => ({
      worklist: list.worklist,
      campaign: list.campaign,
      houses: houses.size,
      version: list.version,
      notAfter: list.not_after,
      outcomes: table.all(),
      questionnaires: list.questionnaires,
      timeZone: list.time_zone,
    }));
  }

  streets(): StreetSummary[] {
    return this.open().flatMap((open) => open.list.streets.map((street) => this.summary(open, street)));
  }

  street(worklist: number, usrn: string): HouseView[] {
    const open = this.list(worklist);
    const street = open?.list.streets.find((one) => one.usrn === usrn);
    return open && street ? this.viewsOf(open, street) : [];
  }

  /** Problem: unknown_house. */
  house(key: HouseKey): HouseView {
    const found = this.find(key);
    this.looked = { key, found: alone(found) };
    return this.view(found.open, found.place);
  }

  /**
   * Where an event is recorded: a house of the lists, or the very one that was looked at last. Its list may be recalled in
   * the middle of a conversation, and what came of that is a fact all the same (section 4.6). Problem: unknown_house.
   */
  at(key: HouseKey): Found {
    const { looked } = this;
    try {
      return this.find(key);
    } catch (error) {
      if (looked?.key.uprn === key.uprn && looked.key.worklist === key.worklist) {
        return looked.found;
      }
      throw error;
    }
  }

  /** Lets go of the house that was looked at last. */
  forget(): void {
    this.looked = null;
  }

  find(key: HouseKey): Found {
    const open = this.list(key.worklist);
    const place = open?.houses.get(key.uprn);
    if (!open || !place) {
      throw new FieldProblem(
        "unknown_house",
        "This house is on none of your lists any more: the list was recalled or has run out. Nothing can be recorded for it.",
      );
    }
    return { open, place };
  }

  search(typed: string): HouseView[] {
    const open = this.open();
    return this.finder.find(open, typed, (list, place) => this.view(list, place));
  }

  told(worklist: number, usrn: string): Told[] {
    return this.list(worklist)?.list.told.filter((one) => one.usrn === usrn) ?? [];
  }

  callbacksDue(): HouseView[] {
    return this.everyView().filter((view) => view.due);
  }

  /** Newest first. */
  ownEvents(): OwnEvent[] {
    this.open();
    return this.own
      .all()
      .map((one) => this.event(one))
      .reverse();
  }

  private everyView(): HouseView[] {
    return this.open().flatMap((open) => open.list.streets.flatMap((street) => this.viewsOf(open, street)));
  }

  private viewsOf(open: OpenList, street: Street): HouseView[] {
    return street.houses.map((house) => this.view(open, open.houses.get(house.uprn) as Place));
  }

  private view(open: OpenList, place: Place): HouseView {
    const own = this.own.of(place.house.uprn);
    const minute = Math.floor(this.now() / MINUTE_MS);
    const kept = this.kept.get(place);
    if (kept?.minute === minute && kept.own === own && kept.number === open.number) {
      return kept.view;
    }
    const view = this.compute(open, place, own);
    this.kept.set(place, { minute, own, number: open.number, view });
    return view;
  }

  private compute(open: OpenList, { street, house }: Place, own: Own[]): HouseView {
    const { list, table, worklist } = open;
    const { campaign, time_zone } = list;
    const unseen = own.filter((one) => !isShownBy(one, open));
    // An outcome that a newer service took out of its table cannot be folded; it is shown as an own event all the same.
    const facts = factsOf(unseen).filter((fact) => !fact.outcome || table.get(fact.outcome));
    const state =
      facts.length > 0 ? foldOnto(house.state, facts, campaign.id, time_zone, table) : house.state;
    const decision = decide(state, campaign.policy, this.now(), time_zone, table);
    return {
      key: { worklist, uprn: house.uprn },
      street: { usrn: street.usrn, name: street.name, lon: street.lon, lat: street.lat },
      house,
      state,
      decision,
      own: own.filter((one) => unseen.includes(one) || isHeld(one)).map((one) => this.event(one)),
      due: decision.code === "callback_due",
    };
  }

  private event({ record, fate }: Own): OwnEvent {
    const isReceipted = fate.state === "receipted";
    return {
      id: record.id,
      key: { worklist: record.worklist, uprn: record.uprn },
      address: record.address,
      at: record.at,
      outcome: record.outcome,
      callbackDate: record.callbackDate,
      callbackSlot: record.callbackSlot,
      withdraws: record.withdraws,
      withdrawn: this.withdrawn.has(record.id),
      registrations: record.registrations,
      answered: record.answered,
      hazard: record.hazard,
      note: record.note,
      state: fate.state === "pending" ? "undoable" : fate.state,
      status: isReceipted ? statusOf(fate.status) : "",
      reason: isReceipted && fate.reason ? words(fate.reason) : "",
      undoUntil: fate.undoUntil,
    };
  }

  private summary(open: OpenList, street: Street): StreetSummary {
    const views = this.viewsOf(open, street);
    const count = (has: (view: HouseView) => boolean) => views.filter(has).length;
    return {
      worklist: open.worklist,
      usrn: street.usrn,
      name: street.name,
      campaign: open.list.campaign.name,
      houses: views.length,
      toVisit: count((view) => view.decision.answer === "yes"),
      later: count((view) => view.decision.answer === "not_before"),
      visited: count((view) => view.state.visited),
      callbacksDue: count((view) => view.due),
      hazards: count(
        (view) => view.house.hazards.length > 0 || view.own.some((event) => event.hazard !== ""),
      ),
    };
  }
}

/** A duplicate of an event that is not held was applied before. */
function statusOf(status: string): OwnEvent["status"] {
  return status === "held" || status === "rejected" ? status : "applied";
}

/** A house with what is needed to record at it, and nothing of the others on its list. */
function alone({ open, place: { street, house } }: Found): Found {
  return {
    open: { ...open, list: { ...open.list, streets: [] }, houses: new Map() },
    place: { street: { ...street, houses: [] }, house },
  };
}
