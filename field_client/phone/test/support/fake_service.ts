/**
 * A service in memory, made of protocol/ alone: it enrols, journals, folds, receipts and packs as PROTOCOL.md says, and
 * signs for real. Enough to try the engine against before and beside the real one.
 */

import type { Answer } from "../../src/engine/transport";
import { type Bytes, base64, concat, hex, unbase64, utf8 } from "../../src/protocol/bytes";
import { CARD_PATH, ENROL_PATH, formatCode } from "../../src/protocol/enrolment";
import { envelopeHash, eventInfo, eventKeyInfo } from "../../src/protocol/envelope";
import { decodeBody } from "../../src/protocol/events";
import { EXCHANGE_PATH } from "../../src/protocol/exchange";
import { type Fact, fold } from "../../src/protocol/fold";
import { encode, encodeText } from "../../src/protocol/json";
import {
  kidOf,
  loadSealPrivate,
  newSealKey,
  newSigningKey,
  publicBytesOf,
  signRaw,
} from "../../src/protocol/keys";
import { table } from "../../src/protocol/outcomes";
import { inflate, openWith, sha256 } from "../../src/protocol/sealing";
import type { Envelope, EventBody, Have, Package, Receipt, Worklist } from "../../src/protocol/types";
import { digest } from "../../src/protocol/worklist";
import { signReply, verifyRequest } from "../service/signing";
import { CAMPAIGN, START_MS, ZONE } from "./lists";
import { packageFor } from "./packing";

export interface FakeDevice {
  id: string;
  verifyKey: Bytes;
  sealKey: Bytes;
  eventKey: Bytes;
  number: number;
  revoked: "" | "lost" | "leaver";
}

/** A request as the service read it. */
export interface Seen {
  number: number;
  now: number;
  epoch: string;
  events: Envelope[];
  have: Have[];
  waiting: number;
  kid: string;
  guide: string;
}

export class FakeService {
  now = START_MS;
  epoch = "e1";
  readonly lists = new Map<number, Worklist>();
  /** By `worklist/version`. */
  readonly history = new Map<string, Worklist>();
  readonly ended = new Map<number, "recalled" | "expired" | "closed">();
  readonly devices = new Map<string, FakeDevice>();
  /** Envelopes in order of arrival, and what was applied of them. */
  readonly journal: Envelope[] = [];
  readonly bodies = new Map<string, EventBody>();
  readonly receipts = new Map<string, Receipt>();
  readonly facts = new Map<string, Fact[]>();
  /** Events to hold, with the reason. */
  readonly hold = new Map<string, string>();
  readonly requests: Seen[] = [];
  readonly codes = new Map<string, string>();
  more = false;
  sealKey = { kid: "", public: new Uint8Array() as Bytes };
  verifyKey: Bytes = new Uint8Array();
  private turn: Promise<unknown> = Promise.resolve();
  private signing!: CryptoKeyPair;
  private readonly seals = new Map<string, CryptoKeyPair>();

  static async make(): Promise<FakeService> {
    const service = new FakeService();
    service.signing = await newSigningKey();
    service.verifyKey = await publicBytesOf(service.signing);
    await service.newSealKey();
    return service;
  }

  async newSealKey(): Promise<void> {
    const { privateBytes, publicBytes } = await newSealKey();
    this.sealKey = { kid: await kidOf(publicBytes), public: publicBytes };
    this.seals.set(this.sealKey.kid, await loadSealPrivate(privateBytes, publicBytes));
  }

  async newCode(): Promise<string> {
    const secret = crypto.getRandomValues(new Uint8Array(10));
    const pin = (await sha256(concat(utf8("doorstep/1 pin\n"), this.verifyKey))).slice(0, 10);
    const code = formatCode({ secret, pin });
    this.codes.set(code, "");
    return code;
  }

  get device(): FakeDevice {
    return [...this.devices.values()].at(-1) as FakeDevice;
  }

  give(list: Worklist): void {
    this.lists.set(list.worklist, list);
    this.history.set(`${list.worklist}/${list.version}`, list);
  }

  recall(worklist: number): void {
    this.lists.delete(worklist);
    this.ended.set(worklist, "recalled");
  }

  // HTTP.

  /** One request after the other, as a street's lock has it. */
  answer(
    ...request: [method: string, path: string, headers: Record<string, string>, body: Uint8Array]
  ): Promise<Answer> {
    const answer = this.turn.then(() => this.handle(...request));
    this.turn = answer.catch(() => undefined);
    return answer;
  }

