/** Recording what a conversation brought, with the visit where it has not been recorded yet: one door, one event. */

import { useEffect } from "preact/hooks";
import type { AtDoor, FieldClient, HouseKey } from "../contract";
import type { Visit } from "../protocol/types";
import { type Attempt, useAttempt } from "./attempt";
import type { Drafted } from "./draft";

export interface Recording extends Attempt {
  /** The visit that waits to be recorded with what is filled in. */
  visit: Visit | undefined;
  /** Seals at once. Resolves to the event's id; "" where it could not be recorded, and `problem` says why. */
  record(door: AtDoor): Promise<string>;
  /** Records the visit alone; what is filled in is kept for later. */
  recordVisit(): Promise<string>;
}

/**
 * `given` is the visit that the officer came with. From the start it is part of the draft, so that no interruption loses
 * it; there is none once the draft is forgotten.
 */
export function useRecording<T extends { visit?: Visit }>(
  client: FieldClient,
  key: HouseKey,
  draft: Drafted<T>,
  given: Visit | undefined,
): Recording {
  const attempt = useAttempt();
  const { visit, ...rest } = draft.content;

  useEffect(() => {
    if (given) draft.set({ ...draft.content, visit: given });
  }, []);

  async function seal(door: AtDoor): Promise<string> {
    let eventId = "";
    await attempt.run(async () => {
      eventId = await client.record(key, door);
    });
    return eventId;
  }

  return {
    ...attempt,
    visit,
    record: (door) => seal({ ...(visit && { visit }), ...door }),
    async recordVisit() {
      const eventId = visit ? await seal({ visit }) : "";
      if (eventId !== "") draft.set(rest as T);
      return eventId;
    },
  };
}
