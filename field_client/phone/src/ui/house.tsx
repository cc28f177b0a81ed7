/** A door: what to know before knocking, what came of it, and what else can be done there. */

import { useState } from "preact/hooks";
import type { FieldClient, HouseKey, HouseView, ListInfo, OwnEvent } from "../contract";
import type { Outcome } from "../protocol/types";
import { fullAddress, saidOn } from "./address";
import { GoneHouse, useHouse } from "./at_house";
import { useAttempt } from "./attempt";
import { useDoors } from "./door";
import { FlagMark, flagOf } from "./flag";
import { campaignOf, hazardsOf, lastVisit, tagsOf } from "./house_words";
import { Icon, type Sign } from "./icons";
import { others, quick } from "./outcomes";
import { OwnEvents, whatOf } from "./own_events";
import { Button, List, Notice, Problem, Row, Section, Tag } from "./parts";
import { Screen } from "./screen";
import { spokenMoment } from "./times";
import { nextHouse, type Sides } from "./walk";
import { useWay } from "./way";
import { say } from "./words";

/** So long after a visit was recorded here, the screen offers what comes after it, not the outcomes again. */
const FRESH_MS = 15 * 60_000;

interface Props {
  client: FieldClient;
  houseKey: HouseKey;
  /** The side of the street that is being walked. */
  sides: Sides;
}

export function House({ client, houseKey, sides }: Props) {
  const view = useHouse(client, houseKey);
  return typeof view === "string" ? <GoneHouse words={view} /> : <AtDoor {...{ client, view, sides }} />;
}

function AtDoor({ client, view, sides }: { client: FieldClient; view: HouseView; sides: Sides }) {
  const way = useWay();
  const doors = useDoors();
  const attempt = useAttempt();
  const [again, setAgain] = useState(false);
  const list = client.lists().find((one) => one.worklist === view.key.worklist);
  const own = client.ownEvents().filter((event) => event.key.uprn === view.key.uprn);
  const fresh = again ? undefined : freshVisit(own, view.key, client.status().now);
  const outcomes = list?.outcomes ?? [];

  function choose(outcome: Outcome): void {
    if (outcome.needs?.length) {
      way.go({ screen: "ask", key: view.key, outcome: outcome.code });
      return;
    }
    void attempt.run(async () => {
      await doors.record(view, { visit: { outcome: outcome.code } }, outcome.label);
      setAgain(false);
      if (!outcome.contacted) way.back();
    });
  }

  const bottom = fresh ? (
    <Next {...{ client, view, sides }} />
  ) : (
    <Quick outcomes={outcomes} off={attempt.running} onChoose={choose} />
  );
  return (
    <Screen title={fullAddress(view.street.name, view.house.address)} bottom={bottom}>
      <Problem words={attempt.problem} />
      <Hazards view={view} />
      <Facts {...{ view, list }} campaign={campaignOf(client.lists(), view.key)} now={client.status().now} />
      {fresh && (
        <Notice kind="good" title={whatOf(fresh, client.lists())}>
          <p>{say("house.recorded_at", { when: momentOf(fresh, client) })}</p>
          <Button onPress={() => setAgain(true)}>{say("house.another")}</Button>
        </Notice>
      )}
      <Conversation view={view} list={list} fresh={fresh !== undefined} />
      {!fresh &&
        others(outcomes).map(({ group, outcomes: those }) => (
          <Section key={group} title={say(`group.${group}`)}>
            <div class="pair">
              {those.map((outcome) => (
                <Button key={outcome.code} left off={attempt.running} onPress={() => choose(outcome)}>
                  {outcome.label}
                </Button>
              ))}
            </div>
          </Section>
        ))}
      <More view={view} />
      {own.length > 0 && (
        <Section title={say("house.mine")}>
          <OwnEvents client={client} events={own} />
        </Section>
      )}
    </Screen>
  );
}

/** A visit counts for the campaign of its own list: on another list, the house is still to be recorded. */
function freshVisit(own: readonly OwnEvent[], { worklist }: HouseKey, now: number): OwnEvent | undefined {
  const isFresh = (event: OwnEvent) => now - event.at < FRESH_MS && event.key.worklist === worklist;
  return own.find((event) => event.outcome !== "" && !event.withdrawn && isFresh(event));
}

function momentOf(event: OwnEvent, client: FieldClient): string {
  const { now, timeZone } = client.status();
  return spokenMoment(event.at, now, timeZone);
}

function Hazards({ view }: { view: HouseView }) {
  const hazards = hazardsOf(view);
  if (hazards.length === 0) return null;
  return (
    <section class="hazards" aria-label={say("house.hazards", { n: hazards.length })}>
      {hazards.map((hazard) => (
        <p key={hazard}>
          <Icon sign="warning" size={32} />
          <span>
            <span class="strong block">{say("house.hazard")}</span>
            {hazard}
          </span>
        </p>
      ))}
    </section>
  );
}

