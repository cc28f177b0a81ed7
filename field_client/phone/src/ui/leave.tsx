/** Something half done: left without losing it unasked, and taken up again. */

import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import type { FieldClient } from "../contract";
import { Dialog } from "./confirm";
import { tell } from "./conversation_words";
import type { Drafted } from "./draft";
import { Button, Notice, Problem } from "./parts";
import type { Recording } from "./recording";
import { spokenMoment } from "./times";
import { useBack } from "./way";

export interface Leaving {
  /** Whether the officer is being asked. */
  isAsking: boolean;
  stay(): void;
  /** Leaves without asking; with the id of the last event recorded here, if any. */
  leave(eventId?: string): void;
}

interface LeavingRules {
  /** Whether there is still something to leave behind: false once it is saved, or while another screen is shown. */
  isOpen: boolean;
  isBegun: boolean;
  /** Goes one step back; false where there is none. */
  stepBack(): boolean;
  onDone(eventId?: string): void;
}

/** What the back button does in a form: a step back, and out of it after asking where something was begun. */
export function useLeaving({ isOpen, isBegun, stepBack, onDone }: LeavingRules): Leaving {
  const [isAsking, setAsking] = useState(false);
  const isOver = useRef(false);
  useBack(isOpen, () => {
    if (isOver.current) return false;
    if (!isAsking && stepBack()) return true;
    setAsking(!isAsking && isBegun);
    return isAsking || isBegun;
  });
  return {
    isAsking,
    stay: () => setAsking(false),
    leave(eventId) {
      isOver.current = true;
      onDone(eventId);
    },
  };
}

interface Props {
  title: string;
  draft: Drafted<unknown>;
  recording: Recording;
  leaving: Leaving;
  /** A further way out, before the others. */
  children?: ComponentChildren;
}

/** Asks what is to become of it. A visit that waits is recorded unless the officer says that it should not be. */
export function Leave({ title, draft, recording, leaving, children }: Props) {
  const waits = recording.visit !== undefined;

  async function keep(): Promise<void> {
    const eventId = waits ? await recording.record({}) : "";
    if (waits && eventId === "") return;
    await draft.keep();
    leaving.leave(eventId);
  }

  async function drop(): Promise<void> {
    await draft.forget();
    leaving.leave();
  }

  return (
    <Dialog title={title} onClose={leaving.stay}>
      <Problem words={recording.problem} />
      <p>{tell(waits ? "leave.visit_waits" : "leave.kept")}</p>
      {children}
      <Button kind="main" off={recording.running} onPress={keep}>
        {tell(waits ? "leave.record_visit" : "leave.keep")}
      </Button>
      <Button onPress={leaving.stay}>{tell("leave.stay")}</Button>
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
