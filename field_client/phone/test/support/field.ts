/** A phone over an IndexedDB in memory, with clocks that tests set, and the service that it speaks to. */

import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { vi } from "vitest";
import type { FieldClient } from "../../src/contract";
import type { EngineClient } from "../../src/engine/client";
import type { Clocks } from "../../src/engine/clock";
import { EnginePhone } from "../../src/engine/phone";
import { type Answer, notReached, type Send } from "../../src/engine/transport";
import { encode } from "../../src/protocol/json";
import { newSigningKey } from "../../src/protocol/keys";
import type { MetaRow, OutboxRow } from "../../src/store/schema";
import { type Hook, Store } from "../../src/store/store";
import { FakeService, signedAnswer } from "./fake_service";
import { aWorklist, START_MS } from "./lists";

export const PASSPHRASE = "three made up words here";
export const CHEAP = { memoryKib: 64, passes: 1 };

/** A clock that stands where it is put. `skew` is how far the wall clock is out; ticks are true unless it sleeps. */
export class SetClocks implements Clocks {
  skew = 0;
  private slept = 0;
  run = "first run";

  constructor(public true_ = START_MS) {}

  now(): number {
    return this.true_ + this.skew;
  }

  ticks(): number {
    return this.true_ - START_MS - this.slept;
  }

  sleep(ms: number): void {
    this.true_ += ms;
    this.slept += ms;
  }

  restart(run: string): void {
    this.slept = this.true_ - START_MS;
    this.run = run;
  }
}

export type Trouble =
  | "no way there"
  | "portal"
  | "redirect"
  | "server error"
  | "reply lost"
  | "reply cut"
  | "unsigned"
  | "forged";

/** The app was killed here: nothing after this point runs. */
export class Killed extends Error {}

export class Field {
  readonly clocks = new SetClocks();
  /** What happens to the next requests or replies, and then no more. */
  trouble: (Trouble | "")[] = [];
  isDown = false;
  phone!: EnginePhone;
  client!: EngineClient;
  device = "";
  hook: Hook = () => undefined;
  send: Send;

  constructor(readonly service: FakeService) {
    this.send = (...request) => this.overTheWire(...request);
  }

  /** A phone that is enrolled, synced and unlocked, with one list of ten houses. */
  static async make(): Promise<Field> {
    const field = await Field.bare();
    await field.enrol();
    await field.client.sync();
    return field;
  }

  static async bare(): Promise<Field> {
    vi.stubGlobal("indexedDB", new IDBFactory());
    // The engine syncs by itself only where there is a connection; tests sync when they say so.
    vi.stubGlobal("navigator", { onLine: false });
    const service = await FakeService.make();
    service.give(await aWorklist());
    const field = new Field(service);
    await field.start();
    return field;
  }

  async enrol(): Promise<void> {
    this.client = (await this.phone.enrol(
      await this.service.newCode(),
      PASSPHRASE,
      "Ada's lists",
    )) as EngineClient;
    this.device = this.client.store.device;
  }

  /** Opens the app again, as a new page does. */
  async start(): Promise<EnginePhone> {
    const ground = {
      send: ((...request) => this.send(...request)) as Send,
      clocks: this.clocks,
      cost: CHEAP,
      origin: "https://doorstep.example",
      hook: (point: string) => this.hook(point),
    };
    this.phone = new EnginePhone(() => Promise.reject<FieldClient>(new Error("No practice here.")), ground);
    await this.phone.settle();
    return this.phone;
  }

  /** The page is gone, whatever it was doing; and opened again, locked unless said otherwise. */
  async restart(isUnlocked = true): Promise<void> {
    this.clocks.restart(`run ${Math.random()}`);
    await this.start();
    if (isUnlocked) {
      await this.unlock();
    }
  }

  async unlock(): Promise<EngineClient> {
    this.client = (await this.phone.unlock(this.device, PASSPHRASE)) as EngineClient;
    return this.client;
  }

  passTime(ms: number): void {
    this.clocks.true_ += ms;
    this.service.now += ms;
  }

  /** Kills the app at the nth point that it passes from now on; the points that it passed. */
  killAt(count: number): string[] {
    const passed: string[] = [];
    this.hook = (point) => {
      passed.push(point);
      if (passed.length > count) {
        throw new Killed(point);
      }
    };
    return passed;
  }

  live(): void {
    this.hook = () => undefined;
  }

  private async overTheWire(...[method, path, headers, body]: Parameters<Send>): Promise<Answer> {
    const trouble = this.trouble.shift() ?? "";
    if (this.isDown || trouble === "no way there") {
      throw notReached("The service cannot be reached.");
    }
    const html = { "content-type": "text/html" };
    if (trouble === "portal") {
      return { status: 200, headers: html, body: page("<!DOCTYPE html><title>Sign in to Wi-Fi</title>") };
    }
    if (trouble === "redirect") {
      return { status: 302, headers: {}, body: new Uint8Array() };
    }
    if (trouble === "server error") {
      return { status: 502, headers: html, body: page("<html>Bad gateway</html>") };
    }
    const answer = await this.service.answer(method, path, headers, body);
    if (trouble === "reply lost") {
      throw notReached("The connection broke off.");
    }
    if (trouble === "reply cut") {
      return { ...answer, body: answer.body.slice(0, answer.body.length / 2) };
    }
    if (trouble === "unsigned") {
      return { ...answer, headers: { "content-type": "application/json" } };
    }
    return trouble === "forged" ? forged(answer, headers) : answer;
  }

  /** The device's store, read beside the app. */
  async store(): Promise<Store> {
    return Store.open(this.device);
  }

  async meta(): Promise<MetaRow> {
    return (await (await this.store()).meta()) as MetaRow;
  }

  async outbox(): Promise<OutboxRow[]> {
    return (await this.store()).read(["outbox"], (tx) => tx.objectStore("outbox").getAll());
  }
}

function page(html: string): Uint8Array {
  return new TextEncoder().encode(html);
}

/** The same words, with a wipe order, under a stranger's key. */
async function forged(answer: Answer, headers: Record<string, string>): Promise<Answer> {
  const reply = JSON.parse(new TextDecoder().decode(answer.body));
  const stranger = await newSigningKey();
  return signedAnswer(
    stranger.privateKey,
    encode({ ...reply, revoked: "lost" }),
    headers.Signature as string,
  );
}
