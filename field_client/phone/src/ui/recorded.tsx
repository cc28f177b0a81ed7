/** All that this officer recorded in the last 14 days, newest first. */

import { useState } from "preact/hooks";
import type { FieldClient } from "../contract";
import { useClient } from "./hooks";
import { OwnEvents } from "./own_events";
import { Button, Notice } from "./parts";
import { Screen } from "./screen";
import { say } from "./words";

const SHOWN_AT_FIRST = 50;

export function Recorded({ client }: { client: FieldClient }) {
  useClient(client);
  const events = client.ownEvents();
  const [most, setMost] = useState(SHOWN_AT_FIRST);
  return (
    <Screen title={say("recorded.title")}>
      <p class="soft">{say("recorded.kept")}</p>
      {events.length === 0 && <Notice>{say("recorded.none")}</Notice>}
      <OwnEvents client={client} events={events.slice(0, most)} />
      {events.length > most && (
        <Button onPress={() => setMost(most + SHOWN_AT_FIRST)}>
          {say("recorded.more", { n: events.length - most })}
        </Button>
      )}
    </Screen>
  );
}
