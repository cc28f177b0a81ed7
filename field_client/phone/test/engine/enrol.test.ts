/** Enrolment trusts only the service that made the code, and survives a lost reply and a kill. */

import { beforeEach, expect, test, vi } from "vitest";
import { FakeService, problem } from "../support/fake_service";
import { Field, Killed, PASSPHRASE, type Trouble } from "../support/field";
import { DAY_MS } from "../support/lists";
import { problemOf } from "../support/problems";

let field: Field;

beforeEach(async () => {
  field = await Field.bare();
});

const enrol = (code: string, passphrase = PASSPHRASE) => field.phone.enrol(code, passphrase, " Ada's lists ");

test("an enrolled device knows its officer and fetches its lists", async () => {
  const client = await enrol(await field.service.newCode());
  await client.sync();
  expect(client.status()).toMatchObject({
    officer: "PC Made Up",
    state: "active",
    timeZone: "Europe/London",
  });
  expect(client.streets()).toHaveLength(2);
  expect(await field.phone.devices()).toMatchObject([
    { label: "Ada's lists", state: "active", hasFingerprint: false },
  ]);
});

test("a QR code's whole link is as good as the code", async () => {
  const code = await field.service.newCode();
  await enrol(`https://doorstep.example/enrol#${code}`);
  expect(field.service.devices.size).toBe(1);
});

test("a mistyped code is named by its group, before anything is sent", async () => {
  field.isDown = true;
  const code = await field.service.newCode();
  const [first, ...rest] = code.split("-") as [string, ...string[]];
  const wrong = [`${first[1]}${first[0]}${first.slice(2)}`, ...rest].join("-");
  expect(field.phone.mistyped(code)).toBe(0);
  expect(field.phone.mistyped(code.slice(0, 17))).toBe(-1);
  expect(field.phone.mistyped(wrong)).toBe(first[0] === first[1] ? 0 : 1);
  const told = await problemOf(enrol(code.slice(0, 17)));
  expect(told.code).toBe("bad_code");
});

test("a service that did not make the code is not trusted, and learns nothing", async () => {
  const other = await FakeService.make();
  expect((await problemOf(enrol(await other.newCode()))).code).toBe("not_trusted");
  expect(field.service.devices.size).toBe(0);
  expect(await indexedDB.databases()).toHaveLength(1);
});

test("a service key swapped on the way is noticed before anything is sealed to it", async () => {
  const sent: string[] = [];
  const stranger = await FakeService.make();
  field.send = async (method, path, headers, body) => {
    sent.push(path);
    const answer = await field.service.answer(method, path, headers, body);
    const card = JSON.parse(new TextDecoder().decode(answer.body));
    card.seal_key = {
      kid: stranger.sealKey.kid,
      public: btoa(String.fromCharCode(...stranger.sealKey.public)),
    };
    return { ...answer, body: new TextEncoder().encode(JSON.stringify(card)) };
  };
  expect((await problemOf(enrol(await field.service.newCode()))).code).toBe("not_trusted");
  expect(sent).toEqual(["/api/exchange/card"]);
});

test.each([
  ["reply lost", "not_reached"],
  ["reply cut", "not_trusted"],
  ["unsigned", "not_trusted"],
] as [Trouble, string][])(
  "after a spoilt answer (%s) the same code again makes it good",
  async (trouble, code) => {
    const typed = await field.service.newCode();
    field.trouble = ["", trouble];
    expect((await problemOf(enrol(typed))).code).toBe(code);
    const [device] = [...field.service.devices.keys()];
    expect(await field.phone.devices()).toEqual([]);
    await field.start();
    const told = await problemOf(enrol(typed, "another good passphrase"));
    expect([told.code, told.message]).toEqual([
      "wrong_passphrase",
      expect.stringMatching(/tried on this phone before/),
    ]);
    const client = await enrol(typed);
    expect([...field.service.devices.keys()]).toEqual([device]);
    expect((await client.sync()).lists).toBe(1);
  },
);

