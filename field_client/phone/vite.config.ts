import { defineConfig } from "vite";

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
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
