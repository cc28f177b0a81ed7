/** What this officer recorded here, and what became of it; a visit recorded by mistake is withdrawn here. */

import { useState } from "preact/hooks";
import type { FieldClient, ListInfo, OwnEvent } from "../contract";
import { useAttempt } from "./attempt";
import { Confirm } from "./confirm";
import { useClient, useTick } from "./hooks";
import { Button, Notice, Problem, Tag } from "./parts";
import { Screen } from "./screen";
import { spokenMoment } from "./times";
import { say } from "./words";

const SECOND_MS = 1000;
const SHOWN_AT_FIRST = 50;

export function Recorded({ client }: { client: FieldClient }) {
  useClient(client);
  const events = client.ownEvents();
  const [most, setMost] = useState(SHOWN_AT_FIRST);
  const [asked, setAsked] = useState<OwnEvent | null>(null);
  const attempt = useAttempt();
  useTick(events.some((event) => event.state === "undoable") ? SECOND_MS : 0);

  async function withdraw(event: OwnEvent): Promise<void> {
    await attempt.run(() => client.withdraw(event.id));
    setAsked(null);
  }

  return (
    <Screen title={say("recorded.title")}>
      <p class="soft">{say("recorded.kept")}</p>
      <Problem words={attempt.problem} />
      {events.length === 0 && <Notice>{say("recorded.none")}</Notice>}
      <ul class="rows" aria-label={say("recorded.title")}>
        {events.slice(0, most).map((event) => (
          <Event
            key={event.id}
            event={event}
            client={client}
            onUndo={() => attempt.run(() => client.undo(event.id))}
            onWithdraw={() => setAsked(event)}
          />
        ))}
      </ul>
      {events.length > most && (
        <Button onPress={() => setMost(most + SHOWN_AT_FIRST)}>
          {say("recorded.more", { n: events.length - most })}
        </Button>
      )}
      {asked && (
        <Confirm
          title={say("recorded.withdraw_ask")}
          yes={say("recorded.withdraw")}
          no={say("recorded.keep")}
          danger
          running={attempt.running}
          onYes={() => withdraw(asked)}
          onNo={() => setAsked(null)}
        >
          <p>
            {asked.address}: {whatOf(asked, client.lists())}
          </p>
          <p>{say("recorded.withdraw_what")}</p>
        </Confirm>
      )}
    </Screen>
  );
}

interface EventProps {
  event: OwnEvent;
  client: FieldClient;
  onUndo(): void;
  onWithdraw(): void;
}

function Event({ event, client, onUndo, onWithdraw }: EventProps) {
  const status = client.status();
  const withdrawable = event.state !== "undoable" && event.outcome !== "" && !event.withdrawn;
  return (
    <li class="card">
      <p class="strong">{event.address || say("recorded.gone_house")}</p>
      <p>{whatOf(event, client.lists())}</p>
      <p class="soft small">{spokenMoment(event.at, status.now, status.timeZone)}</p>
      <p>
        <Fate event={event} now={status.now} />
      </p>
      {event.reason && <p class="small">{event.reason}</p>}
      {event.state === "undoable" && (
        <Button sign="undo" onPress={onUndo}>
          {say("undo")}
        </Button>
      )}
      {withdrawable && (
        <Button kind="quiet" onPress={onWithdraw}>
          {say("recorded.withdraw")}
        </Button>
      )}
    </li>
  );
}

function Fate({ event, now }: { event: OwnEvent; now: number }) {
  if (event.withdrawn) return <Tag sign="undo">{say("recorded.withdrawn")}</Tag>;
  if (event.state === "undoable") {
    const n = Math.max(0, Math.ceil((event.undoUntil - now) / SECOND_MS));
    return (
      <Tag tone="later" sign="clock">
        {say("recorded.undoable", { n })}
      </Tag>
    );
  }
  if (event.state === "waiting") {
    return (
      <Tag tone="later" sign="clock">
        {say("recorded.waiting")}
      </Tag>
    );
  }
  if (event.status === "applied") {
    return (
      <Tag tone="done" sign="check">
        {say("recorded.counted")}
      </Tag>
    );
  }
  return (
    <Tag tone="due" sign="warning">
      {say(event.status === "held" ? "recorded.held" : "recorded.rejected")}
    </Tag>
  );
}

/** What an event says, in words: the outcome by the list's own table, and what came with it. */
export function whatOf(event: OwnEvent, lists: readonly ListInfo[]): string {
  const table = lists.find((list) => list.worklist === event.key.worklist)?.outcomes ?? [];
  const outcome = table.find((row) => row.code === event.outcome);
  const parts = [
    event.withdraws && say("recorded.is_withdrawal"),
    event.outcome && (outcome?.label ?? event.outcome),
    event.registrations.length > 0 && say("recorded.registered", { n: event.registrations.length }),
    event.answered && say("recorded.answered"),
    event.hazard && say("recorded.hazard"),
    event.note && say("recorded.note"),
  ];
  return parts.filter(Boolean).join(" · ");
}
