import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../src/commands/system-clock.ts";
import { loadConfig } from "../src/config/load.ts";
import { connectionNamed, openConnection } from "../src/connection.ts";
import { cycle } from "../src/cycle.ts";
import { silent } from "../src/log.ts";
import { checkMapping } from "../src/mapping/compile.ts";
import type { Json, StoredResource } from "../src/scim/resource.ts";
import type { Report } from "../src/sync/report.ts";
import { definition as embedded } from "../src/targets/embedded/index.ts";
import { type EntraTenant, startEntraTenant } from "./stand-ins/entra/tenant.ts";
import { noLags } from "./stand-ins/okta/circumstances.ts";
import { type OktaOrganisation, startOktaOrganisation } from "./stand-ins/okta/okta-organisation.ts";

let folder: string;
let entra: EntraTenant;
let okta: OktaOrganisation;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-connection-"));
  entra = await startEntraTenant();
  okta = await startOktaOrganisation({ lags: noLags, rateLimits: { "/api/v1/users": 10_000 } as never });
  process.env["CONNECTION_ENTRA"] = entra.clientSecret;
  process.env["CONNECTION_OKTA"] = okta.token;
  writeFileSync(join(folder, "okta-ca.pem"), okta.ca);
  writeFileSync(
    join(folder, "rollcall.yaml"),
    `state: ./state
sources:
  entra:
    type: entra
    tenantId: ${entra.tenantId}
    clientId: ${entra.clientId}
    clientSecret: { env: CONNECTION_ENTRA }
    endpoints: { login: "${entra.loginUrl}", graph: "${entra.graphUrl}" }
    ca: { file: ${entra.caFile} }
  okta:
    type: okta
    orgUrl: ${okta.url}
    token: { env: CONNECTION_OKTA }
    ca: { file: ./okta-ca.pem }
connections:
  cloud: { source: entra }
  people: { source: okta }
  app:
    source: entra
    target: app
    scope: { assigned: { groups: [App-Users] } }
targets:
  app: { type: embedded }
  directory: { type: embedded }
`,
  );
});

