import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { serviceWorker } from "./vite.worker.ts";

/** The service serves what is built here at /phone (server/web). Nothing is fetched from anywhere else. */
export default defineConfig({
  base: "/phone/",
  build: {
    outDir: "../../server/web/built/phone",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  resolve: {
    // @hpke/common asks for Node's module where globalThis.crypto is missing, which it is nowhere that this app runs.
    alias: [{ find: /^crypto$/, replacement: fileURLToPath(new URL("src/webcrypto.ts", import.meta.url)) }],
  },
  plugins: [serviceWorker()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
