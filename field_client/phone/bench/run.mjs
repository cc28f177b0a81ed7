/** Prints what the protocol's functions cost on this machine, and in proportion to each other: `npm run bench`. */

import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const measures = fileURLToPath(new URL("measures.ts", import.meta.url));
const { module } = await runnerImport(measures, { configFile: false, logLevel: "silent" });
await module.measureAll();
