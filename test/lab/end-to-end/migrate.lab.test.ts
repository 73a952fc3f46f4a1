/** The ways of docs/migrate.md, each on a service that others wrote: nobody is created, nobody is switched off, and every id stays. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { csvRecord, csvRecords } from "../../../src/commands/output/csv.ts";
import { type EntraTenant, startEntraTenant } from "../../stand-ins/entra/tenant.ts";
import { startOktaOrganisation } from "../../stand-ins/okta/okta-organisation.ts";
import { type DomainController, startDomainController } from "../samba.ts";
import { type RunningService, startBetterAuth, startScimmy } from "../scim-services.ts";
import { type Account, Migration, OtherClient } from "./migration.ts";

const names = ["ann", "bob", "cyd", "dan", "eve"] as const;

let migration: Migration;
/** Ended after the test, the newest first. */
let running: { stop(): Promise<void> }[];

beforeEach(() => {
  migration = new Migration();
  running = [];
});

afterEach(async () => {
  for (const each of running.toReversed()) await each.stop();
  migration.end();
});

async function started<Server extends { stop(): Promise<void> }>(server: Promise<Server>): Promise<Server> {
  const one = await server;
  running.push(one);
  return one;
}

function entra(tenant: EntraTenant): Readonly<Record<string, unknown>> {
  return {
    type: "entra",
    tenantId: tenant.tenantId,
    clientId: tenant.clientId,
    clientSecret: { file: migration.file(`secret-${tenant.tenantId}`, tenant.clientSecret) },
    endpoints: { login: tenant.loginUrl, graph: tenant.graphUrl },
    ca: { file: tenant.caFile },
  };
}

function userOf(name: string, domain: string) {
  const mail = `${name}@${domain}`;
  const displayName = `${name} Lee`;
  return { userPrincipalName: mail, mail, mailNickname: name, displayName, givenName: name, surname: "Lee" };
}

/** The same accounts under the same ids, as many as before, and everybody on. */
function expectSame(before: ReadonlyMap<string, Account>, after: ReadonlyMap<string, Account>): void {
  expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
  expect([...after.values()].filter((each) => each.active === false)).toEqual([]);
}

const fatal = ["create", "deactivate", "reactivate", "delete"];

function expectNoneOf(done: Readonly<Record<string, number>>): void {
  expect(Object.keys(done).filter((action) => fatal.includes(action))).toEqual([]);
}

async function inOrder(...lines: readonly (readonly [line: string, code: number])[]): Promise<void> {
  for (const [line, code] of lines) {
    const ended = await migration.rollcall(line);
    expect({ line, code: ended.code }, ended.out + ended.err).toEqual({ line, code });
  }
}

