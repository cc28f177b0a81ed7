/** What was begun at a door and not finished: under the store key, and gone at the end of the shift. */

import type { Draft } from "../contract";
import { text, utf8 } from "../protocol/bytes";
import type { StoreKey } from "./lockbox";
import type { Store } from "./store";

export const SHIFT_MS = 12 * 3_600_000;

/** The drafts of one store, in memory while it is unlocked. */
export class Drafts {
  private readonly drafts = new Map<string, Draft>();

  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {}

  /** Reads them, and deletes those of an earlier shift and those that do not open. */
  async load(key: StoreKey): Promise<void> {
    this.drafts.clear();
    const { names, rows } = await this.store.read(["drafts"], async (tx) => ({
      names: await tx.objectStore("drafts").getAllKeys(),
      rows: await tx.objectStore("drafts").getAll(),
    }));
    const old: string[] = [];
    for (const [at, name] of names.entries()) {
      const row = rows[at];
      const draft = row && this.isOfThisShift(row.until) ? await open(key, name, row.sealed) : null;
      if (draft === null) {
        old.push(name);
      } else {
        this.drafts.set(draft.name, draft);
      }
    }
    if (old.length > 0) {
      await this.store.write("draft", ["drafts"], async (tx) => {
        await Promise.all(old.map((name) => tx.objectStore("drafts").delete(name)));
      });
    }
  }

  /** One from the future is of a clock put back since, and goes too. */
  private isOfThisShift(until: number): boolean {
    return until >= this.now() && until <= this.now() + SHIFT_MS;
  }

  read(name: string): Draft | null {
    const draft = this.drafts.get(name);
    return draft !== undefined && this.isOfThisShift(draft.savedAt + SHIFT_MS) ? draft : null;
  }

  async save(key: StoreKey, name: string, content: unknown): Promise<void> {
    const draft: Draft = { name, savedAt: this.now(), content };
    const row = await key.blinded(name);
    const sealed = await key.seal("drafts", row, utf8(JSON.stringify(draft)));
    await this.store.write("draft", ["drafts"], async (tx) => {
      await tx.objectStore("drafts").put({ sealed, until: draft.savedAt + SHIFT_MS }, row);
    });
    this.drafts.set(name, draft);
  }

  async drop(key: StoreKey, name: string): Promise<void> {
    this.drafts.delete(name);
    const row = await key.blinded(name);
    await this.store.write("draft", ["drafts"], (tx) => tx.objectStore("drafts").delete(row));
  }

  /** The end of the shift. */
  async dropAll(): Promise<void> {
    this.drafts.clear();
    await this.store.write("draft", ["drafts"], (tx) => tx.objectStore("drafts").clear());
  }

  forget(): void {
    this.drafts.clear();
  }
}

async function open(key: StoreKey, name: string, sealed: Uint8Array): Promise<Draft | null> {
  try {
    return JSON.parse(text(await key.unseal("drafts", name, sealed)));
  } catch {
    return null;
  }
}