  private async handle(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: Uint8Array,
  ): Promise<Answer> {
    if (method === "GET" && path === CARD_PATH) {
      return { status: 200, headers: { "content-type": "application/json" }, body: await this.card() };
    }
    const handle = { [ENROL_PATH]: this.enrol, [EXCHANGE_PATH]: this.exchange }[path];
    return method === "POST" && handle ? handle.call(this, path, headers, body) : problem(404, "not_found");
  }

  private async card(): Promise<Bytes> {
    const { verifyKey, sealKey, epoch, now } = this;
    const lines = [
      "doorstep/1 card",
      1,
      hex(verifyKey),
      sealKey.kid,
      hex(sealKey.public),
      epoch,
      now,
      "Doorstep",
    ];
    const signature = await signRaw(this.signing.privateKey, utf8(lines.map((line) => `${line}\n`).join("")));
    return encode({
      verify_key: base64(verifyKey),
      seal_key: { kid: sealKey.kid, public: base64(sealKey.public) },
      epoch,
      now,
      name: "Doorstep",
      signature: base64(signature),
      protocol: 1,
    });
  }

  private signed(message: object, headers: Record<string, string>): Promise<Answer> {
    return signedAnswer(this.signing.privateKey, encode(message), headers.Signature as string);
  }

  private async enrol(path: string, headers: Record<string, string>, body: Uint8Array): Promise<Answer> {
    const asked = JSON.parse(new TextDecoder().decode(body));
    const verifyKey = unbase64(asked.verify_key);
    const { number } = await verifyRequest(verifyKey, { method: "POST", path, headers, body });
    const usedBy = this.codes.get(asked.code);
    if (usedBy === undefined) {
      return problem(422, "unknown_code");
    }
    if (usedBy !== "" && usedBy !== asked.device) {
      return problem(409, "conflict");
    }
    this.codes.set(asked.code, asked.device);
    const seal = this.seals.get(asked.kid) as CryptoKeyPair;
    const eventKey = await openWith(seal, eventKeyInfo(asked.device, asked.kid), unbase64(asked.event_key));
    const { device: id } = asked;
    const known = this.devices.get(id);
    this.devices.set(
      id,
      known ?? { id, verifyKey, sealKey: unbase64(asked.seal_key), eventKey, number, revoked: "" },
    );
    const reply = {
      device: id,
      officer: "PC Made Up",
      epoch: this.epoch,
      now: this.now,
      seal_key: { kid: this.sealKey.kid, public: base64(this.sealKey.public) },
      verify_key: base64(this.verifyKey),
      time_zone: ZONE,
    };
    return this.signed(reply, headers);
  }

