import { expect } from "vitest";
import { unhex } from "../../src/protocol/bytes";
import { BadToken } from "../../src/protocol/errors";
import { makeToken } from "../../src/protocol/tokens";
import { checkToken } from "../service/tokens";
import { each, load } from "./load";

const key = unhex(load("tokens").token_key);

each(
  "tokens",
  async (given) => {
    expect(await makeToken(key, given.expect.worklist, given.expect.uprn)).toBe(given.token);
    expect(await checkToken(key, given.token)).toEqual(given.expect);
  },
  (given) => !("error" in given),
);

each(
  "tokens",
  (given) => expect(checkToken(key, given.token)).rejects.toThrow(BadToken),
  (given) => "error" in given,
);
