/** The lists in the clear, in memory, for as long as the store is unlocked. */

import { SyncError } from "../protocol/errors";
import { openPackage, putTogether } from "../protocol/worklist";
import type { Held } from "../store/lists";
import * as lists from "../store/lists";
import type { Store } from "../store/store";
import type { Opened } from "./exchange";
import { describe, type OpenList } from "./open_list";

interface Known {
  newest: number;
  open: OpenList | null;
}

export class OpenLists implements Opened {
  private known = new Map<number, Known>();
  private readonly damaged = new Set<number>();

  constructor(
    private readonly store: Store,
    private key: CryptoKeyPair | null,
  ) {}

  /** Opens what is new. A list that does not open is asked for whole at the next exchange. */
  async refresh(): Promise<void> {
    const { key } = this;
    if (key === null) {
      return;
    }
    const held = await lists.held(this.store);
    const known = new Map<number, Known>();
    for (const one of held) {
      const before = this.known.get(one.worklist);
      const isSame = before?.newest === one.newest;
      const open = isSame ? before.open : await this.open(one, before?.open ?? null, key);
      if (open !== null) {
        open.number = one.number;
      }
      known.set(one.worklist, { newest: one.newest, open });
    }
    this.known = this.key === null ? new Map() : known;
  }

  private async open(held: Held, before: OpenList | null, key: CryptoKeyPair): Promise<OpenList | null> {
    const { worklist } = held;
    let current = before?.list.epoch === held.epoch ? before.list : null;
    try {
      let packages = await lists.packagesOf(this.store, worklist, current?.version ?? 0);
      if (current === null || packages.length === 0) {
        current = null;
        packages = await lists.packagesOf(this.store, worklist, 0);
      }
      for (const one of packages) {
        const { header, body } = await openPackage(one, key);
        current = await putTogether(current, header, body);
      }
      this.damaged.delete(worklist);
    } catch (error) {
      if (!(error instanceof SyncError)) {
        throw error;
      }
      this.damaged.add(worklist);
      if (!held.askFull) {
        await lists.askAnew(this.store, worklist);
      }
    }
    return current === null ? null : describe(current, held.number);
  }

  /** Whether a list that came does not open, and is to be asked for whole. */
  async catchUp(): Promise<boolean> {
    await this.refresh();
    return (await lists.held(this.store)).some((one) => one.askFull);
  }

  at(worklist: number, version: number): { digest: string; extras: string } | null {
    const list = this.known.get(worklist)?.open?.list;
    return list?.version === version ? list : null;
  }

  /** Those that open and whose time is not up, by their number. */
  all(now: number): OpenList[] {
    const open = [...this.known.values()].flatMap((one) => (one.open === null ? [] : [one.open]));
    return open.filter((one) => one.list.not_after >= now).sort((a, b) => a.worklist - b.worklist);
  }

  hasDamaged(): boolean {
    return this.damaged.size > 0;
  }

  /** For good: an exchange that is still under way opens nothing any more. */
  forget(): void {
    this.key = null;
    this.known = new Map();
  }
}
