/**
 * The engine against a service that is served for real: run by tests/phone/test_engine.py, which serves one and says
 * where it is (DOORSTEP_LIVE_URL) and with which code to enrol (DOORSTEP_LIVE_CODE). What was recorded is told on the
 * last line, for the test to find in the service.
 */

import "fake-indexeddb/auto";
import { expect, test, vi } from "vitest";
import { openPhone } from "../../src/engine/phone";
import { overFetch } from "../../src/engine/transport";
import { problemOf } from "../support/problems";

const { DOORSTEP_LIVE_URL: url = "", DOORSTEP_LIVE_CODE: code = "" } = process.env;
const PASSPHRASE = "three made up words here";

test.skipIf(!url)("an officer enrols, walks a street offline, and syncs", async () => {
  vi.stubGlobal("navigator", { onLine: false });
  let isOnline = true;
  const send = overFetch(url);
  const phone = await openPhone(() => Promise.reject(new Error("No practice here.")), {
    send: (...request) => (isOnline ? send(...request) : overFetch("http://127.0.0.1:9")(...request)),
    origin: url,
  });
  const client = await phone.enrol(code, PASSPHRASE, "Ada's lists");
  expect((await client.sync()).lists).toBeGreaterThan(0);
  const [street] = client.streets();
  const views = client.street(street?.worklist as number, street?.usrn as string);
  expect(views.length).toBeGreaterThan(3);

  isOnline = false;
  const recorded: string[] = [];
  const withUndo = await client.record(views[0]?.key as never, { visit: { outcome: "no_reply" } }, 8000);
  await client.undo(withUndo);
  for (const [place, outcome] of ["no_reply_card", "spoke", "not_interested"].entries()) {
    recorded.push(await client.record(views[place]?.key as never, { visit: { outcome } }));
  }
  const shown = client.street(street?.worklist as number, street?.usrn as string);
  expect((await problemOf(client.sync())).code).toBe("not_reached");
  expect(client.status()).toMatchObject({ waiting: 3 });

  isOnline = true;
  expect(await client.sync()).toMatchObject({ sent: 3, applied: 3, held: [], left: 0 });
  const after = client.street(street?.worklist as number, street?.usrn as string);
  expect(after.map((view) => view.house.state)).toEqual(shown.map((view) => view.state));
  expect(after.map((view) => view.decision.answer)).toEqual(shown.map((view) => view.decision.answer));
  expect(after.flatMap((view) => view.own)).toEqual([]);

  const { deviceId } = client.status();
  await client.lock();
  expect((await phone.syncLocked(deviceId)).left).toBe(0);
  const again = await phone.unlock(deviceId, PASSPHRASE);
  const withdrawn = await again.withdraw(recorded[0] as string);
  const { bytes } = await again.exportOutbox();
  expect((await again.endShift()).left).toBe(0);
  const file = JSON.parse(new TextDecoder().decode(bytes));
  expect(file.events).toHaveLength(4);
  console.log(`RECORDED ${JSON.stringify({ device: deviceId, recorded, withdrawn, file })}`);
  await phone.end();
});
