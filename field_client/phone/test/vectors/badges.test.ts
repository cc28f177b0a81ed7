import { expect } from "vitest";
import { makeBadge } from "../../src/protocol/badge";
import { unhex } from "../../src/protocol/bytes";
import { BadToken } from "../../src/protocol/errors";
import { checkBadge } from "../service/badges";
import { each, load } from "./load";

const key = unhex(load("badges").token_key);

each(
  "badges",
  async (given) => expect(await makeBadge(key, given.worklist, given.on)).toBe(given.expect),
  (given) => "on" in given,
);

each(
  "badges",
  async (given) => expect(await checkBadge(key, given.text, given.today)).toBe(given.expect),
  (given) => "text" in given && "expect" in given,
);

each(
  "badges",
  (given) => expect(checkBadge(key, given.text, given.today)).rejects.toThrow(BadToken),
  (given) => "error" in given,
);
