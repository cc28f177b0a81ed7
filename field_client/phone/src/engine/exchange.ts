/**
 * Syncing: events up, receipts and sealed changes down, as often as it takes. Needs no unlock.
 *
 * A request number is kept before the request leaves, so that none is used twice whatever is killed. A reply counts only
 * when the service's pinned key signed it and bound it to this very request; all that it says is then kept in one
 * transaction. Any other answer (a Wi-Fi's page, a cut reply, an error, a forgery) changes nothing.
 */

import { FieldProblem, type SyncOutcome, type SyncProgress } from "../contract";
import { see } from "../protocol/clock";
import { BadSignature, SyncError } from "../protocol/errors";
import { decodeReply, EXCHANGE_PATH, encodeRequest } from "../protocol/exchange";
import { standing, words } from "../protocol/receipts";
import { signRequest, verifyReply } from "../protocol/signing";
import type { Envelope, ExchangeReply, ExchangeRequest, Have } from "../protocol/types";
import * as lists from "../store/lists";
import * as outbox from "../store/outbox";
import { notEnrolled } from "../store/problems";
import { takeReply } from "../store/reply";
import type { MetaRow } from "../store/schema";
import { putMeta, type Store } from "../store/store";
import { type Clocks, reading, serviceTime } from "./clock";
import { type Answer, looksLikeAPage, notReached, type Send } from "./transport";

export const MOST_EVENTS = 60;
const MOST_REPLAYS = 5;

/** The lists that are open in memory, where the store is unlocked. */
export interface Opened {
  /** The digest and the mark of the extras of a list that is open at this version. */
  at(worklist: number, version: number): { digest: string; extras: string } | null;
  /** Opens what came; whether a list does not open and is to be asked for whole. */
  catchUp(): Promise<boolean>;
}

export interface Exchanging {
  store: Store;
  send: Send;
  clocks: Clocks;
  app: string;
  /** Null while locked. */
  opened: Opened | null;
  /** The most events in one request. */
  most?: number;
  progress?: (progress: SyncProgress) => void;
}

/** An error answer: of the service, or of something in between. */
export class Refusal extends FieldProblem {
  constructor(
    readonly status: number,
    readonly problem: string,
    words: string,
  ) {
    super("not_reached", words);
  }
}

/**
 * Exchanges until nothing is left on either side. Problems: not_reached, not_trusted; what was done before stays done.
 * Where the browser has locks, no two windows do it at once; nothing depends on that.
 */
export function exchange(on: Exchanging): Promise<SyncOutcome> {
  return withLock(`doorstep-sync-${on.store.device}`, () => new Exchange(on).run());
}

export function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  return globalThis.navigator?.locks ? (navigator.locks.request(name, work) as Promise<T>) : work();
}

class Exchange {
  private readonly done: SyncOutcome = {
    sent: 0,
    applied: 0,
    held: [],
    lists: 0,
    removed: [],
    revoked: "",
    left: 0,
    at: 0,
  };

  constructor(private readonly on: Exchanging) {}

  async run(): Promise<SyncOutcome> {
    const { store, clocks, progress } = this.on;
    await outbox.chain(store, outbox.windowPassed(clocks.now()));
    try {
      await this.rounds(this.on.most ?? MOST_EVENTS);
    } finally {
      progress?.({ running: false, sent: 0, of: 0 });
    }
    const meta = await this.meta();
    return { ...this.done, left: (await outbox.counts(store)).waiting, at: serviceTime(clocks, meta.seen) };
  }

  private async rounds(most: number): Promise<void> {
    let askedAnew = false;
    for (;;) {
      const events = await outbox.batch(this.on.store, most);
      let goesOn: boolean;
      try {
        goesOn = await this.round(events);
      } catch (error) {
        if (!(error instanceof Refusal) || error.status !== 413 || events.length <= 1) {
          throw error;
        }
        most = Math.max(1, Math.floor(events.length / 2));
        continue;
      }
      if (goesOn) {
        continue;
      }
      if (askedAnew || (await this.meta()).state !== "active" || !(await this.on.opened?.catchUp())) {
        return;
      }
      askedAnew = true;
    }
  }

  /** One exchange; whether there is more to do that this one brought nearer. */
  private async round(events: Envelope[]): Promise<boolean> {
    const { store, clocks, progress } = this.on;
    const { waiting } = await outbox.counts(store);
    const { sent } = this.done;
    progress?.({ running: true, sent, of: sent + waiting });
    const { request, reply } = await this.ask(events);
    const taken = await takeReply(store, request, reply, see(reply.now, reading(clocks, null)));
    this.note(events, reply, taken.packages);
    progress?.({ running: true, sent: this.done.sent, of: Math.max(this.done.sent, sent + waiting) });
    if (reply.revoked && taken.hadLists) {
      return true; // once more: the service learns from a request without lists that it was done
    }
    const hasProgressed = taken.packages + taken.receipts + taken.again > 0;
    return hasProgressed && (reply.more || (await outbox.batch(store, 1)).length > 0);
  }

  private note(events: Envelope[], reply: ExchangeReply, packages: number): void {
    const { done } = this;
    done.sent += events.length;
    done.lists += packages;
    for (const receipt of reply.receipts) {
      const stands = standing(receipt);
      if (stands === "held" || stands === "rejected") {
        done.held.push({ id: receipt.id, words: words(receipt.reason ?? "") });
      } else {
        done.applied += 1;
      }
    }
    done.removed.push(...reply.recalled);
    done.revoked = reply.revoked || done.revoked;
  }