describe("moving to Rollcall", { timeout: 60_000 }, () => {
  test("from Entra's own provisioning: accounts that it made are taken over as they are", async () => {
    const service = await started(startScimmy());
    const tenant = await started(startEntraTenant({ domain: "contoso.example" }));
    const others = new OtherClient(service);
    // Its default mapping: userName from userPrincipalName, externalId from mailNickname.
    const accounts: string[] = [];
    const people: string[] = [];
    for (const name of names) {
      const user = userOf(name, "contoso.example");
      people.push(tenant.createUser(user));
      const { mail: value, displayName, mailNickname: externalId } = user;
      accounts.push(
        await others.create("Users", {
          ...{ userName: user.userPrincipalName, displayName, externalId, active: true },
          ...{
            name: { givenName: name, familyName: "Lee" },
            emails: [{ type: "work", value, primary: true }],
          },
        }),
      );
    }
    const groupId = tenant.createGroup({ displayName: "Sales" }, people.slice(0, 2));
    const members = accounts.slice(0, 2).map((value) => ({ value }));
    const group = await others.create("Groups", { displayName: "Sales", externalId: groupId, members });
    migration.configure({
      sources: { entra: entra(tenant) },
      targets: { app: migration.target(service) },
      connections: { staff: { source: "entra", target: "app" } },
    });
    const before = await others.accounts();
    const survey = await migration.rollcall("survey staff");
    expect(survey.out).toMatch(/5 {2}have an account \(5 by userName\)/);
    expect(survey.out).toMatch(/1 {2}there is one \(1 by externalId\)/);
    await inOrder(
      ["sync staff", 3],
      ['held approve adoptions --reason "compared with the survey"', 0],
      ["sync staff", 0],
    );
    const after = await others.accounts();
    expectSame(before, after);
    expectNoneOf(await migration.done("staff"));
    expect([...after.values()].map(({ externalId }) => externalId).sort()).toEqual([...names]);
    expect(await others.members(group)).toEqual(accounts.slice(0, 2).sort());
    expect((await migration.rollcall("sync staff")).out).toContain("0 writes");
  });

  test("from Okta's own provisioning: its external ids are the ids that Rollcall reads", async () => {
    const service = await started(startBetterAuth());
    const okta = await started(startOktaOrganisation({}));
    const others = new OtherClient(service);
    for (const name of names) {
      const login = `${name}@example.com`;
      const externalId = okta.users.create({ login, email: login, firstName: name, lastName: "Lee" });
      const emails = [{ type: "work", value: login, primary: true }];
      await others.create("Users", {
        ...{ userName: login, externalId, active: true, displayName: `${name} Lee`, emails },
        name: { givenName: name, familyName: "Lee" },
      });
    }
    const ca = migration.file("okta-ca.pem", okta.ca);
    const token = migration.file("okta-token", okta.token);
    migration.configure({
      sources: { okta: { type: "okta", orgUrl: okta.url, token: { file: token }, ca: { file: ca } } },
      targets: { app: migration.target(service) },
      connections: { staff: { source: "okta", target: "app", scope: { groups: "false" } } },
    });
    const before = await others.accounts();
    expect((await migration.rollcall("survey staff")).out).toMatch(
      /5 {2}have an account \(5 by externalId\)/,
    );
    await inOrder(
      ["sync staff", 3],
      ['held approve adoptions --reason "made by Okta"', 0],
      ["sync staff", 0],
    );
    expectSame(before, await others.accounts());
    expectNoneOf(await migration.done("staff"));
    expect((await migration.rollcall("sync staff")).out).toContain("0 writes");
  });

  test("from an application that was kept by hand: what the names do not tell is filled into the survey's file", async () => {
    const service = await started(startScimmy());
    const tenant = await started(startEntraTenant({ domain: "contoso.example" }));
    const others = new OtherClient(service);
    for (const name of names) tenant.createUser(userOf(name, "contoso.example"));
    const make = (userName: string, mail: string) =>
      others.create("Users", { userName, active: true, emails: [{ type: "work", value: mail }] });
    await make("ANN@Contoso.Example", "ann@contoso.example");
    await make("bob@contoso.example", "BOB@contoso.example");
    // Found by the address alone.
    await make("cyd.lee", "Cyd@Contoso.example");
    // Wrong: an old name, and no address that anybody has now.
    const dan = await make("dsmith", "dan.smith@old.example");
    // A typing error.
    const eve = await make("eve@contso.example", "eve@contso.example");
    migration.file(
      "by-hand.yaml",
      `extends: default\nusers:\n  match: [externalId, userName, 'emails[type eq "work"].value']\n`,
    );
    migration.configure({
      sources: { entra: entra(tenant) },
      targets: { app: migration.target(service) },
      connections: {
        staff: { source: "entra", target: "app", mapping: "by-hand.yaml", scope: { groups: "false" } },
      },
    });
    const before = await others.accounts();
    const file = join(migration.folder, "survey.csv");
    const survey = await migration.rollcall(`survey staff --csv ${file}`);
    expect(survey.out).toMatch(/3 {2}have an account/);
    expect(survey.out).toMatch(/2 {2}accounts of nobody/);
    // In a spreadsheet: the ids of the accounts go into the lines of their people.
    const [head = [], ...rows] = [...csvRecords(readFileSync(file, "utf8"))].map(({ cells }) => [...cells]);
    const at = { name: head.indexOf("name"), targetId: head.indexOf("target_id") };
    for (const row of rows) {
      if (row[at.name] === "dan@contoso.example") row[at.targetId] = dan;
      if (row[at.name] === "eve@contoso.example") row[at.targetId] = eve;
    }
    const kept = rows.filter((row) => row[0] === "user" && row[1] !== "");
    writeFileSync(file, [head, ...kept].map(csvRecord).join(""));
    await inOrder(
      [`links import ${file} staff`, 0],
      [`links import ${file} staff --yes --reason "looked through by HR"`, 0],
      ["sync staff", 3],
      ['held approve identifier-changes --reason "names as in Entra"', 0],
      ["sync staff", 0],
    );
    const after = await others.accounts();
    expectSame(before, after);
    expectNoneOf(await migration.done("staff"));
    expect(after.get(dan)).toMatchObject({ userName: "dan@contoso.example" });
    expect((await migration.rollcall("sync staff")).out).toContain("0 writes");
  });
});

