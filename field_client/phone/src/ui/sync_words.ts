/** What there is to say of syncing, also of a device that is locked: always with a number. Pure. */

import type { DeviceSummary, SyncOutcome } from "../contract";
import { spokenMoment } from "./times";
import { say } from "./words";

/** "12 waiting · synced 14:02", by this phone's clock and zone: the force's zone is locked away. */
export function lockedLine({ waiting, syncedAt }: DeviceSummary): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const synced =
    syncedAt === null
      ? say("sync.never")
      : say("sync.synced", { when: spokenMoment(syncedAt, Date.now(), timeZone) });
  return `${say("sync.waiting", { n: waiting })} · ${synced}`;
}

/** What the last sync did, in one sentence: how many were sent, counted and held, and which lists came. */
export function outcomeWords(outcome: SyncOutcome): string {
  const parts = [
    outcome.sent > 0 ? say("sync.sent", { n: outcome.sent }) : say("sync.nothing"),
    outcome.sent > 0 && say("sync.counted", { n: outcome.applied }),
    outcome.held.length > 0 && say("sync.held", { n: outcome.held.length }),
    outcome.lists > 0 && say("sync.lists", { n: outcome.lists }),
    outcome.left > 0 && say("sync.left", { n: outcome.left }),
  ];
  return `${parts.filter(Boolean).join(", ")}.`;
}
