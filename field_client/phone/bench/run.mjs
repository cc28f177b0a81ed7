/** Prints what the protocol's functions cost on this machine, and in proportion to each other: `npm run bench`. */

import { loadTypeScript } from "../test/typescript.mjs";

const { module, close } = await loadTypeScript(new URL("measures.ts", import.meta.url));
await module.measureAll();
await close();