describe("moving with Rollcall", { timeout: 60_000 }, () => {
  test("from Active Directory to Entra: people are found again by onPremisesImmutableId", async () => {
    const service = await started(startScimmy());
    const dc = await started(startDomainController({}));
    const tenant = await started(startEntraTenant({ domain: "contoso.example" }));
    const others = new OtherClient(service);
    const ou = `OU=Moving,${dc.baseDn}`;
    const anchors = await inActiveDirectory(dc, ou);
    const account = await dc.createServiceAccount({ directoryChanges: true });
    const ad = {
      ...{ type: "active-directory", url: dc.url, baseDn: ou, bindDn: account.dn, ca: { file: dc.ca } },
      bindPassword: { file: migration.file("ad-password", account.password) },
    };
    const people = names.map((name) =>
      tenant.createUser({
        ...userOf(name, "contoso.example"),
        onPremisesImmutableId: anchors.get(name) ?? "",
      }),
    );
    tenant.createGroup({ displayName: "Sales" }, people.slice(0, 2));
    migration.configure({
      sources: { ad, entra: entra(tenant) },
      targets: { app: migration.target(service) },
      connections: { old: { source: "ad", target: "app" }, staff: { source: "entra", target: "app" } },
    });
    await inOrder(["sync old", 0]);
    const before = await others.accounts();
    const all = "transfer --all --by onPremisesImmutableId --from old --to staff";
    await inOrder(
      ["plan staff", 4],
      [all, 0],
      [`${all} --yes --reason "Active Directory ends"`, 0],
      ["sync staff", 3],
      ['held approve identifier-changes --connection staff --reason "ids of Entra"', 0],
      ["sync staff", 0],
    );
    const after = await others.accounts();
    expectSame(before, after);
    expectNoneOf(await migration.done("staff"));
    expect([...after.values()].map(({ externalId }) => externalId).sort()).toEqual([...people].sort());
    expect((await migration.rollcall("sync staff")).out).toContain("0 writes");
  });

  test("two tenants become one: who is in the other tenant by now keeps the account", async () => {
    const service = await started(startBetterAuth());
    const [first, second] = [
      await started(startEntraTenant({ domain: "contoso.example" })),
      await started(startEntraTenant({ domain: "fabrikam.example" })),
    ];
    const others = new OtherClient(service);
    const mapping = migration.file("first.yaml", "extends: default\n");
    for (const name of names) first.createUser(userOf(name, "contoso.example"));
    const leaving = ["gus", "hal"].map((name) => second.createUser(userOf(name, "fabrikam.example")));
    const scope = { groups: "false" };
    migration.configure({
      sources: { contoso: entra(first), fabrikam: entra(second) },
      targets: { app: migration.target(service) },
      connections: {
        contoso: { source: "contoso", target: "app", scope, mapping },
        fabrikam: { source: "fabrikam", target: "app", scope },
      },
    });
    await inOrder(["sync contoso", 0], ["sync fabrikam", 0]);
    const before = await others.accounts();
    expect(before.size).toBe(7);
    // Gus and Hal are made anew in the tenant that stays, with the names that they had.
    for (const name of ["gus", "hal"]) first.createUser(userOf(name, "fabrikam.example"));
    await inOrder(
      ["sync contoso", 4],
      ["transfer gus@fabrikam.example --from fabrikam --to contoso --yes --reason merger", 0],
      ["transfer --all --by userName --from fabrikam --to contoso --yes --reason merger", 0],
    );
    for (const id of leaving) second.softDelete(id);
    await inOrder(["sync fabrikam", 0], ["sync contoso", 0]);
    expectSame(before, await others.accounts());
    const { create, ...done } = await migration.done("contoso");
    expect(create).toBe(5);
    expectNoneOf(done);
    expect((await migration.rollcall("sync contoso")).out).toContain("0 writes");
  });

  test("a domain gets another name: everybody is held, approved with a reason, and keeps the id", async () => {
    const service: RunningService = await started(startScimmy());
    const tenant = await started(startEntraTenant({ domain: "contoso.example" }));
    const others = new OtherClient(service);
    const people = names.map((name) => tenant.createUser(userOf(name, "contoso.example")));
    migration.configure({
      sources: { entra: entra(tenant) },
      targets: { app: migration.target(service) },
      connections: { staff: { source: "entra", target: "app" } },
    });
    await inOrder(["sync staff", 0]);
    const before = await others.accounts();
    for (const [at, name] of names.entries()) {
      const login = `${name}@globex.example`;
      tenant.updateUser(people[at] ?? "", { userPrincipalName: login, mail: login });
    }
    await inOrder(["plan staff", 3], ["sync staff", 3]);
    expect([...(await others.accounts()).values()].map(({ userName }) => userName)).not.toContain(
      "ann@globex.example",
    );
    await inOrder(['held approve identifier-changes --reason "Contoso is Globex now"', 0], ["sync staff", 0]);
    const after = await others.accounts();
    expectSame(before, after);
    expect([...after.values()].map(({ userName }) => userName).sort()).toEqual(
      names.map((name) => `${name}@globex.example`),
    );
    expect(await migration.done("staff")).toMatchObject({ create: 5, rename: 5 });
    expect((await migration.rollcall("log staff --limit 0")).out).toContain("Contoso is Globex now");
  });
});

