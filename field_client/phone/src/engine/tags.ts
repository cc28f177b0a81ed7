/** The words that a page and its service worker share. */

export const SYNC_TAG = "doorstep-outbox";

/** To a waiting worker: take over, as the officer is ready. It stays where an event is in its undo window. */
export interface UpdateMessage {
  kind: "update";
}