  /** Sends one request; again with a higher number when the service has seen this one's. */
  private async ask(events: Envelope[]): Promise<{ request: ExchangeRequest; reply: ExchangeReply }> {
    for (let turn = 0; ; turn++) {
      try {
        return await this.send(events);
      } catch (error) {
        if (!(error instanceof Refusal) || error.problem !== "replayed" || turn >= MOST_REPLAYS) {
          throw error;
        }
      }
    }
  }

  private async send(events: Envelope[]): Promise<{ request: ExchangeRequest; reply: ExchangeReply }> {
    const { store, clocks, app } = this.on;
    const number = await nextNumber(store, clocks);
    const meta = await this.meta();
    const { pending, waiting } = await outbox.counts(store);
    const request: ExchangeRequest = {
      number,
      now: clocks.now(),
      epoch: meta.epoch,
      events,
      have: meta.state === "active" ? await this.have(meta.epoch) : [],
      // Another window may have had these very events receipted since they were read.
      waiting: Math.max(0, pending + waiting - events.length),
      kid: meta.sealKey.kid,
      app,
      ...(meta.guide && { guide: meta.guide }),
    };
    const { answer, signature } = await signedSend(this.on, number, EXCHANGE_PATH, encodeRequest(request));
    await checkAnswer(answer, meta.serviceKey, signature);
    try {
      return { request, reply: decodeReply(answer.body) };
    } catch (error) {
      throw unreadableAnswer(error);
    }
  }

  /** What is held: version 0 asks for a list from the start. What only the opened list tells is left out while locked. */
  private async have(epoch: string): Promise<Have[]> {
    return (await lists.held(this.on.store)).map((held) => {
      const { worklist } = held;
      if (held.askFull || held.epoch !== epoch || held.stacked >= lists.MOST_STACKED) {
        return { worklist, version: 0 };
      }
      const open = this.on.opened?.at(worklist, held.version);
      return { worklist, version: held.version, ...(open && { digest: open.digest, extras: open.extras }) };
    });
  }

  private async meta(): Promise<MetaRow> {
    const meta = await this.on.store.meta();
    if (meta === undefined || meta.state === "enrolling") {
      throw notEnrolled();
    }
    return meta;
  }
}

/**
 * A request number that was never used: the next one, or the wall clock where that is higher. By the clock, a store that
 * was put back from a copy does not have to count up to the number that it had reached.
 */
export function nextNumber(store: Store, clocks: Clocks): Promise<number> {
  return store.write("number", ["meta"], async (tx) => {
    const meta = await tx.objectStore("meta").get("device");
    const number = Math.max((meta?.number ?? 0) + 1, clocks.now());
    await putMeta(tx, { number });
    return number;
  });
}

/** POSTs a body under the device's signature: the answer, and the signature that it must be bound to. */
export async function signedSend(
  on: Pick<Exchanging, "store" | "send" | "clocks">,
  number: number,
  path: string,
  body: Uint8Array,
): Promise<{ answer: Answer; signature: string }> {
  const key = await on.store.read(["keys"], (tx) => tx.objectStore("keys").get("signing"));
  if (key === undefined) {
    throw notEnrolled();
  }
  const { headers, signature } = await signRequest(key, {
    device: on.store.device,
    number,
    method: "POST",
    path,
    body,
    nowMs: on.clocks.now(),
  });
  return { answer: await on.send("POST", path, headers, body), signature };
}

/** Returns for a 200 that the service signed in answer to this request. Problems: not_reached, not_trusted. */
export async function checkAnswer(
  answer: Answer,
  serviceKey: Uint8Array,
  requestSignature: string,
): Promise<void> {
  if (answer.status !== 200) {
    throw refusal(answer);
  }
  const { status, headers, body } = answer;
  try {
    await verifyReply(serviceKey, { status, headers, body, requestSignature });
  } catch (error) {
    if (!(error instanceof BadSignature)) {
      throw error;
    }
    throw looksLikeAPage(answer)
      ? portal()
      : new FieldProblem(
          "not_trusted",
          "The answer is not signed by this device's service for this request. Nothing changed; try another " +
            "connection, and tell your coordinator if it goes on.",
        );
  }
}

export function unreadableAnswer(error: unknown): unknown {
  return error instanceof SyncError
    ? new FieldProblem(
        "not_trusted",
        "The service's answer cannot be read: update this app. Nothing changed.",
      )
    : error;
}

function portal(): FieldProblem {
  return notReached(
    "A web page answered instead of the service: most likely this Wi-Fi wants you to sign in first.",
  );
}

const SENTENCES: Record<string, string> = {
  unauthenticated: "The service does not know this device. Ask a coordinator.",
  bad_signature: "The service does not know this device, or not by this key. Ask a coordinator.",
  wrong_version: "The service does not speak this version of the protocol any more: update this app.",
  too_many_requests: "The service asks for a pause: try again in a few minutes.",
  not_ready: "The service is not ready yet: try again in a minute.",
  expired: "This code has run out. Ask your coordinator for a new one.",
  unknown_code: "The service does not know this code. Read it again, or ask your coordinator for a new one.",
  conflict: "This code was used already. Ask your coordinator for a new one.",
};

/** What an error means. Only its code is believed, and only as far as choosing a sentence goes. */
function refusal(answer: Answer): FieldProblem {
  const code = problemCode(answer.body);
  const { status } = answer;
  if (
    !code &&
    (status === 511 || status < 400 || (looksLikeAPage(answer) && status < 500 && status !== 413))
  ) {
    return portal();
  }
  const what = SENTENCES[code] ?? `The service answered with an error (${status}).`;
  return new Refusal(status, code, `${what} Nothing changed; what waits still waits.`);
}

function problemCode(body: Uint8Array): string {
  try {
    const code: unknown = JSON.parse(new TextDecoder().decode(body))?.code;
    return typeof code === "string" ? code : "";
  } catch {
    return "";
  }
}
