/** The typed errors of protocol/, as sync/errors.py has them. None ever carries what a person said or is. */

/** Base of every error that a function of protocol/ throws on bad input. */
export class SyncError extends Error {
  // Said as text in each class, because a build shortens the classes' own names.
  override readonly name: string = "SyncError";
}

/** Bytes are not the message they should be. `where` is the JSON path, such as `$.events[3].seq`. */
export class DecodeError extends SyncError {
  override readonly name: string = "DecodeError";
  constructor(
    readonly what: string,
    readonly where = "$",
  ) {
    super(`${what} (at ${where})`);
  }

  /** The same, seen from the value of which this is the part at `step`, such as `.seq` or `[3]`. */
  within(step: string): DecodeError {
    return new DecodeError(this.what, `$${step}${this.where.slice(1)}`);
  }
}

/** No row of the outcomes table has this code. */
export class UnknownOutcome extends SyncError {
  override readonly name: string = "UnknownOutcome";
  constructor(readonly code: string) {
    super(`The outcomes table has no code '${code}'.`);
  }
}

/** A sealed thing cannot be used. `reason` is a code of receipts.ts. */
export class EnvelopeError extends SyncError {
  override readonly name: string = "EnvelopeError";
  readonly reason: "unreadable" | "not_authentic" | "malformed" = "unreadable";
}

/** It does not open with this key: another key, another header, cut short, or changed on the way. */
export class Unreadable extends EnvelopeError {
  override readonly name: string = "Unreadable";
  override readonly reason = "unreadable";
}

/** It opens, but was not made with the device's event key. */
export class NotAuthentic extends EnvelopeError {
  override readonly name: string = "NotAuthentic";
  override readonly reason = "not_authentic";
}

/** It opens and is authentic, but what is inside is not laid out as PROTOCOL.md says. */
export class Malformed extends EnvelopeError {
  override readonly name: string = "Malformed";
  override readonly reason = "malformed";
}

/** What is to be sealed does not fit the largest bucket. */
export class TooLarge extends SyncError {
  override readonly name: string = "TooLarge";
}

/** A package cannot follow the list that is held: ask for the whole list. */
export class NeedFull extends SyncError {
  override readonly name: string = "NeedFull";
}

/** A registration token is mistyped, cut short, or was not made with this list's key. */
export class BadToken extends SyncError {
  override readonly name: string = "BadToken";
}

/** An enrolment code has a typo. `group` is the group to look at, from 1; 0 is the code as a whole. */
export class MistypedCode extends SyncError {
  override readonly name: string = "MistypedCode";
  constructor(
    what: string,
    readonly group = 0,
  ) {
    super(what);
  }
}

/** A request, reply or card is not signed, or not by this key over this content. */
export class BadSignature extends SyncError {
  override readonly name: string = "BadSignature";
  constructor(
    readonly code: "missing" | "malformed" | "digest" | "signature",
    what: string,
  ) {
    super(what);
  }
}
