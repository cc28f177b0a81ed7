import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const source = (name: string) => fileURLToPath(new URL(`src/${name}`, import.meta.url));

/** What the console's pages load: names are fixed (the pages name them), what these load in turn carries a hash. */
export default defineConfig({
  base: "/console/assets/",
  publicDir: false,
  build: {
    outDir: "../built/console",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    cssMinify: false, // Sass has done it; lightningcss rejects a media query that govuk-frontend keeps for old browsers
    rolldownOptions: {
      input: { console: source("console.ts"), style: source("console.scss") },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "hashed/[name]-[hash].js",
        assetFileNames: (asset) =>
          asset.names.some((name) => name.startsWith("style"))
            ? "console.css"
            : "hashed/[name]-[hash][extname]",
      },
    },
  },
  css: {
    preprocessorOptions: {
      scss: {
        style: "compressed",
        quietDeps: true,
        loadPaths: [fileURLToPath(new URL("node_modules", import.meta.url))],
      },
    },
  },
});
