/** All that a verified reply says, kept in one transaction: receipts, lists, keys, epoch, numbers, or a wipe. */

import type { Seen } from "../protocol/clock";
import type { ExchangeReply, ExchangeRequest } from "../protocol/types";
import * as lists from "./lists";
import * as outbox from "./outbox";
import { READABLE } from "./schema";
import { metaOf, putMeta, type Store, wipe } from "./store";

export interface Taken {
  /** Packages kept, receipts for envelopes of ours, envelopes that go up again. */
  packages: number;
  receipts: number;
  again: number;
  /** Whether anything readable was there before a wipe: the service wants to hear from a request without lists. */
  hadLists: boolean;
}

export async function takeReply(
  store: Store,
  request: ExchangeRequest,
  reply: ExchangeReply,
  seen: Seen,
): Promise<Taken> {
  const arrived = lists.arrived(reply.changes);
  const sent = await outbox.hashesAsSent(request.events ?? []);
  const tables = ["meta", "outbox", "sealed", ...READABLE] as const;
  return store.write("reply", [...tables], async (tx) => {
    const meta = await metaOf(tx);
    const isActive = meta?.state === "active";
    const hadLists = (await tx.objectStore("slots").count()) + (await tx.objectStore("lists").count()) > 0;
    await outbox.forgetOld(tx, reply.now);
    const again = meta?.epoch === reply.epoch ? 0 : await outbox.sendAgain(tx);
    const receipts = await outbox.takeReceipts(tx, reply.receipts, sent, reply.now, request.number);
    for (const one of reply.recalled) {
      await lists.take(tx, one);
    }
    let packages = 0;
    if (isActive && !reply.revoked) {
      for (const one of arrived) {
        packages += Number(await lists.keep(tx, one, reply, store.device, request.number));
      }
      if (packages === reply.changes.length && !reply.more && request.epoch === reply.epoch) {
        for (const one of request.have ?? []) {
          await lists.noteCurrent(tx, one.worklist, request.number, one.version);
        }
      }
    }
    await putMeta(tx, {
      epoch: reply.epoch,
      seen,
      syncedAt: reply.now,
      ...(reply.seal_key && { sealKey: reply.seal_key }),
    });
    if (reply.revoked) {
      await wipe(tx, reply.revoked);
    }
    return { packages, receipts, again, hadLists };
  });
}
