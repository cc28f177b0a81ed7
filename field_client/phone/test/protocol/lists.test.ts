import { expect, test } from "vitest";
import { NeedFull } from "../../src/protocol/errors";
import { loadSealPrivate, newSealKey } from "../../src/protocol/keys";
import type { PackageHeader, Worklist } from "../../src/protocol/types";
import { digest, openPackage, putTogether, type WorklistBody } from "../../src/protocol/worklist";
import { street } from "../../src/protocol/worklist_body";
import { sealPackage } from "../service/lists";

const HEADER: PackageHeader = {
  kind: "full",
  worklist: 17,
  base: 0,
  version: 1,
  epoch: "e1",
  device: "d",
  kid: "k",
  not_after: 2_000_000_000_000,
  protocol: 1,
};
const CAMPAIGN = { id: 1, name: "c", ends_on: "2026-06-30", policy: {}, wordings: {}, consent_version: "1" };

function row(number: number, address: string, state: object = {}): unknown[] {
  return [String(number), number, address, 0, 0, "yes", "", state];
}

const LONG = ["1", "Long Street", 0, 0, 0, [row(1, "1"), row(2, "2"), row(3, "3")]];
const SHORT = ["2", "Short Street", 1, 0, 0, [row(9, "9")]];

async function opened(body: object, header: Partial<PackageHeader> = {}) {
  const { privateBytes, publicBytes } = await newSealKey();
  const package_ = await sealPackage({ ...HEADER, ...header }, body, publicBytes);
  return await openPackage(package_, await loadSealPrivate(privateBytes, publicBytes));
}

async function held(): Promise<Worklist> {
  const whole = await digest([street(LONG), street(SHORT)]);
  const body = { worklist: 17, version: 1, digest: whole, campaign: CAMPAIGN, streets: [LONG, SHORT] };
  const { header, body: read } = await opened(body);
  return await putTogether(null, header, read);
}

/** The changes of version 2, with the digest of what they must lead to. */
async function changed(
  result: unknown[][],
  streets: unknown[][],
  removed: string[] = [],
): Promise<WorklistBody> {
  const whole = await digest(result.map((one) => street(one)));
  const { body } = await opened(
    { worklist: 17, version: 2, digest: whole, streets, removed },
    { version: 2 },
  );
  return body;
}

const DELTA: PackageHeader = { ...HEADER, kind: "delta", base: 1, version: 2 };

test("a changed house, a renamed street, a moved and a removed house give the digest of the whole", async () => {
  const renamed = ["2", "Shorter Street", 1, 0, 0, [row(3, "3"), row(9, "9")]];
  const rest = ["1", "Long Street", 0, 0, 0, [row(1, "1", { attempts: 1 })]];
  const rows = [["1", "Long Street", 0, 0, 0, [row(1, "1", { attempts: 1 })]], renamed];
  const next = await putTogether(await held(), DELTA, await changed([rest, renamed], rows, ["2"]));
  expect(next.streets.map((one) => [one.name, one.houses.map((house) => house.uprn)])).toEqual([
    ["Long Street", ["1"]],
    ["Shorter Street", ["3", "9"]],
  ]);
  expect(next.digest).toBe(await digest(next.streets));
});

test("a street renamed without all its houses renames the rows of those left out too", async () => {
  const renamed = ["1", "Longer Street", 0, 0, 0, [row(1, "1"), row(2, "2"), row(3, "3")]];
  const carried = [...renamed.slice(0, 5), [row(1, "1")]];
  const next = await putTogether(await held(), DELTA, await changed([renamed, SHORT], [carried]));
  expect(next.digest).toBe(await digest(next.streets));
});

test("changes that do not come out leave the list that was held as it was", async () => {
  const before = await held();
  const copy = structuredClone(before);
  const body = await changed([LONG], [["1", "Long Street", 0, 0, 0, [row(1, "one")]]]);
  await expect(putTogether(before, DELTA, body)).rejects.toThrow(NeedFull);
  expect(before).toEqual(copy);
});

test("an outcome, a questionnaire or a mark of a newer service costs the officer only that", async () => {
  const newer = ["1", "Long Street", 0, 0, 0, [row(1, "1", { registered: "newer" })]];
  const good = { code: "a", label: "A", family: "contact", reason: "A", next: "done" };
  const asked = { code: "q", version: 1, title: { en: "Q" }, questions: [], languages: ["en"] };
  const { body } = await opened({
    worklist: 17,
    version: 1,
    digest: "",
    outcomes: [good, { ...good, code: "b", next: "someday" }],
    questionnaires: [
      { code: "q", version: 1, body: asked },
      { code: "r", version: 1, body: { ...asked, questions: [{ code: "x", kind: "drawing", text: {} }] } },
    ],
    streets: [newer],
  });
  expect(body.outcomes?.map((outcome) => outcome.code)).toEqual(["a"]);
  expect(body.questionnaires?.map((one) => one.code)).toEqual(["q"]);
  expect(body.streets[0]?.houses[0]?.state.registered).toBe("newer");
});
