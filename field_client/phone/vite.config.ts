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
  plugins: [serviceWorker()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
