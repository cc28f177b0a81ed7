/**
 * The way to the service: one request out, one answer back, and nothing trusted on the way.
 *
 * No redirect is followed and no cookie sent. The signature covers the very bytes that the service sent.
 */

import { FieldProblem } from "../contract";

const SILENCE_MS = 60_000;
const MOST_REPLY_BYTES = 64 * 1024 * 1024;

/** What came back; names of headers in lower case. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

/** Sends one request to this app's own service. Problem: not_reached, where no whole answer came. */
export type Send = (
  method: "GET" | "POST",
  path: string,
  headers: Record<string, string>,
  body: Uint8Array,
) => Promise<Answer>;

export function notReached(words: string): FieldProblem {
  return new FieldProblem("not_reached", `${words} Nothing changed; what waits still waits.`);
}

/** True for HTML: most likely the sign-in page of a public Wi-Fi, not the service. */
export function looksLikeAPage(answer: Answer): boolean {
  const start = new TextDecoder().decode(answer.body.slice(0, 200)).trimStart().toLowerCase();
  const kind = answer.headers["content-type"] ?? "";
  return kind.includes("html") || start.startsWith("<!doctype") || start.startsWith("<html");
}

/** `base` is the service's address where it is not this page's own (tests); `silenceMs` is how long nothing may come. */
export function overFetch(base = "", silenceMs = SILENCE_MS): Send {
  return async (method, path, headers, body) => {
    const patience = new Patience(silenceMs);
    try {
      const response = await fetch(base + path, {
        method,
        headers: {
          Accept: "application/json",
          ...(body.length ? { "Content-Type": "application/json" } : {}),
          ...headers,
        },
        body: body.length ? (body as BodyInit) : null,
        redirect: "manual",
        credentials: "omit",
        cache: "no-store",
        referrerPolicy: "no-referrer",
        signal: patience.signal,
      });
      return {
        status: response.type === "opaqueredirect" ? 302 : response.status,
        headers: Object.fromEntries(response.headers),
        body: await readAll(response, patience),
      };
    } catch (error) {
      if (error instanceof FieldProblem) {
        throw error;
      }
      throw notReached(
        patience.signal.aborted
          ? "The service did not answer in time."
          : "The service cannot be reached: no connection, or it broke off.",
      );
    } finally {
      patience.end();
    }
  };
}

/** A time-out that starts anew with every piece that comes, so that a slow connection is not cut off. */
class Patience {
  private readonly controller = new AbortController();
  private timer: ReturnType<typeof setTimeout>;

  constructor(private readonly ms: number) {
    this.timer = this.start();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  private start(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.controller.abort(), this.ms);
  }

  again(): void {
    clearTimeout(this.timer);
    this.timer = this.start();
  }

  end(): void {
    clearTimeout(this.timer);
  }
}

async function readAll(response: Response, patience: Patience): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    patience.again();
    length += part.value.length;
    if (length > MOST_REPLY_BYTES) {
      await reader?.cancel();
      throw notReached("The answer was far too long to be the service's.");
    }
    parts.push(part.value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