afterEach(async () => {
  await entra.stop();
  await okta.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function sync(name: string): Promise<Report> {
  const config = await loadConfig(join(folder, "rollcall.yaml"), checkMapping);
  const { signal } = new AbortController();
  const around = { clock: systemClock, log: silent, signal, abort: signal, progress: () => {} };
  const connection = await openConnection(config, connectionNamed(config, name), around);
  try {
    return await cycle(connection, { purpose: "sync", trigger: "test" });
  } finally {
    await connection.close();
  }
}

async function accounts(target = "directory"): Promise<ReadonlyMap<string, StoredResource>> {
  const context = { name: target, folder: join(folder, "state", "targets"), log: silent, clock: systemClock };
  const api = await embedded.open({}, context);
  const found = new Map<string, StoredResource>();
  for await (const user of api.users.list(new AbortController().signal))
    found.set(String(user["userName"]), user);
  await api.close();
  return found;
}

const isActive = async (name: string, target?: string): Promise<Json | undefined> =>
  (await accounts(target)).get(name)?.["active"];

describe("Entra ID, from the tenant to the target", () => {
  test("people arrive with their values, a quiet cycle asks once a stream and writes nothing, leavers lose access", async () => {
    const ann = entra.createUser({
      userPrincipalName: "ann@contoso.example",
      displayName: "Ann",
      jobTitle: "Engineer",
    });
    const zoe = entra.createUser({ userPrincipalName: "zoe@contoso.example", displayName: "Zoe" });
    const ben = entra.createUser({ userPrincipalName: "ben@contoso.example", displayName: "Ben" });
    entra.setManager(ann, zoe);
    entra.addMember(entra.createGroup({ displayName: "Team" }), ann);
    expect(await sync("cloud")).toMatchObject({
      outcome: "done",
      applied: { create: 3, "create group": 1, "add member": 1 },
    });
    const before = await accounts();
    expect(before.get("ann@contoso.example")).toMatchObject({
      externalId: ann,
      title: "Engineer",
      active: true,
    });

    entra.requests.clear();
    expect(await sync("cloud")).toMatchObject({
      outcome: "done",
      applied: {},
      read: { type: "delta", changed: 0 },
    });
    expect(entra.requests.count(/\/delta/)).toBeLessThanOrEqual(2);

    entra.disable(ann);
    entra.softDelete(ben);
    entra.updateUser(zoe, { jobTitle: "Head" });
    expect((await sync("cloud")).applied).toEqual({ deactivate: 2, update: 1 });
    expect([await isActive("ann@contoso.example"), await isActive("ben@contoso.example")]).toEqual([
      false,
      false,
    ]);
    entra.restore(ben);
    expect((await sync("cloud")).applied).toMatchObject({ reactivate: 1 });
    expect((await accounts()).get("ben@contoso.example")?.id).toBe(before.get("ben@contoso.example")?.id);
  });

  test("limited to the members of a group, it follows who joins and who leaves the group", async () => {
    const [ann, ben] = ["ann", "ben"].map((name) =>
      entra.createUser({ userPrincipalName: `${name}@contoso.example` }),
    );
    const users = entra.createGroup({ displayName: "App-Users" });
    entra.addMember(users, ann ?? "");
    await sync("app");
    expect([...(await accounts("app")).keys()]).toEqual(["ann@contoso.example"]);
    entra.addMember(users, ben ?? "");
    entra.removeMember(users, ann ?? "");
    await sync("app");
    expect([
      await isActive("ann@contoso.example", "app"),
      await isActive("ben@contoso.example", "app"),
    ]).toEqual([false, true]);
  });
});

describe("Okta, from the organisation to the target", () => {
  test("people arrive, a quiet cycle writes nothing, who is suspended or deleted for good loses access", async () => {
    const person = (name: string) =>
      okta.users.create({ login: `${name}@okta.example`, firstName: name, lastName: "Lee" }, "ACTIVE");
    const [ann, ben, eve] = [person("ann"), person("ben"), person("eve")];
    const team = okta.groups.create("Team", "");
    okta.groups.add(team, ann);
    expect(await sync("people")).toMatchObject({
      outcome: "done",
      applied: { create: 3, "create group": 1, "add member": 1 },
    });
    okta.forgetRequests();
    expect(await sync("people")).toMatchObject({ outcome: "done", applied: {} });
    expect(okta.requests.length).toBeLessThanOrEqual(5);
    okta.users.suspend(ann);
    okta.users.deactivate(ben);
    okta.users.delete(ben);
    okta.groups.add(team, eve);
    expect((await sync("people")).applied).toMatchObject({ deactivate: 2, "add member": 1 });
    expect([
      await isActive("ann@okta.example"),
      await isActive("ben@okta.example"),
      await isActive("eve@okta.example"),
    ]).toEqual([false, false, true]);
  });
});

describe("two directories and one target", () => {
  test("a person whom both know is a named conflict of that person, and the account stays with whom it was", async () => {
    entra.createUser({ userPrincipalName: "ann@shared.example" });
    okta.users.create({ login: "ann@shared.example", firstName: "Ann", lastName: "Lee" }, "ACTIVE");
    okta.users.create({ login: "ben@shared.example", firstName: "Ben", lastName: "Lee" }, "ACTIVE");
    await sync("cloud");
    const before = (await accounts()).get("ann@shared.example");
    const report = await sync("people");
    expect(report).toMatchObject({ outcome: "failing", applied: { create: 1 } });
    expect(report.failures[0]?.message).toContain("belongs to connection cloud");
    expect((await accounts()).get("ann@shared.example")).toEqual(before);
  });

  test("one that cannot log in does not keep the other from working", async () => {
    entra.createUser({ userPrincipalName: "ann@contoso.example" });
    okta.users.create({ login: "ben@okta.example", firstName: "Ben", lastName: "Lee" }, "ACTIVE");
    process.env["CONNECTION_ENTRA"] = "wrong";
    expect(await sync("cloud")).toMatchObject({ outcome: "quarantined" });
    expect(await sync("people")).toMatchObject({ outcome: "done", applied: { create: 1 } });
  });
});
