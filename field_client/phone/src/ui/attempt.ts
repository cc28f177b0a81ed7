/** Doing one thing at a time that may fail with a sentence: a second tap while it runs does nothing. */

import { useRef, useState } from "preact/hooks";
import { FieldProblem } from "../contract";
import { say } from "./words";

export interface Attempt {
  running: boolean;
  /** The sentence of the last failure; "" where there is none. */
  problem: string;
  /** Runs the work, unless some is running. Resolves to whether it was done. */
  run(work: () => Promise<unknown>): Promise<boolean>;
  clear(): void;
}

export function useAttempt(): Attempt {
  const [running, setRunning] = useState(false);
  const [problem, setProblem] = useState("");
  const busy = useRef(false);

  async function run(work: () => Promise<unknown>): Promise<boolean> {
    if (busy.current) return false;
    busy.current = true;
    setRunning(true);
    setProblem("");
    try {
      await work();
      return true;
    } catch (error) {
      setProblem(sentenceOf(error));
      return false;
    } finally {
      busy.current = false;
      setRunning(false);
    }
  }

  return { running, problem, run, clear: () => setProblem("") };
}

/** What to tell of a failure. One that is no FieldProblem is a fault of ours, and is said so. */
export function sentenceOf(error: unknown): string {
  if (error instanceof FieldProblem) return error.message;
  console.error(error);
  return say("problem.ours");
}
