/**
 * The floor under a full read of Entra ID: `node graph-bare.ts ADDRESSES USERS GROUPS`. Asks for the same pages by the same kind of connection, one after the
 * other, parses them and drops them. ADDRESSES: of the server, as JSON; USERS and GROUPS: what is selected of them.
 */
import { readFileSync } from "node:fs";
import { Agent, request } from "undici";
import type { Addresses } from "../graph/server.ts";

interface Body {
  readonly value: readonly { readonly id: string; readonly "members@delta"?: readonly unknown[] }[];
  readonly "@odata.nextLink"?: string;
}

const [addresses = "", users = "", groups = ""] = process.argv.slice(2);
const { loginUrl, graphUrl, caFile, tenantId, clientId, clientSecret } = JSON.parse(addresses) as Addresses;
const dispatcher = new Agent({ connect: { ca: readFileSync(caFile, "utf8") } });
const headers = { authorization: `Bearer ${await login()}` };
const said = { people: 0, groups: 0, members: 0, requests: 0 };
for await (const page of pages(`/users/delta?$select=${users}`)) said.people += page.length;
let last = "";
for await (const page of pages(`/groups/delta?$select=${groups}`))
  for (const { id, ["members@delta"]: members = [] } of page) {
    // A group whose members do not fit on a page goes on on the next one.
    if (id !== last) said.groups++;
    last = id;
    said.members += members.length;
  }
await dispatcher.close();
console.log(JSON.stringify(said));

async function login(): Promise<string> {
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
  const { body } = await request(`${loginUrl}/${tenantId}/oauth2/v2.0/token`, {
    dispatcher,
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ ...form, scope: `${graphUrl}/.default` }).toString(),
  });
  const { access_token } = (await body.json()) as { readonly access_token: string };
  return access_token;
}

async function* pages(start: string): AsyncGenerator<Body["value"]> {
  for (let link: string | undefined = `${graphUrl}/v1.0${start}`; link !== undefined; ) {
    const { statusCode, body } = await request(link, { dispatcher, headers });
    if (statusCode !== 200) throw new Error(`${statusCode} for ${link}`);
    const page = JSON.parse(await body.text()) as Body;
    said.requests++;
    yield page.value;
    link = page["@odata.nextLink"];
  }
}
