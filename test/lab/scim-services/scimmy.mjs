// A SCIM service made of scimmy and scimmy-routers, whose storage is two Maps. Prints {"baseUrl","token","pid"} and serves until killed.
// What it answers is scimmy's; the handlers below only keep what scimmy hands them. Lists are sliced here, because scimmy converts all
// resources for every page otherwise. `GET /_state` shows what is stored, `GET /_log` counts requests by method.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const token = process.env.SCIM_TOKEN ?? "scimmy-token";
const { Error: ScimError } = SCIMMY.Types;

function storage(nameAttribute) {
  const byId = new Map();
  const indexes = { username: new Map(), displayname: new Map(), externalid: new Map() };
  const keysOf = (resource) =>
    Object.entries({
      username: resource.userName,
      displayname: resource.displayName,
      externalid: resource.externalId,
    });
  const forget = (resource) => {
    for (const [index, key] of keysOf(resource)) indexes[index].get(key)?.delete(resource.id);
  };
  const nameHolders = new Map();

  return {
    byId,
    save(id, instance) {
      const name = String(instance[nameAttribute]).toLowerCase();
      const holder = nameHolders.get(name);
      if (holder !== undefined && holder !== id)
        throw new ScimError(409, "uniqueness", `${nameAttribute} is taken`);
      const before = byId.get(id);
      if (id !== undefined && before === undefined) throw new ScimError(404, null, `no ${id}`);
      if (before !== undefined) {
        forget(before);
        nameHolders.delete(String(before[nameAttribute]).toLowerCase());
      }
      const now = new Date();
      const kept = { ...structuredClone(JSON.parse(JSON.stringify(instance))), id: id ?? randomUUID() };
      kept.meta = { ...kept.meta, created: before?.meta.created ?? now, lastModified: now };
      byId.set(kept.id, kept);
      nameHolders.set(name, kept.id);
      for (const [index, key] of keysOf(kept)) {
        if (!indexes[index].has(key)) indexes[index].set(key, new Set());
        indexes[index].get(key).add(kept.id);
      }
      return kept;
    },
    read(resource) {
      if (resource.id !== undefined) {
        const found = byId.get(resource.id);
        if (found === undefined) throw new ScimError(404, null, `no ${resource.id}`);
        return found;
      }
      let found = [...candidates(resource.filter)];
      if (resource.filter !== undefined) found = resource.filter.match(found);
      const { startIndex = 1, count = 20 } = resource.constraints ?? {};
      resource.constraints = { ...resource.constraints, startIndex, count, totalResults: found.length };
      return found.slice(startIndex - 1, startIndex - 1 + count);
    },
    remove(id) {
      const before = byId.get(id);
      if (before === undefined) throw new ScimError(404, null, `no ${id}`);
      forget(before);
      nameHolders.delete(String(before[nameAttribute]).toLowerCase());
      byId.delete(id);
    },
  };

  // Only saves time: what may match by one exact comparison. scimmy's own filter decides.
  function candidates(filter) {
    if (filter?.length === 1) {
      const [attribute, expression] = Object.entries(filter[0])[0] ?? [];
      const index = indexes[String(attribute).toLowerCase()];
      if (index !== undefined && Array.isArray(expression) && expression[0] === "eq")
        return [...(index.get(expression[1]) ?? [])].map((id) => byId.get(id));
    }
    return byId.values();
  }
}

const users = storage("userName");
const groups = storage("displayName");

SCIMMY.Config.set({
  patch: true,
  filter: { supported: true, maxResults: 200 },
  etag: false,
  sort: false,
  bulk: false,
});
SCIMMY.Resources.declare(SCIMMY.Resources.User)
  .extend(SCIMMY.Schemas.EnterpriseUser)
  .ingress((resource, instance) => users.save(resource.id, instance))
  .egress((resource) => users.read(resource))
  .degress((resource) => {
    users.remove(resource.id);
    for (const group of groups.byId.values())
      if (group.members) group.members = group.members.filter(({ value }) => value !== resource.id);
  });
SCIMMY.Resources.declare(SCIMMY.Resources.Group)
  .ingress((resource, instance) => groups.save(resource.id, instance))
  .egress((resource) => groups.read(resource))
  .degress((resource) => groups.remove(resource.id));

const counts = {};
const app = express();
app.get("/_state", (_request, response) =>
  response.json({ users: [...users.byId.values()], groups: [...groups.byId.values()] }),
);
app.get("/_log", (_request, response) => response.json(counts));
app.use((request, _response, next) => {
  counts[request.method] = (counts[request.method] ?? 0) + 1;
  next();
});
app.use(
  "/scim/v2",
  new SCIMMYRouters({
    type: "bearer",
    handler(request) {
      if (request.header("authorization") !== `Bearer ${token}`) throw new Error("wrong token");
      return "rollcall";
    },
  }),
);

const server = app.listen(Number(process.env.SCIM_PORT ?? 0), "127.0.0.1", () => {
  console.log(
    JSON.stringify({ baseUrl: `http://127.0.0.1:${server.address().port}/scim/v2`, token, pid: process.pid }),
  );
});
