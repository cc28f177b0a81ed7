/** Syncing of an unlocked store: never two at once in one window, with numbers and the last outcome to be shown. */

import { FieldProblem, type SyncOutcome, type SyncProgress } from "../contract";
import { type Exchanging, exchange } from "./exchange";

export class Syncer {
  progress: SyncProgress = { running: false, sent: 0, of: 0 };
  last: SyncOutcome | null = null;
  /** Why the last one failed, a sentence; "" where it did not. */
  problem = "";
  private running: Promise<SyncOutcome> | null = null;

  /** `settled` is called after each, with whether it worked, before anybody is told. */
  constructor(
    private readonly on: Exchanging,
    private readonly changed: () => void,
    private readonly settled: (hasWorked: boolean) => Promise<void>,
  ) {}

  /** A second call joins the first. */
  sync(): Promise<SyncOutcome> {
    this.running ??= this.once().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** One that begins after all that was recorded before the call. */
  async syncAnew(): Promise<SyncOutcome> {
    await this.running?.catch(() => undefined);
    return this.sync();
  }

  private async once(): Promise<SyncOutcome> {
    let hasWorked = false;
    const progress = (now: SyncProgress) => {
      this.progress = now;
      this.changed();
    };
    try {
      this.last = await exchange({ ...this.on, progress });
      this.problem = "";
      hasWorked = true;
      return this.last;
    } catch (error) {
      this.problem =
        error instanceof FieldProblem
          ? error.message
          : "Syncing failed. Nothing is lost; what waits still waits.";
      throw error;
    } finally {
      await this.settled(hasWorked);
    }
  }
}
