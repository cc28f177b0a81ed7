import { expect } from "vitest";
import { hex, unhex, utf8 } from "../../src/protocol/bytes";
import { sha256 } from "../../src/protocol/sealing";
import type { House } from "../../src/protocol/types";
import { digest, rowText, shiftDigest } from "../../src/protocol/worklist";
import { street } from "../../src/protocol/worklist_body";
import { paddedLength } from "../service/lists";
import { each } from "./load";

each(
  "digest",
  async (given) => {
    const read = street([...given.street.slice(0, 5), [given.house]]);
    const row = rowText(read, read.houses[0] as House);
    expect(row).toBe(given.text);
    expect(hex(await sha256(utf8(row)))).toBe(given.expect);
  },
  (given) => "text" in given,
);

each(
  "digest",
  async (given) => expect(await digest(given.streets.map(street))).toBe(given.expect),
  (given) => "streets" in given,
);

each(
  "digest",
  (given) =>
    expect(shiftDigest(given.digest, given.added.map(unhex), given.taken.map(unhex))).toBe(given.expect),
  (given) => "added" in given,
);

each(
  "digest",
  (given) => expect(paddedLength(given.length)).toBe(given.expect),
  (given) => "length" in given,
);
