/** Recording at a door, and the ten seconds in which it can be taken back. */

import { createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import type { AtDoor, FieldClient, HouseView } from "../contract";
import { fullAddress } from "./address";
import { sentenceOf } from "./attempt";
import { useTick } from "./hooks";
import { Icon } from "./icons";
import { Button } from "./parts";
import { useWay } from "./way";
import { say } from "./words";

export const UNDO_MS = 10_000;

interface JustRecorded {
  eventId: string;
  view: HouseView;
  /** What was recorded, such as "No reply". */
  deed: string;
}

export interface Doors {
  last: JustRecorded | null;
  /** Said once by a screen reader; "" once it is no longer so. */
  spoken: string;
  /** Why the last undo failed; "" where it did not. */
  problem: string;
  /** Keeps it durably, and offers to take it back. */
  record(view: HouseView, door: AtDoor, deed: string): Promise<void>;
  undo(): Promise<void>;
}

export const DoorsContext = createContext<Doors | null>(null);

export function useDoors(): Doors {
  const doors = useContext(DoorsContext);
  if (!doors) throw new Error("this screen records, and stands outside an unlocked store");
  return doors;
}

/** Made once for an unlocked store. */
export function useDoorsOf(client: FieldClient): Doors {
  const [last, setLast] = useState<JustRecorded | null>(null);
  const [spoken, setSpoken] = useState("");
  const [problem, setProblem] = useState("");
  const undoing = useRef(false);
  useEffect(() => {
    const timer = setTimeout(() => setSpoken(""), UNDO_MS);
    return () => clearTimeout(timer);
  }, [spoken]);

  async function record(view: HouseView, door: AtDoor, deed: string): Promise<void> {
    const eventId = await client.record(view.key, door, UNDO_MS);
    const address = fullAddress(view.street.name, view.house.address);
    setLast({ eventId, view, deed });
    setProblem("");
    setSpoken(say("undo.spoken", { deed, address }));
  }

  async function undo(): Promise<void> {
    if (!last || undoing.current) return;
    undoing.current = true;
    try {
      await client.undo(last.eventId);
      setLast(null);
      setSpoken(say("undo.done", { deed: last.deed }));
    } catch (error) {
      setProblem(sentenceOf(error));
    } finally {
      undoing.current = false;
    }
  }

  return { last, spoken, problem, record, undo };
}

const SHOWN_ON: readonly string[] = ["today", "street", "map", "house", "search"];

/** Whether a screen tells what was just recorded: elsewhere a resident may be reading, or something else is being done. */
export function tellsRecorded(screen: string): boolean {
  return SHOWN_ON.includes(screen);
}

/** "Recorded: No reply", with undo and the seconds left for it. Gone when they are over. */
export function UndoBar({ client }: { client: FieldClient }) {
  const doors = useContext(DoorsContext);
  const way = useWay();
  useTick(doors?.last ? 500 : 0);
  const event = doors?.last && client.ownEvents().find((one) => one.id === doors.last?.eventId);
  const left = event?.state === "undoable" ? Math.ceil((event.undoUntil - Date.now()) / 1000) : 0;
  if (!tellsRecorded(way.current.screen)) return null;
  if (!doors?.last || left <= 0) return doors?.problem ? <p class="wrong">{doors.problem}</p> : null;
  const { view, deed } = doors.last;
  return (
    <section class="undo" aria-label={say("undo.title")}>
      <p class="undo-words">
        <Icon sign="check" />
        <span class="grow">
          <span class="strong">{say("undo.recorded", { deed })}</span>
          <span class="small soft block">{fullAddress(view.street.name, view.house.address)}</span>
        </span>
      </p>
      <Button sign="undo" onPress={doors.undo}>
        {say("undo.undo")} <span class="number seconds">{left}</span>
      </Button>
    </section>
  );
}