/** Five people and a group of two; name -> what Entra Connect makes of their objectGUID. */
async function inActiveDirectory(dc: DomainController, ou: string): Promise<ReadonlyMap<string, string>> {
  const entry = (name: string) =>
    `dn: CN=${name},${ou}\nobjectClass: user\nsAMAccountName: ${name}\nuserPrincipalName: ${name}@corp.example\n` +
    `displayName: ${name} Lee\nmail: ${name}@contoso.example\nuserAccountControl: 544\n`;
  const group = `dn: CN=Sales,${ou}\nobjectClass: group\nsAMAccountName: Sales\nmember: CN=ann,${ou}\nmember: CN=bob,${ou}\n`;
  const unit = `dn: ${ou}\nobjectClass: organizationalUnit\n`;
  await dc.ldapmodify([unit, ...names.map(entry), group].join("\n"));
  const client = await dc.adminClient();
  try {
    const { searchEntries } = await client.search(ou, {
      filter: "(objectClass=user)",
      attributes: ["sAMAccountName", "objectGUID"],
      explicitBufferAttributes: ["objectGUID"],
    });
    return new Map(
      searchEntries.map((each) => [
        String(each["sAMAccountName"]),
        (each["objectGUID"] as Buffer).toString("base64"),
      ]),
    );
  } finally {
    await client.unbind();
  }
}
