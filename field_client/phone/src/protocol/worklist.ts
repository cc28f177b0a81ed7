/** Worklists (section 6): packages opened, and put together from a whole list and contiguous changes. */

import { concat, hex, utf8 } from "./bytes";
import { DecodeError, Malformed, NeedFull } from "./errors";
import { count, decodeJson, encodeText, integer, oneOf, record, text } from "./json";
import { inflate, openWith, sha256 } from "./sealing";
import { toldState } from "./state";
import type { House, Package, PackageHeader, Street, Worklist } from "./types";
import { decodeWorklistBody, type WorklistBody } from "./worklist_body";

export type { WorklistBody } from "./worklist_body";

const EMPTY_DIGEST = "0".repeat(64);
const MOST_BODY_BYTES = 32 * 1024 * 1024;
const LABEL = utf8("doorstep/1 worklist\n");
const FORMAT = 1;
const START = 5;

const header = record<PackageHeader>({
  kind: oneOf("full", "delta"),
  worklist: count,
  base: count,
  version: count,
  epoch: text(),
  device: text(),
  kid: text(),
  not_after: integer,
  protocol: count,
});

/** A package, opened. */
export interface OpenPackage {
  header: PackageHeader;
  body: WorklistBody;
}

/**
 * The header, which a locked device needs to keep packages in order. Throws Malformed. It is only as true as the signed
 * reply that brought it, until the package is opened.
 */
export function readHeader(package_: Package): PackageHeader {
  return asMalformed("The package's header", () => decodeJson(package_.header, header));
}

/** Header and body of a package sealed to this key (keys.loadSealPrivate). Throws Unreadable or Malformed. */
export async function openPackage(package_: Package, sealPrivate: CryptoKeyPair): Promise<OpenPackage> {
  const head = readHeader(package_);
  const plain = await openWith(sealPrivate, concat(LABEL, utf8(package_.header)), package_.body);
  const packed = await inflate(unpadded(plain), MOST_BODY_BYTES);
  const body = asMalformed("The worklist", () => decodeWorklistBody(packed));
  if (body.worklist !== head.worklist || body.version !== head.version) {
    throw new Malformed("The worklist inside is not the one that the header names.");
  }
  return { header: head, body };
}

/** What is packed inside a plaintext of format 1. */
function unpadded(plain: Uint8Array): Uint8Array {
  const length = plain.length < START ? -1 : new DataView(plain.buffer, plain.byteOffset).getUint32(1);
  const end = START + length;
  if (
    plain[0] !== FORMAT ||
    length < 0 ||
    end > plain.length ||
    plain.subarray(end).some((byte) => byte !== 0)
  ) {
    throw new Malformed("What is sealed is not laid out as a worklist.");
  }
  return plain.subarray(START, end);
}

function asMalformed<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DecodeError) {
      throw new Malformed(`${what} is not as the protocol says (at ${error.where}).`);
    }
    throw error;
  }
}

/** The JSON text whose SHA-256 one house adds to the digest: its street's header and all of it but flag and reason. */
export function rowText(street: Street, house: House): string {
  return encodeText([
    street.usrn,
    street.name,
    street.place,
    street.lon,
    street.lat,
    house.uprn,
    house.place,
    house.address,
    house.x,
    house.y,
    toldState(house.state),
    house.parent,
    house.postcode,
    house.hazards,
    house.notes,
  ]);
}

/** The digest after the rows of `added` came in and those of `taken` went (row digests, 32 bytes each). */
export function shiftDigest(
  digest: string,
  added: readonly Uint8Array[],
  taken: readonly Uint8Array[],
): string {
  const sum = (rows: readonly Uint8Array[]) =>
    rows.reduce((total, row) => total + BigInt(`0x${hex(row)}`), 0n);
  const total = BigInt(`0x${digest}`) + sum(added) - sum(taken);
  return BigInt.asUintN(256, total).toString(16).padStart(64, "0");
}

/** The digest of a whole list (64 hex digits), whatever the order of its streets and houses. */
export async function digest(streets: readonly Street[]): Promise<string> {
  return await digestAfter(EMPTY_DIGEST, [], streets);
}

/** The digest of `after`, worked out from that of `before` by the rows that differ: few of them, in a delta. */
async function digestAfter(
  known: string,
  before: readonly Street[],
  after: readonly Street[],
): Promise<string> {
  const [old, now] = [rowsOf(before), rowsOf(after)];
  const taken = [...old].filter(([uprn, row]) => !sameRow(row, now.get(uprn))).map(([, row]) => row);
  const added = [...now].filter(([uprn, row]) => !sameRow(row, old.get(uprn))).map(([, row]) => row);
  return shiftDigest(known, await Promise.all(added.map(rowDigest)), await Promise.all(taken.map(rowDigest)));
}

