/**
 * Argon2id in a worker: the screen goes on answering while it takes its second, and its 64 MiB go back with the worker.
 */

import { ownScript } from "../trusted";
import workerUrl from "./argon2.worker?worker&url";

const HASH_BYTES = 32;

/** All that the worker is told; as hash-wasm takes it. */
export interface Argon2Options {
  password: string;
  salt: Uint8Array;
  memorySize: number;
  iterations: number;
  parallelism: number;
  hashLength: number;
  outputType: "binary";
}

/** 32 bytes of Argon2id (RFC 9106, one lane), at this many KiB and passes. */
export async function argon2(
  password: string,
  salt: Uint8Array,
  memoryKib: number,
  passes: number,
): Promise<Uint8Array> {
  const options: Argon2Options = {
    password,
    salt,
    memorySize: memoryKib,
    iterations: passes,
    parallelism: 1,
    hashLength: HASH_BYTES,
    outputType: "binary",
  };
  if (typeof Worker === "undefined") {
    return here(options);
  }
  // Where a browser starts no worker the screen stands still meanwhile; the answer is the same.
  return inWorker(options).catch(() => here(options));
}

async function here(options: Argon2Options): Promise<Uint8Array> {
  const { argon2id } = await import("hash-wasm");
  return argon2id(options);
}

function inWorker(options: Argon2Options): Promise<Uint8Array> {
  const worker = new Worker(ownScript(workerUrl), { type: "module" });
  const answer = new Promise<Uint8Array>((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<Uint8Array>) => resolve(event.data);
    worker.onerror = reject;
    worker.postMessage(options);
  });
  return answer.finally(() => worker.terminate());
}
