/** The day at a glance: what to do first, the streets with houses left, and what waits to be sent. */

import type { FieldClient, HouseView, ListInfo, Phone, StreetSummary } from "../contract";
import { useClient, usePromised, useTick } from "./hooks";
import { HouseRows } from "./house_rows";
import { Icon, type Sign } from "./icons";
import { Button, List, Notice, RoundButton, Section, Tag } from "./parts";
import { Screen } from "./screen";
import { Notices, SyncLine } from "./syncing";
import { useWay } from "./way";
import { say } from "./words";

const AGES_MS = 30_000;
/** More than these would hide the streets. */
const MOST_CALLBACKS = 5;

interface Props {
  client: FieldClient;
  phone: Phone;
  onLock(): void;
}

export function Today({ client, phone, onLock }: Props) {
  useClient(client);
  useTick(AGES_MS);
  const way = useWay();
  const status = client.status();
  const streets = client.streets();
  const storage = usePromised(() => phone.storage(), [phone]);
  return (
    <Screen
      title={say("today.title")}
      back={false}
      actions={
        <RoundButton
          sign={client.practice ? "close" : "lock"}
          name={say(client.practice ? "practice.end" : "today.lock")}
          onPress={onLock}
        />
      }
      under={<SyncLine />}
      bottom={
        <nav class="tabs" aria-label={say("today.nav")}>
          <Tab sign="search" word={say("search.title")} onPress={() => way.go({ screen: "search" })} />
          <Tab sign="check" word={say("recorded.short")} onPress={() => way.go({ screen: "recorded" })} />
          <Tab sign="menu" word={say("menu.title")} onPress={() => way.go({ screen: "menu" })} />
        </nav>
      }
    >
      <Notices storage={storage} onUpdate={() => void phone.restartWithUpdate()} />
      {!status.guideDone && <NewHere />}
      <Callbacks due={client.callbacksDue()} lists={client.lists()} />
      {streets.length === 0 && (
        <Notice title={say("today.no_lists")}>
          <p>{say(status.syncedAt === null ? "today.no_lists_yet" : "today.no_lists_now")}</p>
        </Notice>
      )}
      {byCampaign(streets).map(([worklist, those]) => (
        <Section key={worklist} title={those[0]?.campaign ?? ""}>
          <List>
            {those.map((street) => (
              <StreetRow key={street.usrn} street={street} />
            ))}
          </List>
        </Section>
      ))}
    </Screen>
  );
}

/** Until the guide was read to its end. */
function NewHere() {
  const way = useWay();
  return (
    <Notice title={say("notice.guide")}>
      <p>{say("notice.guide_words")}</p>
      <Button onPress={() => way.go({ screen: "guide" })}>{say("notice.guide_open")}</Button>
    </Notice>
  );
}

function Tab({ sign, word, onPress }: { sign: Sign; word: string; onPress(): void }) {
  return (
    <button type="button" class="tab" onClick={onPress}>
      <Icon sign={sign} />
      <span>{word}</span>
    </button>
  );
}

function Callbacks({ due, lists }: { due: HouseView[]; lists: ListInfo[] }) {
  if (due.length === 0) return null;
  return (
    <Section title={say("today.callbacks", { n: due.length })}>
      <HouseRows views={due.slice(0, MOST_CALLBACKS)} lists={lists} />
      {due.length > MOST_CALLBACKS && (
        <p class="soft small">{say("today.more_callbacks", { n: due.length - MOST_CALLBACKS })}</p>
      )}
    </Section>
  );
}

function StreetRow({ street }: { street: StreetSummary }) {
  const way = useWay();
  const { worklist, usrn, name, houses, toVisit, later, visited, callbacksDue, hazards } = street;
  return (
    <li>
      <button
        type="button"
        class="row street-row"
        onClick={() => way.go({ screen: "street", worklist, usrn })}
      >
        <span class="grow rows">
          <span class="street-name">{name}</span>
          <span class="street-counts">
            <span class={toVisit > 0 ? "go strong" : "done strong"}>
              {toVisit > 0 ? say("street.left", { n: toVisit }) : say("street.none_left")}
            </span>
            {later > 0 && <span class="later">{say("street.later", { n: later })}</span>}
          </span>
          <progress max={houses} value={visited} aria-hidden="true" />
          <span class="soft small number">{say("street.visited", { n: visited, houses })}</span>
          {(callbacksDue > 0 || hazards > 0) && (
            <span class="tags">
              {callbacksDue > 0 && (
                <Tag tone="due" sign="clock">
                  {say("street.callbacks", { n: callbacksDue })}
                </Tag>
              )}
              {hazards > 0 && (
                <Tag tone="danger-ink" sign="warning">
                  {say("street.hazards", { n: hazards })}
                </Tag>
              )}
            </span>
          )}
        </span>
        <Icon sign="next" size={20} />
      </button>
    </li>
  );
}

function byCampaign(streets: readonly StreetSummary[]): [number, StreetSummary[]][] {
  const lists = new Map<number, StreetSummary[]>();
  for (const street of streets) {
    const those = lists.get(street.worklist);
    if (those) those.push(street);
    else lists.set(street.worklist, [street]);
  }
  return [...lists];
}
