/** Which devices are on this phone: their ids and labels, to be listed before anything is unlocked. */

import { storageProblem } from "./problems";
import { type DeviceRow, openPhoneDb, type PhoneDb } from "./schema";

export class Registry {
  private db: Promise<PhoneDb> | null = null;

  private async with<T>(work: (db: PhoneDb) => Promise<T>): Promise<T> {
    this.db ??= openPhoneDb({
      terminated: () => {
        this.db = null;
      },
      blocking: () => this.close(),
    });
    try {
      return await work(await this.db);
    } catch (error) {
      this.close();
      throw storageProblem(error);
    }
  }

  /** In the order in which they were enrolled. */
  async rows(): Promise<DeviceRow[]> {
    const rows = await this.with((db) => db.getAll("devices"));
    return rows.sort((a, b) => a.madeAt - b.madeAt);
  }

  put(row: DeviceRow): Promise<void> {
    return this.with(async (db) => {
      const tx = db.transaction("devices", "readwrite", { durability: "strict" });
      await tx.store.put(row);
      await tx.done;
    });
  }

  delete(id: string): Promise<void> {
    return this.with((db) => db.delete("devices", id));
  }

  close(): void {
    this.db?.then((db) => db.close()).catch(() => undefined);
    this.db = null;
  }
}
