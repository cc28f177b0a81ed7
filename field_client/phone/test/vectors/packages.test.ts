import { expect, test } from "vitest";
import { unbase64 } from "../../src/protocol/bytes";
import { EnvelopeError, NeedFull } from "../../src/protocol/errors";
import { toldState } from "../../src/protocol/state";
import type { Street, Worklist } from "../../src/protocol/types";
import { openPackage, putTogether } from "../../src/protocol/worklist";
import { type Case, load, plain, sealKeyOf } from "./load";

const shared = load("packages");
const key = await sealKeyOf(shared.device_seal_private);

/** A street as the wire has it. */
function written({ usrn, name, place, lon, lat, houses }: Street): Case {
  const rows = houses.map((house) => [
    house.uprn,
    house.place,
    house.address,
    house.x,
    house.y,
    house.flag,
    house.reason,
    toldState(house.state),
    house.parent,
    house.postcode,
    house.hazards,
    house.notes,
  ]);
  return [usrn, name, place, lon, lat, rows];
}

function shown(part: Case): Case {
  return plain({
    ...part,
    streets: part.streets.map(written),
    ...(part.questionnaires && {
      questionnaires: part.questionnaires.map((one: Case) => ({
        code: one.code,
        version: one.version,
        body: one,
      })),
    }),
  });
}

// One test, because each package follows the list that the one before it left.
test("a list is put together and packages are refused as the vectors say", async () => {
  let held: Worklist | null = null;
  for (const given of shared.cases) {
    const package_ = { header: given.package.header, body: unbase64(given.package.body) };
    if (given.error === "unreadable" || given.error === "malformed") {
      const fault = await openPackage(package_, key).catch((error: unknown) => error);
      expect(fault, given.name).toBeInstanceOf(EnvelopeError);
      expect((fault as EnvelopeError).reason, given.name).toBe(given.error);
      continue;
    }
    const { header, body } = await openPackage(package_, key);
    expect(shown(body), given.name).toMatchObject(given.body);
    if (given.error) {
      await expect(putTogether(held, header, body), given.name).rejects.toThrow(NeedFull);
      continue;
    }
    held = await putTogether(held, header, body);
    expect(shown(held), given.name).toMatchObject(given.expect);
  }
});
