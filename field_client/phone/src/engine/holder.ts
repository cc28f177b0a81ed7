/** The phone as an unlocked client sees it. */

import type { KeyCost } from "../store/lockbox";
import type { EngineClient } from "./client";
import type { Surroundings } from "./locked";

/** What a client needs of the phone around it. */
export interface Holder extends Surroundings {
  cost: KeyCost;
  /** Where the service's own pages are, such as https://doorstep.example. */
  origin: string;
  updateReady(): boolean;
  /** Tells other windows and the worker that a store has changed; `isWaiting`: something of it is to be sent. */
  wrote(device: string, isWaiting: boolean): void;
  /** The client has locked itself. */
  closed(client: EngineClient): void;
}
