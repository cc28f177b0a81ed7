import { expect } from "vitest";
import { unhex, utf8 } from "../../src/protocol/bytes";
import { BadSignature } from "../../src/protocol/errors";
import { readExport } from "../service/messages";
import { each, load } from "./load";

const verifyKey = unhex(load("outbox").device_verify_key);

each("outbox", async (given) => {
  const read = readExport(utf8(given.file), verifyKey);
  if (given.error) await expect(read).rejects.toThrow(BadSignature);
  else expect((await read).length).toBeGreaterThan(0);
});
