/**
 * The service that practice has instead of one: it takes in what was recorded, keeps it as facts of the invented
 * houses, and answers with receipts and a list that counts them in, by the fold that the real service uses.
 */

import { describe, type OpenList } from "../engine/open_list";
import { ownWordings } from "../protocol/consents";
import { type Fact, fold } from "../protocol/fold";
import { OWN_ROWS, table } from "../protocol/outcomes";
import { localDate } from "../protocol/slots";
import type { House, Questionnaire, Told, Worklist } from "../protocol/types";
import { DAY_MS } from "../protocol/zones";
import { type Fate, factsOf, type Own } from "../store/own";
import questionnaire from "./questionnaire.json";
import { CAMPAIGN, type Plot, plots, STREET, ZONE } from "./street";

const LIST = 1;
/** One event of so many is held, and an early one, so that every officer has seen what that looks like. */
const HELD_OF = 12;
const HELD = 3;
const DAYS = 30;

const TOLD: Omit<Told, "usrn" | "on">[] = [
  {
    kind: "said_did",
    said: "Cars race past the school in the afternoon.",
    did: "We checked speeds on six afternoons, and the council put up a sign that shows drivers their speed.",
  },
  {
    kind: "priority",
    said: "Parcels go missing from doorsteps.",
    did: "Patrols from noon to 15:00 this month.",
  },
];

export class PracticeService {
  private readonly plots: Plot[];
  private readonly facts: Map<string, Fact[]>;
  private readonly hazards: Map<string, string[]>;
  private taken = 0;
  private number = 0;
  /** The list as it stands after the last sync. */
  open: OpenList;

  constructor(private readonly start: number) {
    this.plots = plots(start);
    this.facts = new Map(this.plots.map((plot) => [plot.uprn, [...plot.facts]]));
    this.hazards = new Map(this.plots.map((plot) => [plot.uprn, [...plot.hazards]]));
    this.open = this.list();
  }

  /** Takes in events and counts in those that it does not hold; what has become of each. */
  take(events: readonly Own[]): Fate[] {
    this.number += 1;
    const answered = this.number;
    const fates = events.map((event): Fate => {
      this.taken += 1;
      const isHeld = this.taken % HELD_OF === HELD;
      if (!isHeld) this.countIn(event);
      const verdict = isHeld ? { status: "held", reason: "not_applied" } : { status: "applied", reason: "" };
      return {
        ...event.fate,
        ...verdict,
        state: "receipted",
        undoUntil: 0,
        worklist: LIST,
        version: 0,
        answered,
      };
    });
    this.open = this.list();
    return fates;
  }

  private countIn(event: Own): void {
    const { uprn, hazard } = event.record;
    this.facts.get(uprn)?.push(...factsOf([event]));
    if (hazard) this.hazards.get(uprn)?.push(hazard);
  }

  private list(): OpenList {
    const list: Worklist = {
      worklist: LIST,
      version: this.number + 1,
      epoch: "",
      not_after: this.start + DAYS * DAY_MS,
      digest: "",
      campaign: {
        id: CAMPAIGN,
        name: "Practice: Sample Street",
        ends_on: localDate(this.start + DAYS * DAY_MS, ZONE),
        policy: {},
        ...ownWordings(),
      },
      officer: "PC Practice",
      time_zone: ZONE,
      outcomes: [...OWN_ROWS],
      questionnaires: [questionnaire as Questionnaire],
      token_key: new Uint8Array(),
      extras: "",
      told: TOLD.map((one) => ({ ...one, usrn: STREET.usrn, on: localDate(this.start - 10 * DAY_MS, ZONE) })),
      streets: [{ ...STREET, houses: this.plots.map((plot) => this.house(plot)) }],
    };
    return describe(list, this.number);
  }

  private house({ facts: _, ...plot }: Plot): House {
    const state = fold(this.facts.get(plot.uprn) ?? [], CAMPAIGN, ZONE, table());
    return { ...plot, flag: "yes", reason: "", state, hazards: this.hazards.get(plot.uprn) ?? [] };
  }
}