  private async exchange(path: string, headers: Record<string, string>, body: Uint8Array): Promise<Answer> {
    const keyid = /keyid="([^"]*)"/.exec(headers["Signature-Input"] ?? "")?.[1] ?? "";
    const device = this.devices.get(keyid);
    if (device === undefined) {
      return problem(401, "bad_signature");
    }
    const { number } = await verifyRequest(device.verifyKey, { method: "POST", path, headers, body });
    const request = readRequest(body);
    if (number !== request.number) {
      throw new Error("The nonce is not the number.");
    }
    if (number <= device.number) {
      return problem(409, "replayed");
    }
    device.number = number;
    this.requests.push(request);
    const receipts: Receipt[] = [];
    for (const event of request.events) {
      receipts.push(await this.receive(device, event, request.now));
    }
    const changes = device.revoked ? [] : await this.pack(device, request);
    const reply = {
      now: this.now,
      epoch: this.epoch,
      receipts,
      changes: changes.map((one) => ({ header: one.header, body: base64(one.body) })),
      recalled: request.have.flatMap(({ worklist }) => {
        const reason = this.ended.get(worklist);
        return reason ? [{ worklist, reason }] : [];
      }),
      revoked: device.revoked || undefined,
      more: this.more || undefined,
      seal_key:
        request.kid === this.sealKey.kid
          ? undefined
          : { kid: this.sealKey.kid, public: base64(this.sealKey.public) },
    };
    return this.signed(reply, headers);
  }

  // Events.

  async receive(device: FakeDevice, event: Envelope, requestNow: number): Promise<Receipt> {
    const hash = await envelopeHash(event);
    const known = this.receipts.get(event.id);
    if (known !== undefined) {
      return known.hash === hash
        ? { ...known, status: "duplicate" }
        : { id: event.id, hash, status: "held", reason: "same_id_other_bytes" };
    }
    this.journal.push(event);
    const receipt = await this.apply(device, event, hash, requestNow);
    this.receipts.set(event.id, receipt);
    return receipt;
  }

  private async apply(
    device: FakeDevice,
    event: Envelope,
    hash: string,
    requestNow: number,
  ): Promise<Receipt> {
    const { id } = event;
    const reason = device.revoked === "lost" ? "revoked_lost" : this.hold.get(id);
    if (reason !== undefined) {
      return { id, hash, status: "held", reason };
    }
    const body = await this.open(device, event).catch(() => null);
    if (body === null) {
      return { id, hash, status: "held", reason: "unreadable" };
    }
    this.bodies.set(id, body);
    const at = correctedAt(body, requestNow, this.now);
    const said = this.facts.get(body.uprn) ?? [];
    this.facts.set(body.uprn, [...said, ...factsOf(id, body, at)]);
    const version = await this.refold(body.uprn);
    return { id, hash, status: "applied", worklist: version ? body.worklist : 0, version };
  }

  private async open(device: FakeDevice, event: Envelope): Promise<EventBody> {
    const info = eventInfo(event.id, device.id, event.kid);
    const plain = await openWith(this.seals.get(event.kid) as CryptoKeyPair, info, event.sealed);
    const length = new DataView(plain.buffer).getUint32(33);
    return decodeBody(await inflate(plain.subarray(37, 37 + length), 262_144));
  }

  /** A fact of another officer about a house, and the lists that follow from it. */
  async otherVisit(uprn: string, outcome: string, at = this.now): Promise<void> {
    const fact: Fact = { id: `other ${uprn} ${at}`, kind: "visit", at, campaign: CAMPAIGN, outcome };
    this.facts.set(uprn, [...(this.facts.get(uprn) ?? []), fact]);
    await this.refold(uprn);
  }

  private async refold(uprn: string): Promise<number> {
    let version = 0;
    for (const list of [...this.lists.values()]) {
      if (!list.streets.some((street) => street.houses.some((house) => house.uprn === uprn))) {
        continue;
      }
      const state = fold(this.facts.get(uprn) ?? [], list.campaign.id, ZONE, table());
      const streets = list.streets.map((street) => ({
        ...street,
        houses: street.houses.map((house) => (house.uprn === uprn ? { ...house, state } : house)),
      }));
      version = list.version + 1;
      this.give({ ...list, streets, version, digest: await digest(streets) });
    }
    return version;
  }

  // Lists.

  async pack(device: FakeDevice, request: Seen): Promise<Package[]> {
    const packages: Package[] = [];
    for (const list of this.lists.values()) {
      const have = request.have.find((one) => one.worklist === list.worklist);
      const known =
        request.epoch === this.epoch ? this.history.get(`${list.worklist}/${have?.version}`) : undefined;
      const base = known && (!have?.digest || have.digest === known.digest) ? known : null;
      if (base === null || base.version < list.version) {
        packages.push(await packageFor(device, list, base, this.epoch));
      }
    }
    return packages;
  }
}

/** Under any key, so that a stranger's can be tried. */
export async function signedAnswer(key: CryptoKey, body: Bytes, requestSignature: string): Promise<Answer> {
  const signed = await signReply(key, { status: 200, body, requestSignature });
  return { status: 200, headers: { "content-type": "application/json", ...lowered(signed) }, body };
}

/** As a browser gives the names of headers. */
function lowered(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function readRequest(body: Uint8Array): Seen {
  const asked = JSON.parse(new TextDecoder().decode(body));
  const events = (asked.events ?? []).map((event: { sealed: string }) => ({
    ...event,
    sealed: unbase64(event.sealed),
  }));
  return { waiting: 0, have: [], kid: "", guide: "", ...asked, events };
}

function correctedAt({ clock }: EventBody, requestNow: number, now: number): number {
  const { recorded_at, service_seen, ticks } = clock;
  const told =
    service_seen !== undefined && ticks !== undefined
      ? service_seen + ticks
      : recorded_at + (now - requestNow);
  return Math.min(Math.max(told, service_seen ?? 0), now);
}

function factsOf(id: string, body: EventBody, at: number): Fact[] {
  const { visit, withdraws, registrations = [], campaign } = body;
  const callback = { callback_date: visit?.callback?.date ?? "", callback_slot: visit?.callback?.slot ?? "" };
  return [
    ...(visit ? [{ id, kind: "visit" as const, at, campaign, outcome: visit.outcome, ...callback }] : []),
    ...(withdraws ? [{ id, kind: "withdrawal" as const, at, withdraws }] : []),
    ...registrations.map((one) => ({
      id: one.id,
      kind: "registration" as const,
      at,
      resident: one.id,
      registered: "registered",
    })),
  ];
}

/** A problem document, unsigned as errors are. */
export function problem(status: number, code: string): Answer {
  return {
    status,
    headers: { "content-type": "application/problem+json" },
    body: utf8(encodeText({ code, status, title: "No" })),
  };
}
