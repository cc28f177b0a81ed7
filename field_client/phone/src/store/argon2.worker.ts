/** The other end of argon2.ts. A failure is an error of the worker, which the page hears. */

import { argon2id } from "hash-wasm";
import type { Argon2Options } from "./argon2";

self.onmessage = (event: MessageEvent<Argon2Options>) => {
  argon2id(event.data).then(
    (hash) => self.postMessage(hash),
    (error: unknown) => {
      setTimeout(() => {
        throw error;
      });
    },
  );
};
