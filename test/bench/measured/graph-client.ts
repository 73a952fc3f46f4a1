/**
 * The floor under a cycle of Entra ID: `node graph-client.ts ADDRESSES CURSOR`. Logs in and follows the two links of a stored cursor by the same
 * client libraries, looks for whoever was removed, and does nothing with the answers. The certificate's authority is named by NODE_EXTRA_CA_CERTS.
 */
import { ClientSecretCredential } from "@azure/identity";
import { Client } from "@microsoft/microsoft-graph-client";
import { TokenCredentialAuthenticationProvider } from "@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js";
import type { Addresses } from "../graph/server.ts";

interface Page {
  readonly value: readonly { readonly id: string; readonly "@removed"?: unknown }[];
  readonly "@odata.nextLink"?: string;
}

const [addresses = "", cursor = ""] = process.argv.slice(2);
const { loginUrl, graphUrl, tenantId, clientId, clientSecret } = JSON.parse(addresses) as Addresses;
const { users, groups } = JSON.parse(cursor) as { readonly users: string; readonly groups: string };
const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, {
  authorityHost: loginUrl,
  disableInstanceDiscovery: true,
});
const client = Client.initWithMiddleware({
  authProvider: new TokenCredentialAuthenticationProvider(credential, { scopes: [`${graphUrl}/.default`] }),
  baseUrl: graphUrl,
  customHosts: new Set([new URL(graphUrl).hostname]),
});
const said = { requests: 0, people: 0, groups: 0 };
for (const removed of await follow(users, "people"))
  for (const path of ["/users", "/directory/deletedItems"])
    await ask(`${path}/${removed}?$select=id`).catch(() => {});
await follow(groups, "groups");
console.log(JSON.stringify(said));

async function follow(start: string, kind: "people" | "groups"): Promise<string[]> {
  const removed: string[] = [];
  for (let link: string | undefined = start; link !== undefined; ) {
    const page = (await ask(link)) as Page;
    said[kind] += page.value.length;
    removed.push(...page.value.filter((each) => each["@removed"] !== undefined).map(({ id }) => id));
    link = page["@odata.nextLink"];
  }
  return removed;
}

async function ask(path: string): Promise<unknown> {
  said.requests++;
  return client.api(path).get();
}
