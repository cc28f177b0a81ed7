/**
 * The service worker: the app's files from its own cache, so that it opens offline; the outboxes sent in the background.
 *
 * What is cached is exactly the list of built files, each checked against its hash, so that a captive portal's page is
 * never kept for one of them. What the service answers under /api is never touched, let alone kept. A newer version
 * waits until the page says so.
 */

import { phoneClocks } from "./engine/clock";
import { anybodyUndoable, sendEverybodys } from "./engine/everybody";
import { Notices } from "./engine/notices";
import { SYNC_TAG, type UpdateMessage } from "./engine/tags";
import { overFetch } from "./engine/transport";

/** Put in by the build: the built files and their hashes, and a name for just this set of them. */
declare const __BUILT__: { version: string; files: { url: string; integrity: string }[] };
declare const self: ServiceWorkerGlobalScope;

interface SyncEvent extends ExtendableEvent {
  tag: string;
}

const APP = "/phone/";
const PREFIX = "doorstep-app-";
const CACHE = PREFIX + __BUILT__.version;
const FILES = new Set(__BUILT__.files.map((file) => file.url));

self.addEventListener("install", (event) => event.waitUntil(keepFiles()));

async function keepFiles(): Promise<void> {
  const cache = await caches.open(CACHE);
  const requests = __BUILT__.files.map(
    ({ url, integrity }) => new Request(url, { integrity, cache: "no-cache" }),
  );
  await cache.addAll(requests);
}

self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

async function takeOver(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)),
  );
  await self.clients.claim();
}

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== self.location.origin || !pathname.startsWith(APP)) {
    return;
  }
  const path = mode === "navigate" ? APP : pathname;
  if (FILES.has(path)) {
    event.respondWith(fromCache(path, event.request));
  }
});

async function fromCache(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(request);
}

self.addEventListener("message", (event) => {
  if ((event.data as UpdateMessage | null)?.kind === "update") {
    event.waitUntil(updateUnlessUndoable());
  }
});

async function updateUnlessUndoable(): Promise<void> {
  if (!(await anybodyUndoable())) {
    await self.skipWaiting();
  }
}

self.addEventListener("sync" as "message", (event: ExtendableEvent) => {
  if ((event as SyncEvent).tag === SYNC_TAG) {
    event.waitUntil(sendInBackground());
  }
});

async function sendInBackground(): Promise<void> {
  const notices = new Notices();
  try {
    await sendEverybodys({ send: overFetch(), clocks: phoneClocks }, (device) => notices.say(device));
  } finally {
    notices.close();
  }
}