interface FactsProps {
  view: HouseView;
  list: ListInfo | undefined;
  /** "" where the officer has but one. */
  campaign: string;
  now: number;
}

function Facts({ view, list, campaign, now }: FactsProps) {
  const { house, decision, street } = view;
  const { lead, rest } = saidOn(street.name, house.address, house.parent !== "");
  const flag = flagOf(view);
  const last = lastVisit(view, list, now);
  const tags = tagsOf(view);
  return (
    <section class="card facts" aria-label={say("house.facts")}>
      <p class="door">
        <span class={`door-lead${lead.length > 4 ? " long" : ""}`}>{lead}</span>
        <span class="soft">{[rest, house.postcode].filter(Boolean).join(" · ")}</span>
      </p>
      <p class={`verdict ${flag.tone}`}>
        <FlagMark flag={flag} size={24} />
        <span>
          <span class="strong">{flag.word}</span>
          <span class="verdict-why">{decision.text}</span>
        </span>
      </p>
      {campaign && <p class="small">{campaign}</p>}
      {last && <p class="soft small">{last}</p>}
      {tags.length > 0 && (
        <p class="tags">
          {tags.map((tag) => (
            <Tag key={tag}>{tag}</Tag>
          ))}
        </p>
      )}
      {house.notes.map((note) => (
        <p class="door-note" key={note}>
          <Icon sign="note" size={20} />
          <span>{note}</span>
        </p>
      ))}
    </section>
  );
}

interface QuickProps {
  outcomes: readonly Outcome[];
  off: boolean;
  onChoose(outcome: Outcome): void;
}

/** Where the thumb is: what comes at most doors. */
function Quick({ outcomes, off, onChoose }: QuickProps) {
  const { nobody, spoke } = quick(outcomes);
  return (
    <section class="rows" aria-label={say("house.quick")}>
      <div class="pair">
        {nobody.map((outcome) => (
          <Button key={outcome.code} kind="main" off={off} onPress={() => onChoose(outcome)}>
            {outcome.label}
          </Button>
        ))}
      </div>
      {spoke && (
        <Button kind="main" sign="speech" off={off} onPress={() => onChoose(spoke)}>
          {spoke.label}
        </Button>
      )}
    </section>
  );
}

function Next({ client, view, sides }: { client: FieldClient; view: HouseView; sides: Sides }) {
  const way = useWay();
  const next = nextHouse(client.street(view.key.worklist, view.street.usrn), view.key.uprn, sides);
  if (!next) return <Button onPress={() => way.back()}>{say("next.none")}</Button>;
  return (
    <Button kind="main" onPress={() => way.replace({ screen: "house", key: next.key, sides })}>
      {say("next.long", { address: next.house.address.replace(next.street.name, "").trim() })}
    </Button>
  );
}

interface ConversationProps {
  view: HouseView;
  list: ListInfo | undefined;
  /** The visit has been recorded: what comes of the conversation is recorded beside it. */
  fresh: boolean;
}

/** What one does with somebody who opened. */
function Conversation({ view, list, fresh }: ConversationProps) {
  const way = useWay();
  const { key } = view;
  const spoke = fresh ? undefined : quick(list?.outcomes ?? []).spoke;
  const visit = spoke && { outcome: spoke.code };
  const deeds: [Sign, string, () => void][] = [
    ["person", say("house.register"), () => way.go({ screen: "register", key, visit })],
    ["qr", say("house.qr"), () => way.go({ screen: "qr", key })],
  ];
  if (list?.questionnaires.length) {
    deeds.splice(1, 0, ["survey", say("house.survey"), () => way.go({ screen: "survey", key, visit })]);
  }
  return (
    <div class="deeds" role="group" aria-label={say("house.conversation")}>
      {deeds.map(([sign, word, open]) => (
        <button type="button" class="deed" key={sign} onClick={open}>
          <Icon sign={sign} />
          <span>{word}</span>
        </button>
      ))}
    </div>
  );
}

function More({ view }: { view: HouseView }) {
  const way = useWay();
  const { key, street } = view;
  return (
    <Section title={say("house.more")}>
      <List>
        <Row sign="warning" onPress={() => way.go({ screen: "hazard", key })}>
          {say("house.report_hazard")}
        </Row>
        <Row sign="note" onPress={() => way.go({ screen: "address_note", key })}>
          {say("house.note_address")}
        </Row>
        <Row
          sign="speech"
          onPress={() => way.go({ screen: "told", worklist: key.worklist, usrn: street.usrn })}
        >
          {say("street.told")}
        </Row>
        <Row sign="badge" onPress={() => way.go({ screen: "badge", worklist: key.worklist })}>
          {say("menu.badge")}
        </Row>
      </List>
    </Section>
  );
}
