/**
 * The phone's protocol for another program to ask: a line of JSON in, a line of JSON out (tests/sync/peer.py).
 * {"ask": name, …} is answered by {"answer": …}, or by {"error": the error's name} where the protocol refuses.
 */

import { createInterface } from "node:readline";
import { loadTypeScript } from "../typescript.mjs";

const { module, close } = await loadTypeScript(new URL("answers.ts", import.meta.url));

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, ...given } = JSON.parse(line);
  const answer = await module.ANSWERS[ask](given).then(
    (told) => ({ answer: told }),
    (error) => ({ error: error.name, message: error.message }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await close();
