/** The chain of a device's envelopes: each names the hash of the one before, so that a gap or a fork shows. */

import { hex, utf8 } from "./bytes";
import { sha256 } from "./sealing";

/** The `prev` of a device's first envelope (64 hex digits). */
export async function chainStart(device: string): Promise<string> {
  return hex(await sha256(utf8(`doorstep/1 chain\n${device}\n`)));
}
