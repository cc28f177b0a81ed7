/** How a screen follows what is around it: the client, the minute, the back button. */

import { useEffect, useReducer, useRef, useState } from "preact/hooks";

export interface Watched {
  subscribe(listener: () => void): () => void;
}

/**
 * Draws the component again whenever the client says that it would answer otherwise. Read from the client while drawing:
 * its reads are from memory.
 */
export function useClient<T extends Watched>(client: T): T {
  const [, again] = useReducer((n: number) => n + 1, 0);
  useEffect(() => client.subscribe(() => again(undefined)), [client]);
  return client;
}

/** Draws again every so often, for what ages by itself: revisit flags, callbacks, seconds left. */
export function useTick(everyMs: number): void {
  const [, again] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    if (everyMs <= 0) return;
    const timer = setInterval(() => again(undefined), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}

/** What a promise resolved to; undefined until then, and where it failed. */
export function usePromised<T>(ask: () => Promise<T>, again: readonly unknown[]): T | undefined {
  const [value, setValue] = useState<T>();
  useEffect(() => {
    let asked = true;
    ask().then(
      (answer) => asked && setValue(() => answer),
      () => undefined,
    );
    return () => {
      asked = false;
    };
  }, again);
  return value;
}

/** The newest value of something, for listeners that outlive the drawing that made them. */
export function useLatest<T>(value: T): { readonly current: T } {
  const latest = useRef(value);
  latest.current = value;
  return latest;
}
