/** TypeScript modules of the phone in Node.js, for programs that are no tests. What they import later loads too. */

import { fileURLToPath } from "node:url";
import { createServer, createServerModuleRunner } from "vite";

/** The module at a URL, and what ends the loading of further ones. */
export async function loadTypeScript(url) {
  const server = await createServer({
    configFile: false,
    logLevel: "error",
    appType: "custom",
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
  });
  const runner = createServerModuleRunner(server.environments.ssr, { hmr: false });
  const module = await runner.import(fileURLToPath(url));
  const close = async () => {
    await runner.close();
    await server.close();
  };
  return { module, close };
}
