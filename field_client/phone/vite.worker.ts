import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { build, type Plugin, type ResolvedConfig } from "vite";

const WORKER = "sw.js";

/** Builds src/sw.ts beside the app, in one file, with the list of what was built and the hash of each. */
export function serviceWorker(): Plugin {
  let config: ResolvedConfig;
  return {
    name: "doorstep-service-worker",
    apply: "build",
    configResolved: (resolved) => {
      config = resolved;
    },
    closeBundle: {
      sequential: true,
      order: "post",
      handler: async () => {
        const folder = resolve(config.root, config.build.outDir);
        const files = builtFiles(folder, config.base);
        const version = sha256(JSON.stringify(files)).toString("hex").slice(0, 16);
        await build({
          configFile: false,
          root: config.root,
          base: config.base,
          logLevel: "warn",
          publicDir: false,
          resolve: { alias: config.resolve.alias },
          define: { __BUILT__: JSON.stringify({ version, files }) },
          build: {
            outDir: folder,
            emptyOutDir: false,
            target: config.build.target,
            modulePreload: false,
            rolldownOptions: { input: "src/sw.ts", output: { format: "iife", entryFileNames: WORKER } },
          },
        });
      },
    },
  };
}

function builtFiles(folder: string, base: string): { url: string; integrity: string }[] {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== WORKER && !entry.name.endsWith(".map"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return paths.map((path) => {
    const name = relative(folder, path).split(sep).join("/");
    return {
      url: base + (name === "index.html" ? "" : name),
      integrity: `sha256-${sha256(readFileSync(path)).toString("base64")}`,
    };
  });
}

function sha256(content: string | Uint8Array): Buffer {
  return createHash("sha256").update(content).digest();
}
