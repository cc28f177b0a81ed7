/** The page's side of the service worker: it is started, asked to sync in the background, and updated when told to. */

import { Listeners } from "../listeners";
import { ownScript } from "../trusted";
import { SYNC_TAG, type UpdateMessage } from "./tags";

const URL_OF_WORKER = "/phone/sw.js";
const SCOPE = "/phone/";
const UPDATE_LOOK_MS = 60 * 60_000;
const PATIENCE_MS = 5000;

const listeners = new Listeners();
let registration: ServiceWorkerRegistration | null = null;
let isReady = false;
let isAskedFor = false;

/**
 * Starts the worker with which the app opens offline; nothing where the browser has none, or the app is not built.
 */
export async function startWorker(): Promise<void> {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) {
    return;
  }
  try {
    registration = await navigator.serviceWorker.register(ownScript(URL_OF_WORKER), {
      scope: SCOPE,
      updateViaCache: "none",
    });
  } catch {
    return; // The app works without; it only does not open offline. A reload tries again.
  }
  watch(registration);
  setInterval(() => void registration?.update().catch(() => undefined), UPDATE_LOOK_MS);
}

function watch(found: ServiceWorkerRegistration): void {
  const look = () => {
    if (found.waiting !== null && navigator.serviceWorker.controller !== null) {
      tellReady();
    }
  };
  look();
  found.addEventListener("updatefound", () => {
    found.installing?.addEventListener("statechange", look);
  });
  const hadController = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (isAskedFor) {
      location.reload();
    } else if (hadController) {
      tellReady(); // another window updated: this one still runs the version before
    }
  });
}

function tellReady(): void {
  isReady = true;
  listeners.tell();
}

export const updates = {
  ready: () => isReady,
  subscribe: (listener: () => void) => listeners.subscribe(listener),
  /** Loads the newer version. Everything is to be chained and locked before. */
  apply(): void {
    isAskedFor = true;
    const waiting = registration?.waiting;
    if (waiting) {
      waiting.postMessage({ kind: "update" } satisfies UpdateMessage);
      // A worker that found something in its undo window stays as it is; so does the version, until the next try.
      setTimeout(() => location.reload(), PATIENCE_MS);
    } else {
      location.reload();
    }
  },
};

interface BackgroundSync {
  sync?: { register(tag: string): Promise<void> };
}

/** Has the browser send what waits as soon as there is a connection, even when the app is closed; where it can. */
export function askBackgroundSync(): void {
  const { sync } = (registration ?? {}) as BackgroundSync;
  void sync?.register(SYNC_TAG).catch(() => undefined);
}
