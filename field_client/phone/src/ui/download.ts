/** Gives the officer a file: what a phone that cannot connect has to say goes to a supervisor by hand. */

import type { OutboxExport } from "../contract";

/** Saves it where the phone keeps downloads. The envelopes in it are sealed to the service. */
export function download(file: OutboxExport): void {
  const url = URL.createObjectURL(new Blob([new Uint8Array(file.bytes)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
