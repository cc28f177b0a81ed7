/** What a store can fail with, as sentences that an officer can act on. */

import { FieldProblem } from "../contract";
import type { StoreState } from "./schema";

export const MOST_TRIES = 10;

export function locked(): FieldProblem {
  return new FieldProblem("locked", "This needs your passphrase: the store is locked.");
}

export function notEnrolled(): FieldProblem {
  return new FieldProblem(
    "not_enrolled",
    "There is no such store on this phone. Ask a coordinator for a code and enrol.",
  );
}

export function refused(words: string): FieldProblem {
  return new FieldProblem("refused", words);
}

export function tooLate(): FieldProblem {
  return new FieldProblem("too_late", "It is too late to undo that; withdraw it instead.");
}

/** What to tell an officer whose lists are gone. */
export function gone(state: StoreState): FieldProblem {
  if (state === "lost" || state === "leaver") {
    return new FieldProblem(
      "revoked",
      "This device has been revoked: nothing more can be recorded on it. What waits is safe and can still be sent.",
    );
  }
  return new FieldProblem(
    "wiped",
    "The lists on this phone were wiped. What was recorded is kept sealed and can still be sent. To go on, ask a " +
      "coordinator for a new code and enrol again.",
  );
}

export function wipedAfterTries(): FieldProblem {
  return new FieldProblem(
    "wiped",
    `${MOST_TRIES} wrong tries: the lists on this phone were wiped. What was recorded is kept sealed and can still be ` +
      "sent. Ask a coordinator for a new code to enrol again.",
    MOST_TRIES,
  );
}

export function wrongPassphrase(tries: number): FieldProblem {
  const left = MOST_TRIES - tries;
  return new FieldProblem(
    "wrong_passphrase",
    `That is not the passphrase. ${left === 1 ? "1 try" : `${left} tries`} left before the lists on this phone are wiped; ` +
      "what was recorded is safe and still gets sent.",
    tries,
  );
}

/** The passphrase could not be put to the test: Argon2id found no memory, or its part of the app did not load. */
export function notStretched(): FieldProblem {
  return new FieldProblem(
    "refused",
    "The passphrase could not be checked, and this was not counted as a try. Close other apps and try again; if it goes " +
      "on, connect and open the app again.",
  );
}

export function damaged(what: string): FieldProblem {
  return new FieldProblem(
    "storage_broken",
    `A part of this phone's store (${what}) is damaged and does not open. What was recorded can still be sent: sync, and ` +
      "tell your coordinator.",
  );
}

/** A browser's storage error as a FieldProblem; anything else as it is. */
export function storageProblem(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof FieldProblem) {
    return error;
  }
  if (error.name === "QuotaExceededError") {
    return new FieldProblem(
      "storage_full",
      "This phone is full: nothing of this step was kept; what was recorded before is safe. Sync, delete photos or " +
        "apps, and try again.",
    );
  }
  if (error.name === "VersionError") {
    return new FieldProblem(
      "newer_store",
      "This store was made by a newer version of the app. Nothing was touched. Connect, close every window of the app, " +
        "and open it again to update.",
    );
  }
  if (error instanceof DOMException || STORAGE_ERRORS.has(error.name)) {
    return new FieldProblem(
      "storage_broken",
      `This phone's storage cannot be read or written (${error.name}). Nothing of this step was kept; what was recorded ` +
        "before is safe. Close the app and open it again; if it goes on, tell your coordinator and do not clear the " +
        "browser's data.",
    );
  }
  return error;
}

/** Where an engine throws these as plain errors. */
const STORAGE_ERRORS = new Set([
  "AbortError",
  "InvalidStateError",
  "UnknownError",
  "ConstraintError",
  "DataError",
]);
