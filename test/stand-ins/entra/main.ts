/**
 * The tenant as a process of its own: `node test/stand-ins/entra/main.ts [--people N] [--groups N] [--large-group N] [--seed N]
 * [--login-port N] [--graph-port N] [--options JSON]`. Prints one line of JSON: `{loginUrl, graphUrl, caFile, tenantId, clientId, clientSecret,
 * domain, people, groups, pid}`. `POST LOGIN_URL/_control` with `{"call": "rename", "with": ["ID", "New Name"]}` does what the method of that
 * name does and answers `{"result": ...}` or `{"error": ...}`. Ends at SIGTERM and SIGINT.
 */
import { parseArgs } from "node:util";
import { fillWithCompany } from "./company.ts";
import type { Fault } from "./faults.ts";
import { type EntraTenant, startEntraTenant, type TenantOptions } from "./tenant.ts";

/** What may be asked of a running process: changes of the tenant, and looking at its log. */
const METHODS = [
  "createUser",
  "createGroup",
  "updateUser",
  "updateGroup",
  "disable",
  "enable",
  "rename",
  "swapNames",
  "softDelete",
  "hardDelete",
  "restore",
  "addMember",
  "removeMember",
  "setManager",
  "createServicePrincipal",
  "assign",
  "unassign",
  "grant",
  "revoke",
  "loseSyncState",
] as const;

function control(tenant: EntraTenant, body: string): string {
  try {
    const { call, with: given = [] } = JSON.parse(body) as { call: string; with?: readonly unknown[] };
    return JSON.stringify({ result: act(tenant, call, given) ?? null });
  } catch (error) {
    return JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
  }
}

function act(tenant: EntraTenant, call: string, given: readonly unknown[]): unknown {
  if (call === "counts") return tenant.requests.counts();
  if (call === "requests")
    return tenant.requests.all.map(({ method, path, status }) => ({ method, path, status }));
  if (call === "clearRequests") return tenant.requests.clear();
  if (call === "switch") return void Object.assign(tenant.switches, given[0]);
  if (call === "fault") {
    const { path, ...fault } = given[0] as Omit<Fault, "path"> & { readonly path?: string };
    return void tenant.faults.push({ ...fault, ...(path === undefined ? {} : { path: new RegExp(path) }) });
  }
  const method = METHODS.find((name) => name === call);
  if (method === undefined) throw new Error(`there is no call ${call}`);
  return Reflect.apply(tenant[method], tenant, [...given]);
}

const { values } = parseArgs({
  options: {
    people: { type: "string", default: "0" },
    groups: { type: "string", default: "0" },
    "large-group": { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    "login-port": { type: "string", default: "0" },
    "graph-port": { type: "string", default: "0" },
    options: { type: "string", default: "{}" },
  },
});
const tenant = await startEntraTenant({
  ...(JSON.parse(values.options) as TenantOptions),
  ports: { login: Number(values["login-port"]), graph: Number(values["graph-port"]) },
  control,
});
const largeGroup = Number(values["large-group"]);
const filled = fillWithCompany(tenant, {
  seed: Number(values.seed),
  people: Number(values.people),
  groups: Number(values.groups),
  ...(largeGroup > 0 ? { largeGroup } : {}),
});
const { loginUrl, graphUrl, caFile, tenantId, clientId, clientSecret, domain } = tenant;
const counts = { people: filled.people.length, groups: filled.groups.length };
console.log(
  JSON.stringify({
    loginUrl,
    graphUrl,
    caFile,
    tenantId,
    clientId,
    clientSecret,
    domain,
    ...counts,
    pid: process.pid,
  }),
);
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void tenant.stop());
