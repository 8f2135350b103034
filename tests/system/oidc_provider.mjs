// A real OpenID provider on loopback for test_oidc.py: one client, anybody who gives a name is signed in by it.
import { createRequire } from "node:module";
const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { default: Provider } = await import(require.resolve("oidc-provider"));

const port = Number(process.argv[2]);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: "ronda", client_secret: "rahasia-klien", redirect_uris: [process.argv[3]], token_endpoint_auth_method: "client_secret_post" }],
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true } },
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, roles: ["admin"], name: "Bukan Siapa-siapa" }) }),
  cookies: { keys: ["uji"] },
});
provider.listen(port, "127.0.0.1", () => console.log("ready"));
