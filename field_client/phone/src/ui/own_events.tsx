/** What this officer recorded: when, what, and what has become of it; a visit recorded by mistake is withdrawn here. */

import { useState } from "preact/hooks";
import type { FieldClient, ListInfo, OwnEvent } from "../contract";
import { useAttempt } from "./attempt";
import { Confirm } from "./confirm";
import { useTick } from "./hooks";
import { labelOf } from "./house_words";
import { Button, Problem, Tag } from "./parts";
import { spokenDate, spokenMoment } from "./times";
import { say, sayOr } from "./words";

const SECOND_MS = 1000;

export function OwnEvents({ client, events }: { client: FieldClient; events: readonly OwnEvent[] }) {
  const [asked, setAsked] = useState<OwnEvent | null>(null);
  const attempt = useAttempt();
  useTick(events.some((event) => event.state === "undoable") ? SECOND_MS : 0);

  async function withdraw(event: OwnEvent): Promise<void> {
    await attempt.run(() => client.withdraw(event.id));
    setAsked(null);
  }

  return (
    <>
      <Problem words={attempt.problem} />
      <ul class="rows" aria-label={say("recorded.title")}>
        {events.map((event) => (
          <Event
            key={event.id}
            event={event}
            client={client}
            onUndo={() => attempt.run(() => client.undo(event.id))}
            onWithdraw={() => setAsked(event)}
          />
        ))}
      </ul>
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
    </>
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
        <Fate event={event} />
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

/** The end of the undo window is told by the phone's own clock. */
function Fate({ event }: { event: OwnEvent }) {
  if (event.withdrawn) return <Tag sign="undo">{say("recorded.withdrawn")}</Tag>;
  if (event.state === "undoable") {
    const n = Math.max(0, Math.ceil((event.undoUntil - Date.now()) / SECOND_MS));
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
  const parts = [
    event.withdraws && say("recorded.is_withdrawal"),
    event.outcome && labelOf(table, event.outcome),
    event.callbackDate && callbackWords(event),
    event.registrations.length > 0 && say("recorded.registered", { n: event.registrations.length }),
    event.answered && say("recorded.answered"),
    event.hazard && say("recorded.hazard"),
    event.note && say("recorded.note"),
  ];
  return parts.filter(Boolean).join(" · ");
}

function callbackWords({ callbackDate, callbackSlot }: OwnEvent): string {
  const slot = callbackSlot && sayOr(`slot.${callbackSlot}`, callbackSlot);
  return [spokenDate(callbackDate), slot].filter(Boolean).join(", ");
}