interface Row {
  street: Street;
  house: House;
}

function rowsOf(streets: readonly Street[]): Map<string, Row> {
  return new Map(streets.flatMap((street) => street.houses.map((house) => [house.uprn, { street, house }])));
}

/** True for the same house, object and all, in a street whose header says the same. */
function sameRow(one: Row, other: Row | undefined): boolean {
  if (one.house !== other?.house) return false;
  const [was, is] = [one.street, other.street];
  if (was.usrn !== is.usrn || was.name !== is.name || was.place !== is.place) return false;
  return was.lon === is.lon && was.lat === is.lat;
}

async function rowDigest({ street, house }: Row): Promise<Uint8Array> {
  return await sha256(utf8(rowText(street, house)));
}

/**
 * The list after a package (section 6.4). One that was applied already, and a whole one older than what is held, change
 * nothing. `held` is what this function gave before, unchanged: a delta's digest is worked out from its digest.
 * Throws NeedFull when a delta does not follow, or when the outcome's digest is not the service's.
 */
export async function putTogether(
  held: Worklist | null,
  header: PackageHeader,
  body: WorklistBody,
): Promise<Worklist> {
  const same = held !== null && held.worklist === header.worklist && held.epoch === header.epoch;
  if (same && header.version <= held.version && !renews(held, header)) return held;
  const delta = header.kind === "delta";
  if (delta && (!same || held.version !== header.base)) {
    throw new NeedFull("These changes do not follow the list that is held.");
  }
  const before = delta ? held : null;
  const streets = merged(before?.streets ?? [], body);
  const came = await digestAfter(before?.digest ?? EMPTY_DIGEST, before?.streets ?? [], streets);
  if (came !== body.digest) {
    throw new NeedFull("The list does not come out as the service has it.");
  }
  return assembled(before, header, body, streets);
}

/** True for a whole package of the version held, which a device asks for when it doubts its own. */
function renews(held: Worklist, header: PackageHeader): boolean {
  return header.kind === "full" && header.version === held.version;
}

/** The streets after the changes, without houses that left (or moved to another street) and streets left empty. */
function merged(held: readonly Street[], body: WorklistBody): Street[] {
  const heads = new Map<string, Street>();
  const houses = new Map<string, { usrn: string; house: House }>();
  for (const street of held) takeIn(street, heads, houses);
  for (const uprn of body.removed) houses.delete(uprn);
  for (const street of body.streets) takeIn(street, heads, houses);
  const byStreet = new Map<string, Street>();
  for (const { usrn, house } of houses.values()) {
    const head = heads.get(usrn) as Street;
    const street = byStreet.get(usrn) ?? { ...head, houses: [] };
    street.houses.push(house);
    byStreet.set(usrn, street);
  }
  const streets = [...byStreet.values()];
  for (const street of streets)
    street.houses.sort((one, other) => inOrder(one, other, one.uprn < other.uprn));
  return streets.sort((one, other) => inOrder(one, other, one.usrn < other.usrn));
}

function takeIn(
  street: Street,
  heads: Map<string, Street>,
  houses: Map<string, { usrn: string; house: House }>,
): void {
  heads.set(street.usrn, street);
  for (const house of street.houses) houses.set(house.uprn, { usrn: street.usrn, house });
}

function inOrder(one: { place: number }, other: { place: number }, firstByName: boolean): number {
  return one.place - other.place || (firstByName ? -1 : 1);
}

/** The list of these streets; what the body leaves out stays as it was before. */
function assembled(
  before: Worklist | null,
  header: PackageHeader,
  body: WorklistBody,
  streets: Street[],
): Worklist {
  const campaign = body.campaign ?? before?.campaign;
  if (campaign === undefined) throw new NeedFull("The list came without its campaign.");
  return {
    worklist: header.worklist,
    version: header.version,
    epoch: header.epoch,
    not_after: header.not_after,
    digest: body.digest,
    campaign,
    officer: body.officer || (before?.officer ?? ""),
    time_zone: body.time_zone,
    outcomes: body.outcomes ?? before?.outcomes ?? [],
    questionnaires: body.questionnaires ?? before?.questionnaires ?? [],
    token_key: body.token_key.length > 0 ? body.token_key : (before?.token_key ?? new Uint8Array()),
    extras: body.extras || (before?.extras ?? ""),
    told: body.told ?? before?.told ?? [],
    streets,
  };
}
