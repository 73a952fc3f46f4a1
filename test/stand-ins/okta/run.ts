/**
 * The organisation as a process of its own:
 * `node test/stand-ins/okta/run.ts [--port 0] [--people 200] [--groups 10] [--seed 1] [--token T] [--folder DIR]`.
 * It prints one line of JSON: url, token, clientId, keyId, pid, control, and the files ca and privateKey, which it writes to the folder.
 * At `control`, an address of loopback only, `GET /requests` and `GET /people` tell how things are; `POST /` does what an
 * administrator does: `{"do":"users.suspend","with":["00u..."]}`, answering `{"result":...}`.
 */
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { type OktaOrganisation, startOktaOrganisation } from "./okta-organisation.ts";
import { populate } from "./population.ts";

/** What an administrator may be asked to do, by name. */
const acts: readonly string[] = [
  ...["create", "updateProfile", "setStatus", "suspend", "unsuspend", "deactivate", "reactivate"],
  ...["delete", "deleteForGood"],
]
  .map((name) => `users.${name}`)
  .concat(["create", "rename", "updateProfile", "delete", "add", "remove"].map((name) => `groups.${name}`))
  .concat(
    ["create", "assignUser", "unassignUser", "assignGroup", "unassignGroup"].map((name) => `apps.${name}`),
  )
  .concat(["access.revokeToken", "access.revokeAccessTokens", "cursors.forget"]);

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    people: { type: "string", default: "200" },
    groups: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    token: { type: "string" },
    folder: { type: "string" },
  },
});
const folder = values.folder ?? (await mkdtemp(join(tmpdir(), "rollcall-okta-")));
const organisation = await startOktaOrganisation({
  port: Number(values.port),
  seed: Number(values.seed),
  ...(values.token !== undefined && { token: values.token }),
});
populate(organisation, organisation.circumstances, {
  people: Number(values.people),
  groups: Number(values.groups),
  seed: Number(values.seed),
});
const files = { ca: join(folder, "okta-ca.pem"), privateKey: join(folder, "okta-key.pem") };
await writeFile(files.ca, organisation.ca);
await writeFile(files.privateKey, organisation.privateKey, { mode: 0o600 });
const { url, token, clientId, keyId } = organisation;
const control = await startControl(organisation);
console.log(JSON.stringify({ url, token, clientId, keyId, ...files, control, pid: process.pid }));

async function startControl(organisation: OktaOrganisation): Promise<string> {
  const server = createServer(async (request, response) => {
    try {
      const answer =
        request.method === "POST"
          ? { result: act(organisation, await text(request)) }
          : state(organisation, request.url ?? "/");
      response.end(JSON.stringify(answer));
    } catch (error) {
      response.writeHead(400).end(JSON.stringify({ error: String(error) }));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function act(organisation: OktaOrganisation, body: string): unknown {
  const wish = JSON.parse(body) as { readonly do?: string; readonly with?: readonly unknown[] };
  const name = wish.do ?? "";
  if (!acts.includes(name)) throw new Error(`"${name}" is none of ${acts.join(", ")}`);
  const [part = "", verb = ""] = name.split(".");
  const owner: unknown = Reflect.get(organisation, part);
  return Reflect.apply(Reflect.get(owner as object, verb), owner, wish.with ?? []) ?? null;
}

function state({ users, requests }: OktaOrganisation, path: string): unknown {
  if (path === "/requests") return requests;
  return [...users.table.values()].map(({ id, status, profile }) => ({ id, status, login: profile.login }));
}
