// A real OpenID Connect provider on this machine, for the tests of signing in: `node provider.mjs PORT PEOPLE.json`.
// PEOPLE.json, read anew at each sign-in: {"<subject>": {"name": "…", "preferred_username": "…", "groups": ["…"]}}.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(new URL("../../../server/web/console/package.json", import.meta.url));
const { Provider } = require("oidc-provider");
const [port, people] = process.argv.slice(2);

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "doorstep",
      client_secret: "of-this-test-alone",
      redirect_uris: ["http://127.0.0.1:8000/console/sign-in/sso/return"],
      post_logout_redirect_uris: ["http://127.0.0.1:8000/console/sign-in"],
    },
  ],
  pkce: { required: () => true },
  claims: { openid: ["sub"], profile: ["name", "preferred_username", "groups"] },
  conformIdTokenClaims: process.env.GROUPS_IN_USERINFO === "yes",
  async findAccount(_context, subject) {
    const known = JSON.parse(readFileSync(people, "utf8"))[subject];
    return known && { accountId: subject, claims: async () => ({ sub: subject, ...known }) };
  },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
