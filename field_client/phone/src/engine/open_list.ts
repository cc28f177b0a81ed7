/** A list in the clear, with what is looked up in it: its houses by UPRN, its outcomes by code. */

import { type OutcomeTable, table } from "../protocol/outcomes";
import type { House, Street, Worklist } from "../protocol/types";

export interface Place {
  street: Street;
  house: House;
}

/** A list that is open. `number` is that of the last request at which it was all that the service had. */
export interface OpenList {
  worklist: number;
  version: number;
  number: number;
  list: Worklist;
  table: OutcomeTable;
  houses: Map<string, Place>;
}

export function describe(list: Worklist, number: number): OpenList {
  const houses = new Map(
    list.streets.flatMap((street) =>
      street.houses.map((house): [string, Place] => [house.uprn, { street, house }]),
    ),
  );
  return {
    worklist: list.worklist,
    version: list.version,
    number,
    list,
    table: table(list.outcomes),
    houses,
  };
}