test("killed at any write, enrolment can be tried again with the same code", async () => {
  for (let deadly = 0; ; deadly++) {
    field = await Field.bare();
    const code = await field.service.newCode();
    field.killAt(deadly);
    const isKilled = await enrol(code).then(
      () => false,
      (error: unknown) => error instanceof Killed || Promise.reject(error),
    );
    field.live();
    if (!isKilled) {
      expect(deadly).toBeGreaterThan(6);
      return;
    }
    await field.start();
    const [device] = await field.phone.devices();
    const client = device ? await field.phone.unlock(device.id, PASSPHRASE) : await enrol(code);
    expect((await client.sync()).left).toBe(0);
    expect(client.streets()).toHaveLength(2);
    expect(field.service.devices.size).toBe(1);
  }
});

test("what an enrolment left half done goes after a day", async () => {
  field.trouble = ["", "no way there"];
  await problemOf(enrol(await field.service.newCode()));
  expect(await indexedDB.databases()).toHaveLength(2);
  await field.start();
  expect(await indexedDB.databases()).toHaveLength(2);
  field.passTime(DAY_MS + 1);
  await field.start();
  expect(await indexedDB.databases()).toHaveLength(1);
});

test("a new code after a failed one starts with new keys", async () => {
  field.trouble = ["", "no way there"];
  await problemOf(enrol(await field.service.newCode()));
  const client = await enrol(await field.service.newCode(), "quite another passphrase");
  await client.lock();
  await field.phone.unlock(client.status().deviceId, "quite another passphrase");
});

test("refusals of the service are said in words", async () => {
  const code = await field.service.newCode();
  field.service.codes.set(code, "another device");
  const used = await problemOf(enrol(code));
  expect([used.code, used.message]).toEqual(["refused", expect.stringMatching(/used already/)]);
  field.service.codes.clear();
  expect((await problemOf(enrol(code))).message).toMatch(/does not know this code/);
});

test("a portal's page in place of the service is said", async () => {
  field.trouble = ["portal"];
  expect((await problemOf(enrol(await field.service.newCode()))).message).toMatch(/Wi-Fi/);
  field.send = async () => problem(503, "not_ready");
  expect((await problemOf(enrol(await field.service.newCode()))).code).toBe("not_reached");
});

test("a weak passphrase is refused before anything is sent", async () => {
  field.isDown = true;
  const told = await problemOf(enrol(await field.service.newCode(), "short"));
  expect([told.code, told.message]).toEqual(["refused", expect.stringMatching(/At least 10 characters/)]);
});

test("nothing works on a device that is not here, and it is said", async () => {
  for (const work of [
    () => field.phone.unlock("nobody", PASSPHRASE),
    () => field.phone.syncLocked("nobody"),
    () => field.phone.exportLocked("nobody"),
    () => field.phone.remove("nobody"),
  ]) {
    expect((await problemOf(work())).code).toBe("not_enrolled");
  }
  expect(await indexedDB.databases()).toHaveLength(1);
});

test("the browser is asked to keep the store, at each unlock again until it does", async () => {
  let isKept = false;
  const persist = vi.fn(async () => isKept);
  vi.stubGlobal("navigator", { onLine: false, storage: { persist, persisted: async () => isKept } });
  await field.enrol();
  const asked = persist.mock.calls.length;
  expect(asked).toBeGreaterThan(0);
  await field.client.lock();
  await field.unlock();
  await expect.poll(() => persist.mock.calls.length).toBe(asked + 1);
  isKept = true;
  await field.client.lock();
  await field.unlock();
  await field.client.sync();
  expect(persist).toHaveBeenCalledTimes(asked + 1);
});

test("a store in use is not taken off the phone", async () => {
  const client = await enrol(await field.service.newCode());
  expect((await problemOf(field.phone.remove(client.status().deviceId))).code).toBe("refused");
});
