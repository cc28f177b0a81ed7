/** Made-up houses as a screen is given them. */

import type { HouseView } from "../../src/contract";
import { wholeState } from "../../src/protocol/state";
import type { Decision, House, HouseState } from "../../src/protocol/types";

type Changes = Partial<Omit<House, "state">> & {
  state?: Partial<HouseState>;
  decision?: Partial<Decision>;
  own?: HouseView["own"];
  due?: boolean;
};

export const STREET = "High Street";

export function aView(address: string, changes: Changes = {}): HouseView {
  const { state, decision, own = [], due = false, ...house } = changes;
  const uprn = house.uprn ?? address;
  return {
    key: { worklist: 1, uprn },
    street: { usrn: "1", name: STREET, lon: 0, lat: 0 },
    house: {
      uprn,
      place: 0,
      address,
      x: 0,
      y: 0,
      flag: "yes",
      reason: "",
      state: wholeState(),
      parent: "",
      postcode: "ZZ1 1AA",
      hazards: [],
      notes: [],
      ...house,
    },
    state: wholeState(state),
    decision: { answer: "yes", code: "not_visited", text: "Not visited yet in this campaign", ...decision },
    own,
    due,
  };
}
