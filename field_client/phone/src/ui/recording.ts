/** Recording what a conversation brought, with its visit where that has not been recorded yet: one door, one event. */

import { useState } from "preact/hooks";
import type { AtDoor, FieldClient, HouseKey } from "../contract";
import type { Visit } from "../protocol/types";
import { type Attempt, useAttempt } from "./attempt";

export interface Recording extends Attempt {
  /** The visit that waits to be recorded with what comes of the conversation. */
  visit: Visit | undefined;
  /** Seals at once. Resolves to the event's id; "" where it could not be recorded, and `problem` says why. */
  record(door: AtDoor): Promise<string>;
}

export function useRecording(client: FieldClient, key: HouseKey, given: Visit | undefined): Recording {
  const attempt = useAttempt();
  const [visit, setVisit] = useState(given);
  return {
    ...attempt,
    visit,
    async record(door) {
      let eventId = "";
      await attempt.run(async () => {
        eventId = await client.record(key, { ...(visit && { visit }), ...door });
      });
      if (eventId !== "") setVisit(undefined);
      return eventId;
    },
  };
}
