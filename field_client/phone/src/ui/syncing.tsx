/** What waits, when it was last sent, and what came of it: never a wheel without a number. */

import type { FieldClient, GoneList, Status, StorageState, SyncOutcome } from "../contract";
import { useAttempt } from "./attempt";
import { useClient, useTick } from "./hooks";
import { Button, Notice, Problem } from "./parts";
import { Screen, useFieldClient } from "./screen";
import { outcomeWords } from "./sync_words";
import { spokenMoment } from "./times";
import { useWay } from "./way";
import { say } from "./words";

const MINUTE_MS = 60_000;
const STALE_MS = 24 * 60 * MINUTE_MS;

/** "12 waiting · synced 14:02", or "Sending 5 of 12" while it runs. */
export function syncWords(status: Status): string {
  if (status.sync.running) {
    const { sent, of } = status.sync;
    return of > 0 ? say("sync.sending", { sent: Math.min(sent + 1, of), of }) : say("sync.asking", { n: 0 });
  }
  const waiting = say("sync.waiting", { n: status.waiting + status.undoable });
  const synced =
    status.syncedAt === null
      ? say("sync.never")
      : say("sync.synced", { when: spokenMoment(status.syncedAt, status.now, status.timeZone) });
  return `${waiting} · ${synced}`;
}

/** The line of every main screen: how it stands, and a tap to sync. What changes is said by screen readers. */
export function SyncLine() {
  const client = useClient(useFieldClient());
  useTick(MINUTE_MS);
  const status = client.status();
  const attempt = useAttempt();
  return (
    <div class="sync-line">
      <p class="number grow" role="status">
        {syncWords(status)}
      </p>
      <div class="sync-button">
        <Button
          sign="sync"
          off={status.sync.running || attempt.running}
          onPress={() => attempt.run(() => client.sync())}
        >
          {say("sync.now")}
        </Button>
      </div>
    </div>
  );
}

interface NoticesProps {
  storage: StorageState | undefined;
  onUpdate(): void;
}

/** What the officer has to know and do: each a sentence, the most urgent first; nothing where all is well. */
export function Notices({ storage, onUpdate }: NoticesProps) {
  const client = useClient(useFieldClient());
  const way = useWay();
  useTick(MINUTE_MS);
  const status = client.status();
  const stale = status.syncedAt !== null && status.now - status.syncedAt > STALE_MS;
  return (
    <>
      {status.syncProblem && <Notice kind="warn">{status.syncProblem}</Notice>}
      <GoneLists client={client} gone={status.gone} />
      {status.held > 0 && (
        <Notice kind="warn" title={say("notice.held", { n: status.held })}>
          <p>{say("notice.held_what")}</p>
          <Button kind="quiet" onPress={() => way.go({ screen: "recorded" })}>
            {say("recorded.title")}
          </Button>
        </Notice>
      )}
      {storage?.low && (
        <Notice kind="danger" title={say("notice.storage")}>
          {say("notice.storage_what", { free: megabytes(storage.quotaBytes - storage.usedBytes) })}
        </Notice>
      )}
      {status.clockOutMinutes !== 0 && (
        <Notice kind="warn" title={say("notice.clock", { out: clockOut(status.clockOutMinutes) })}>
          {say("notice.clock_what")}
        </Notice>
      )}
      {stale && !status.syncProblem && <Notice kind="warn">{say("notice.stale")}</Notice>}
      {status.updateReady && (
        <Notice title={say("notice.update")}>
          <p>{say("notice.update_what")}</p>
          <Button off={status.undoable > 0} onPress={onUpdate}>
            {say("notice.update_now")}
          </Button>
        </Notice>
      )}
    </>
  );
}

/** Until the officer has seen it: a list may have gone while the phone was locked. */
function GoneLists({ client, gone }: { client: FieldClient; gone: readonly GoneList[] }) {
  const attempt = useAttempt();
  if (gone.length === 0) return null;
  return (
    <Notice kind="warn" title={say("notice.lists_gone", { n: gone.length })}>
      {gone.map(({ worklist, reason }) => (
        <p key={worklist}>
          {say("lists.number", { number: String(worklist) })}: {say(`notice.list_${reason}`)}
        </p>
      ))}
      <Problem words={attempt.problem} />
      <Button kind="quiet" off={attempt.running} onPress={() => attempt.run(() => client.noteGone())}>
        {say("notice.seen")}
      </Button>
    </Notice>
  );
}

/** "3 days", "2 hours", "7 minutes": how far a clock is out, whichever way. */
function clockOut(minutes: number): string {
  const out = Math.abs(minutes);
  if (out >= 48 * 60) return say("days", { n: Math.round(out / (24 * 60)) });
  return out >= 120 ? say("hours", { n: Math.round(out / 60) }) : say("minutes", { n: out });
}

export function megabytes(bytes: number): string {
  return say("megabytes", { n: Math.max(0, Math.round(bytes / 2 ** 20)) });
}

/** The screen of one's own: what waits, what the last sync did with each, and what to do when it will not go. */
export function SyncScreen({ client, onExport }: { client: FieldClient; onExport(): void }) {
  useClient(client);
  const status = client.status();
  const attempt = useAttempt();
  const running = status.sync.running || attempt.running;
  return (
    <Screen
      title={say("sync.title")}
      bottom={
        <Button kind="main" sign="sync" off={running} onPress={() => attempt.run(() => client.sync())}>
          {say("sync.now")}
        </Button>
      }
    >
      <p class="title number" role="status">
        {syncWords(status)}
      </p>
      {status.syncProblem && (
        <Notice kind="warn" alert>
          {status.syncProblem}
        </Notice>
      )}
      {status.lastSync && !running && <LastSync outcome={status.lastSync} status={status} />}
      <p class="soft">{say("sync.by_itself")}</p>
      {status.syncProblem && (
        <div class="card">
          <p>{say("sync.export_why")}</p>
          <Button onPress={onExport}>{say("export.do")}</Button>
        </div>
      )}
    </Screen>
  );
}

function LastSync({ outcome, status }: { outcome: SyncOutcome; status: Status }) {
  return (
    <div class="card">
      <p class="section">
        {say("sync.last", { when: spokenMoment(outcome.at, status.now, status.timeZone) })}
      </p>
      <p>{outcomeWords(outcome)}</p>
      {outcome.held.map((one) => (
        <p key={one.id} class="soft">
          {one.words}
        </p>
      ))}
    </div>
  );
}
