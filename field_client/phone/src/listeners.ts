/** Who is to be told that something would answer otherwise now. */

export class Listeners {
  private readonly all = new Set<() => void>();

  /** Until what it returns is called. */
  subscribe(listener: () => void): () => void {
    this.all.add(listener);
    return () => this.all.delete(listener);
  }

  /** Tells everybody who listened when it began; one may leave, or come, meanwhile. */
  tell(): void {
    for (const listener of [...this.all]) {
      listener();
    }
  }
}
