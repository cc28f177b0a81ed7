/** Keeping a form while it is filled in, so that no interruption loses it: sealed on this phone till the shift ends. */

import { useEffect, useState } from "preact/hooks";
import type { FieldClient } from "../contract";
import { sentenceOf } from "./attempt";

type Drafts = Pick<FieldClient, "draft" | "saveDraft" | "dropDraft">;

/** How long a form rests unchanged before it is kept. */
export const SETTLED_MS = 400;

/**
 * The draft of one form. What it does to the store it does one after the other: a draft dropped stays dropped, though it
 * was being saved at that moment.
 */
export class DraftKeeper {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private unsaved: { content: unknown } | null = null;
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly drafts: Drafts,
    private readonly name: string,
    /** Told why the last saving failed, "" once one has succeeded. */
    private readonly tell: (problem: string) => void = () => undefined,
  ) {}

  /** Keeps the content shortly; a later change takes its place. */
  change(content: unknown): void {
    this.unsaved = { content };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.keep(), SETTLED_MS);
  }

  /** Keeps at once what has changed. Resolves when it is durable, or `tell` was told that it is not. */
  keep(): Promise<void> {
    clearTimeout(this.timer);
    const change = this.unsaved;
    this.unsaved = null;
    if (change) {
      this.last = this.last
        .then(() => this.drafts.saveDraft(this.name, change.content))
        .then(() => this.tell(""))
        .catch((error: unknown) => this.tell(sentenceOf(error)));
    }
    return this.last;
  }

  /** Drops what is kept and what was about to be. It goes with the shift if the store will not drop it now. */
  drop(): Promise<void> {
    clearTimeout(this.timer);
    this.unsaved = null;
    this.last = this.last.then(() => this.drafts.dropDraft(this.name)).catch(() => undefined);
    return this.last;
  }
}

export interface Drafted<T> {
  content: T;
  /** When the draft was kept that this was taken up from; null for what was begun anew, and once it was changed. */
  takenUpAt: number | null;
  /** Why it could not be kept, "" where it could. */
  problem: string;
  set(content: T): void;
  /** Keeps at once, as when the officer leaves the screen. */
  keep(): Promise<void>;
  /** Forgets what is filled in, on the screen and in the store. */
  forget(): Promise<void>;
}

interface Rules<T> {
  empty(): T;
  /** Whether there is anything in it to keep. */
  isBegun(content: T): boolean;
  /** Whether the draft was recorded already, and only its dropping was cut short by a kill. */
  isRecorded(content: T): boolean;
}

/** What is filled in on a screen, taken up from its draft where there is one, and kept as it changes. */
export function useDrafted<T>(client: FieldClient, name: string, rules: Rules<T>): Drafted<T> {
  const [start] = useState(() => client.draft(name));
  const isTakenUp = start !== null && !rules.isRecorded(start.content as T);
  const [content, setContent] = useState<T>(() => (isTakenUp ? (start.content as T) : rules.empty()));
  const [takenUpAt, setTakenUpAt] = useState(isTakenUp ? start.savedAt : null);
  const [problem, setProblem] = useState("");
  const [keeper] = useState(() => new DraftKeeper(client, name, setProblem));

  useEffect(() => {
    if (start && takenUpAt === null) void keeper.drop();
    const keep = () => void keeper.keep();
    document.addEventListener("visibilitychange", keep);
    return () => {
      document.removeEventListener("visibilitychange", keep);
      keep();
    };
  }, []);

  return {
    content,
    takenUpAt,
    problem,
    set(next) {
      setContent(next);
      setTakenUpAt(null);
      if (rules.isBegun(next)) keeper.change(next);
      else void keeper.drop();
    },
    keep: () => keeper.keep(),
    forget() {
      setContent(rules.empty());
      setTakenUpAt(null);
      return keeper.drop();
    },
  };
}
