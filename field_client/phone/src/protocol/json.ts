/**
 * JSON as section 1 has it, in and out. A reader takes a decoded value to the type that it should be, or throws a
 * DecodeError that names where; members that it does not know are left behind.
 */

import { type Bytes, text as decodeText, unbase64, utf8 } from "./bytes";
import { DecodeError, SyncError } from "./errors";

export type Reader<T> = (value: unknown) => T;

/** What an object of this type is read by: a reader for each member, `maybe` for those that may be left out. */
export type Shape<T> = { [Name in keyof T]-?: Reader<T[Name]> | Reader<T[Name] | undefined> };

const SURROGATE_ESCAPE = /\\ud[89a-f]/i;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** A value as the bytes to send. Throws SyncError where a text in it holds what may not travel. */
export function encode(value: unknown): Bytes {
  return utf8(encodeText(value));
}

/** A value as JSON text without white space; members that are undefined are left out. */
export function encodeText(value: unknown): string {
  const json = JSON.stringify(value);
  if ((SURROGATE_ESCAPE.test(json) || json.includes("\\u0000")) && someText(value, cannotTravel)) {
    throw new SyncError("A text holds a character that cannot be sent: type it again.");
  }
  return json;
}

/** What JSON bytes say, read by `reader`. Throws DecodeError, and nothing else. */
export function decode<T>(bytes: Uint8Array, reader: Reader<T>): T {
  return decodeJson(decodeText(bytes), reader);
}

/** What a JSON text says, read by `reader`. Throws DecodeError, and nothing else. */
export function decodeJson<T>(json: string, reader: Reader<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new DecodeError("It is not JSON");
  }
  if (SURROGATE_ESCAPE.test(json) && someText(value, (text) => LONE_SURROGATE.test(text))) {
    throw new DecodeError("A text holds half a character");
  }
  return reader(value);
}

function cannotTravel(text: string): boolean {
  return text.includes("\0") || LONE_SURROGATE.test(text);
}

/** Whether any text of a value, names of members among them, is such. Without recursion: depth is the sender's choice. */
function someText(value: unknown, such: (text: string) => boolean): boolean {
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === "string" && such(next)) return true;
    if (typeof next !== "object" || next === null) continue;
    for (const [name, part] of Object.entries(next)) left.push(name, part);
  }
  return false;
}

function whole(least: number): Reader<number> {
  return (value) => {
    if (!Number.isSafeInteger(value) || (value as number) < least) {
      throw new DecodeError(`A whole number from ${least} on belongs here`);
    }
    return value as number;
  };
}

/** A whole number from 0 to 2^53 - 1. */
export const count = whole(0);
export const fromOne = whole(1);
/** Any whole number that every language keeps exactly; times are such. */
export const integer = whole(-Number.MAX_SAFE_INTEGER);

export const flag: Reader<boolean> = (value) => {
  if (typeof value !== "boolean") throw new DecodeError("true or false belongs here");
  return value;
};

/** A text of at most so many code points, that matches `pattern` where one is given. */
export function text(most = Number.POSITIVE_INFINITY, pattern?: RegExp): Reader<string> {
  return (value) => {
    if (typeof value !== "string") throw new DecodeError("A text belongs here");
    if (value.includes("\0")) throw new DecodeError("No text may hold the character U+0000");
    if (value.length > most && [...value].length > most) {
      throw new DecodeError(`A text of at most ${most} characters belongs here`);
    }
    if (pattern !== undefined && !pattern.test(value))
      throw new DecodeError("A text of another form belongs here");
    return value;
  };
}

/** Bytes, which are base64 on the wire. */
export const bytes: Reader<Bytes> = (value) => unbase64(text()(value));

export function oneOf<Code extends string>(...codes: Code[]): Reader<Code> {
  return (value) => {
    if (!codes.includes(value as Code)) throw new DecodeError(`One of ${codes.join(", ")} belongs here`);
    return value as Code;
  };
}

export function listOf<T>(reader: Reader<T>, most = Number.POSITIVE_INFINITY): Reader<T[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length > most)
      throw new DecodeError("A list belongs here, not too long");
    return value.map((part, place) => at(`[${place}]`, reader, part));
  };
}

/** An array whose places have meanings, as its reader takes them. */
export function tuple<T>(reader: (parts: unknown[]) => T): Reader<T> {
  return (value) => {
    if (!Array.isArray(value)) throw new DecodeError("An array belongs here");
    return reader(value);
  };
}

/** An object of any names, its members all read alike. */
export function mapOf<T>(
  reader: Reader<T>,
  name: Reader<string> = text(),
  most = Number.POSITIVE_INFINITY,
): Reader<Record<string, T>> {
  return (value) => {
    const members = Object.entries(object(value));
    if (members.length > most) throw new DecodeError(`An object of at most ${most} members belongs here`);
    // fromEntries makes a member of its own even of "__proto__".
    return Object.fromEntries(members.map(([key, part]) => [name(key), at(`.${key}`, reader, part)]));
  };
}

/** An object of known members. */
export function record<T extends object>(shape: Shape<T>): Reader<T> {
  const readers = Object.entries(shape) as [string, Reader<unknown>][];
  return (value) => {
    const given = object(value);
    const made: Record<string, unknown> = {};
    for (const [name, reader] of readers) {
      const part = at(`.${name}`, reader, given[name]);
      if (part !== undefined) made[name] = part;
    }
    return made as T;
  };
}

function object(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DecodeError("An object belongs here");
  }
  return value as Record<string, unknown>;
}

/** A member that may be left out, or null; then it is not there. */
export function maybe<T>(reader: Reader<T>): Reader<T | undefined> {
  return (value) => (value === undefined || value === null ? undefined : reader(value));
}

/** A member that may be left out; then it is `fallback`. */
export function orElse<T>(reader: Reader<T>, fallback: T): Reader<T> {
  return (value) => (value === undefined ? fallback : reader(value));
}

function at<T>(step: string, reader: Reader<T>, value: unknown): T {
  try {
    return reader(value);
  } catch (error) {
    if (error instanceof DecodeError) throw error.within(step);
    throw error;
  }
}
