/** Something half done: left without losing it unasked, and taken up again. */

import type { ComponentChildren } from "preact";
import type { FieldClient } from "../contract";
import { Dialog } from "./confirm";
import type { Drafted } from "./draft";
import { Button, Notice, Problem } from "./parts";
import type { Recording } from "./recording";
import { spokenMoment } from "./times";
import { say as tell } from "./words";

interface Props {
  title: string;
  draft: Drafted<unknown>;
  recording: Recording;
  onStay(): void;
  /** Leaves; with the id of the visit's event where it has just been recorded. */
  onLeave(eventId?: string): void;
  /** A further way out, before the others. */
  children?: ComponentChildren;
}

/** Asks what is to become of it. A visit that waits is recorded unless the officer says that it should not be. */
export function Leave({ title, draft, recording, onStay, onLeave, children }: Props) {
  async function keep(): Promise<void> {
    const eventId = await recording.recordVisit();
    if (recording.visit && eventId === "") return;
    await draft.keep();
    onLeave(eventId);
  }

  async function drop(): Promise<void> {
    await draft.forget();
    onLeave();
  }

  const waits = recording.visit !== undefined;
  return (
    <Dialog title={title} onClose={onStay}>
      <Problem words={recording.problem} />
      <p>{tell(waits ? "leave.visit_waits" : "leave.kept")}</p>
      {children}
      <Button kind="main" off={recording.running} onPress={keep}>
        {tell(waits ? "leave.record_visit" : "leave.keep")}
      </Button>
      <Button onPress={onStay}>{tell("leave.stay")}</Button>
      <Button kind="danger" onPress={drop}>
        {tell(waits ? "leave.drop_visit" : "leave.drop")}
      </Button>
    </Dialog>
  );
}

/** That this was taken up from a draft, or that it cannot be kept as one. */
export function DraftNotice({ draft, client }: { draft: Drafted<unknown>; client: FieldClient }) {
  const { now, timeZone } = client.status();
  const isTakenUp = draft.takenUpAt !== null;
  return (
    <>
      {draft.problem && <Notice kind="warn">{draft.problem}</Notice>}
      {isTakenUp && (
        <Notice>
          <p>{tell("leave.taken_up", { time: spokenMoment(draft.takenUpAt ?? now, now, timeZone) })}</p>
          <Button onPress={() => void draft.forget()}>{tell("leave.start_again")}</Button>
        </Notice>
      )}
    </>
  );
}
