/** Lists sealed to a device, whole or as what changed, as the service packs them (section 6). */

import { base64, concat, u32, utf8 } from "../../src/protocol/bytes";
import { encode, encodeText } from "../../src/protocol/json";
import { kidOf } from "../../src/protocol/keys";
import { deflate, sealTo } from "../../src/protocol/sealing";
import { toldState } from "../../src/protocol/state";
import type { House, Package, PackageHeader, Street, Worklist } from "../../src/protocol/types";

export interface Receiver {
  id: string;
  sealKey: Uint8Array;
}

/** Tests change the header that is sealed. */
export const tamper: { header: Partial<PackageHeader> } = { header: {} };

export async function packageFor(
  device: Receiver,
  list: Worklist,
  base: Worklist | null,
  epoch: string,
): Promise<Package> {
  const header = encodeText({
    kind: base ? "delta" : "full",
    worklist: list.worklist,
    base: base?.version ?? 0,
    version: list.version,
    epoch,
    device: device.id,
    kid: await kidOf(device.sealKey),
    not_after: list.not_after,
    protocol: 1,
    ...tamper.header,
  });
  const packed = await deflate(encode(base ? delta(base, list) : whole(list)));
  const plain = concat(Uint8Array.of(1), u32(packed.length), packed, new Uint8Array(512));
  return {
    header,
    body: await sealTo(device.sealKey, concat(utf8("doorstep/1 worklist\n"), utf8(header)), plain),
  };
}

function whole(list: Worklist): object {
  return {
    worklist: list.worklist,
    version: list.version,
    digest: list.digest,
    campaign: list.campaign,
    officer: list.officer,
    time_zone: list.time_zone,
    outcomes: list.outcomes,
    questionnaires: list.questionnaires.map((body) => ({ code: body.code, version: body.version, body })),
    token_key: base64(list.token_key),
    told: list.told,
    streets: list.streets.map((street) => streetRow(street, street.houses)),
  };
}

function delta(base: Worklist, list: Worklist): object {
  const before = new Map(
    base.streets.flatMap((street) => street.houses.map((house) => [house.uprn, text(street, house)])),
  );
  const changed = list.streets.map((street) =>
    streetRow(
      street,
      street.houses.filter((house) => before.get(house.uprn) !== text(street, house)),
    ),
  );
  const now = new Set(list.streets.flatMap((street) => street.houses.map((house) => house.uprn)));
  return {
    worklist: list.worklist,
    version: list.version,
    digest: list.digest,
    time_zone: list.time_zone,
    streets: changed.filter((street) => (street[5] as unknown[]).length > 0),
    removed: [...before.keys()].filter((uprn) => !now.has(uprn)),
  };
}

function text(street: Street, house: House): string {
  return encodeText([street.usrn, street.name, street.place, houseRow(house)]);
}

function streetRow(street: Street, houses: House[]): unknown[] {
  return [street.usrn, street.name, street.place, street.lon, street.lat, houses.map(houseRow)];
}

function houseRow(house: House): unknown[] {
  const { uprn, place, address, x, y, flag, reason, state, parent, postcode, hazards, notes } = house;
  return [uprn, place, address, x, y, flag, reason, toldState(state), parent, postcode, hazards, notes];
}
