/**
 * When an unlocked store syncs, chains and locks by itself: on open, when a connection comes back, on return to the
 * foreground, after five events, again after a failure; when an undo window ends or the app goes out of sight; and
 * after some minutes without a touch.
 */

const EVENTS_PER_SYNC = 5;
const RETRIES_MS = [30_000, 60_000, 120_000, 300_000, 600_000, 900_000];
const LOOK_MS = 10_000;
const TICK_MS = 60_000;
const TOUCHES = ["pointerdown", "keydown", "input", "scroll"] as const;

/** What is done when the time has come; none of them throws. */
export interface Doing {
  sync(): Promise<void>;
  /** Chains events: those past their window, or all of them. */
  chain(which: "due" | "every"): Promise<void>;
  lock(): Promise<void>;
  /** Every minute: lists that have run out go, and the screens compute anew. */
  tick(): Promise<void>;
}

export class Triggers {
  private readonly ending = new AbortController();
  private readonly looking: ReturnType<typeof setInterval>;
  private readonly ticking: ReturnType<typeof setInterval>;
  private window: ReturnType<typeof setTimeout> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private recorded = 0;
  private failures = 0;
  private touched: { now: number; ticks: number };

  constructor(
    private readonly doing: Doing,
    private readonly clocks: { now(): number; ticks(): number },
    private readonly autoLockMs: () => number,
  ) {
    this.touched = this.moment();
    this.looking = setInterval(() => this.lockIfIdle(), LOOK_MS);
    this.ticking = setInterval(() => void this.doing.tick(), TICK_MS);
    this.listen();
  }

  private listen(): void {
    const { signal } = this.ending;
    globalThis.addEventListener?.("online", () => this.syncNow(), { signal });
    globalThis.addEventListener?.("pagehide", () => void this.doing.chain("every"), { signal });
    globalThis.document?.addEventListener("visibilitychange", () => this.visibilityChanged(), { signal });
    for (const touch of TOUCHES) {
      globalThis.document?.addEventListener(touch, () => this.touch(), {
        signal,
        passive: true,
        capture: true,
      });
    }
  }

  private visibilityChanged(): void {
    if (document.visibilityState === "hidden") {
      void this.doing.chain("every");
    } else if (!this.lockIfIdle()) {
      this.syncNow();
    }
  }

  /** Something was recorded, with an undo window of `undoMs`. */
  noteRecorded(undoMs: number): void {
    clearTimeout(this.window);
    if (undoMs > 0) {
      this.window = setTimeout(() => void this.doing.chain("due").then(() => this.count()), undoMs);
    } else {
      this.count();
    }
  }

  private count(): void {
    this.recorded += 1;
    if (this.recorded >= EVENTS_PER_SYNC) {
      this.syncNow();
    }
  }

  /** Unless the browser knows that there is no connection. */
  syncNow(): void {
    if (globalThis.navigator?.onLine !== false) {
      void this.doing.sync();
    }
  }

  /** How a sync ended; after a failure it is tried again, each time later. */
  noteSync(hasWorked: boolean): void {
    clearTimeout(this.retry);
    this.recorded = 0;
    if (hasWorked) {
      this.failures = 0;
      return;
    }
    const wait = RETRIES_MS[Math.min(this.failures, RETRIES_MS.length - 1)] as number;
    this.failures += 1;
    // Spread, so that a force's phones do not all come back in the same second after an outage.
    this.retry = setTimeout(() => this.syncNow(), wait * (0.8 + 0.4 * Math.random()));
  }

  private moment(): { now: number; ticks: number } {
    return { now: this.clocks.now(), ticks: this.clocks.ticks() };
  }

  touch(): void {
    this.touched = this.moment();
  }

  /** By whichever clock has gone further: ticks may sleep with the phone, and the wall clock may be put back. */
  private lockIfIdle(): boolean {
    const { now, ticks } = this.moment();
    const idle = Math.max(now - this.touched.now, ticks - this.touched.ticks);
    if (idle < this.autoLockMs()) {
      return false;
    }
    void this.doing.lock();
    return true;
  }

  end(): void {
    this.ending.abort();
    clearInterval(this.looking);
    clearInterval(this.ticking);
    clearTimeout(this.window);
    clearTimeout(this.retry);
  }
}
