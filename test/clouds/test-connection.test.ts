/** `rollcall test` and clouds that do not let us: what is missing, the least that would do, what ends soon, clocks that are wrong. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { run } from "../lab/children.ts";
import { newSecret } from "../stand-ins/entra/applications.ts";
import type { EntraTenant, TenantOptions } from "../stand-ins/entra/tenant.ts";
import { readScopes } from "../stand-ins/okta/access.ts";
import type { OktaOptions, OktaOrganisation } from "../stand-ins/okta/okta-organisation.ts";
import { entraCloud, entraFor } from "./entra.ts";
import { oktaCloud, oktaFor } from "./okta.ts";
import { type Sections, Site } from "./site.ts";

const DAY_MS = 86_400_000;
let site: Site;
let stop: () => Promise<void>;

beforeEach(() => {
  site = new Site();
  stop = async () => {};
});

afterEach(async () => {
  await stop();
  site.end();
});

async function entra(options: TenantOptions = {}): Promise<EntraTenant> {
  const tenant = await entraFor(site, options);
  stop = () => tenant.stop();
  const cloud = entraCloud(site, tenant);
  cloud.createGroup("Team", [cloud.create("ann")]);
  site.configure(cloud.source(), { type: "embedded" });
  return tenant;
}

async function okta(options: OktaOptions = {}): Promise<OktaOrganisation> {
  const organisation = await oktaFor(site, options);
  stop = () => organisation.stop();
  const cloud = oktaCloud(site, organisation);
  cloud.createGroup("Team", [cloud.create("ann")]);
  site.configure(cloud.source(), { type: "embedded" });
  site.clock.pass(60_000);
  return organisation;
}

/** Checks of the source that are not as they should be, "✗" or "!" first. */
function faultsIn(screen: string): readonly string[] {
  return [...screen.matchAll(/^ {2}([✗!]) (.+)$/gm)].map(([, mark, check]) => `${mark} ${check}`);
}

describe("Entra ID", () => {
  test("where nothing is missing everything is ticked off, and a person is shown as mapped", async () => {
    await entra();
    const { code, screen } = await site.rollcall("test");
    expect(faultsIn(screen)).toEqual([]);
    expect(screen).toMatch(/✓ client secret: the client secret "rollcall" is valid until \d{4}-\d\d-\d\d/);
    expect(screen).toContain("ann@contoso.example");
    expect(code).toBe(0);
  });

  test("each missing permission is named at once, with the least one that would do", async () => {
    const tenant = await entra();
    tenant.revoke([
      ...["User.Read.All", "Group.Read.All", "GroupMember.Read.All"],
      ...["Application.Read.All", "Organization.Read.All"],
    ]);
    const { code, screen, said } = await site.rollcall("test");
    expect(faultsIn(screen).map((line) => line.split(/: (?=[a-z])/)[0])).toEqual([
      "! permission: Organization.Read.All",
      expect.stringMatching(/^✗ permission: User\.Read\.All/),
      expect.stringMatching(/^✗ permission: GroupMember\.Read\.All/),
      "! deleted people: User.Read.All",
      "! deleted groups: Group.Read.All",
      "! permission: Application.Read.All",
    ]);
    for (const least of ["User", "GroupMember", "Group", "Application", "Organization"])
      expect(said).toContain(`grant the application permission ${least}.Read.All: Entra admin center`);
    expect(code).toBe(1);
  });

  test("a connection that is limited to an application is told what reading its assignments takes", async () => {
    const tenant = await entra();
    const application = tenant.createServicePrincipal({ displayName: "Payroll" });
    const scope = { assigned: { app: application } };
    site.configure(entraCloud(site, tenant).source(), { type: "embedded" }, { scope });
    const nobody = await site.rollcall("test");
    expect(nobody.said).toContain("✗ assigned people: 0 people or groups are assigned to the application");
    expect(nobody.code).toBe(1);
    tenant.assign(application, tenant.createUser());
    const sound = await site.rollcall("test");
    expect(sound.said).toContain("✓ assigned people: 1 people or groups are assigned to the application");
    expect(sound.code).toBe(0);
    tenant.revoke(["Application.Read.All"]);
    const { code, said } = await site.rollcall("test");
    expect(said).toMatch(
      /✗ assigned people: \S+ refuses to list who is assigned to the application.*grant the application permission Application\.Read\.All/,
    );
    expect(code).toBe(1);
  });

  test("a connection that is limited to a group that is not there is told so, and that is a wrong configuration", async () => {
    const tenant = await entra();
    const scope = { assigned: { groups: ["Nobody Knows"] } };
    site.configure(entraCloud(site, tenant).source(), { type: "embedded" }, { scope });
    const { code, said } = await site.rollcall("test");
    expect(said).toContain('✗ assigned people: scope.assigned: there is no group "Nobody Knows"');
    expect(code).toBe(2);
  });

  test("a secret that ends soon is a warning with its day; one that ended keeps everybody out", async () => {
    const tenant = await entra({ secretEndsAt: Date.now() + 10.5 * DAY_MS });
    const soon = await site.rollcall("test");
    expect(soon.said).toMatch(
      /! client secret: the client secret "rollcall" expires on \d{4}-\d\d-\d\d \(in 10 days\)/,
    );
    expect(soon.code).toBe(0);
    tenant.application()?.secrets.splice(0, 1, newSecret(tenant.clientSecret, 0, site.clock.now() - 1));
    const late = await site.rollcall("test");
    expect(late.said).toContain(
      `✗ login: the client secret of the application ${tenant.clientId} has expired (AADSTS7000222)`,
    );
    expect(late.code).toBe(5);
  });

  describe("by certificate", () => {
    /** A certificate of ten days that the application knows. */
    async function certified(tenant: EntraTenant): Promise<Sections> {
      const mine = { key: join(site.folder, "app.key"), certificate: join(site.folder, "app.crt") };
      await run("openssl", [
        ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=app", "-days", "10"],
        ...["-keyout", mine.key, "-out", mine.certificate],
      ]);
      const pem = readFileSync(mine.certificate, "utf8");
      tenant.trustCertificate(pem);
      const file = site.secret("app.pem", pem + readFileSync(mine.key, "utf8"));
      return { clientSecret: undefined, certificate: { file } };
    }

    test("one that ends soon is a warning with its day", async () => {
      const tenant = await entra();
      site.configure(entraCloud(site, tenant).source(await certified(tenant)), { type: "embedded" });
      const { code, said } = await site.rollcall("test");
      expect(said).toMatch(/! certificate: the certificate expires on \d{4}-\d\d-\d\d \(in 9 days\)/);
      expect(code).toBe(0);
    });

    test.each([
      [
        "this machine's clock is an hour behind",
        3_600_000,
        /the login of the application \S+ is outside of its time \(AADSTS700024\) set this machine's clock/,
      ],
      [
        "the certificate has ended",
        11 * DAY_MS,
        /the certificate of the application \S+ has expired, or is not valid yet \(AADSTS1000502\) upload a new one under .*, and put it in place; or set this machine's clock/,
      ],
    ])("when %s, the sentence says so and the connection is quarantined", async (_, aheadMs, sentence) => {
      const tenant = await entra({ loginNow: () => Date.now() + aheadMs });
      site.configure(entraCloud(site, tenant).source(await certified(tenant)), { type: "embedded" });
      const ended = await site.rollcall("sync");
      expect(ended.said).toMatch(sentence);
      expect(ended.said).toContain("nothing was written");
      expect(ended.code).toBe(5);
    });
  });
});

describe("Okta", () => {
  test("where nothing is missing everything is ticked off, and a person is shown as mapped", async () => {
    await okta();
    const { code, screen } = await site.rollcall("test");
    expect(faultsIn(screen)).toEqual([]);
    expect(screen).toContain("ann@example.com");
    expect(code).toBe(0);
  });

  test("each missing right of an API token is named at once", async () => {
    const { access } = await okta();
    access.grants.tokenRights = [];
    const { code, screen, said } = await site.rollcall("test");
    expect(faultsIn(screen).map((line) => /^. permission: [^)]+\)/.exec(line)?.[0])).toEqual([
      "✗ permission: people (okta.users.read)",
      "✗ permission: groups and members (okta.groups.read)",
      "! permission: System Log (okta.logs.read)",
    ]);
    expect(said).toContain("give it the role Read-only Administrator");
    expect(code).toBe(1);
  });

  test("each scope that a service application was not granted is named", async () => {
    const organisation = await okta();
    organisation.access.grants.scopes = readScopes.filter((scope) => scope === "okta.orgs.read");
    const { clientId, keyId } = organisation;
    const privateKey = { file: site.secret("key.pem", organisation.privateKey) };
    const application = { token: undefined, clientId, keyId, privateKey };
    site.configure(oktaCloud(site, organisation).source(application), { type: "embedded" });
    const { code, said } = await site.rollcall("test");
    expect(said).toContain(
      "✗ permission: scopes: the service application was not granted okta.users.read, okta.groups.read",
    );
    expect(code).toBe(1);
  });

  test("a connection that is limited to an application needs the scope to read its assignments", async () => {
    const organisation = await okta();
    organisation.access.grants.scopes = readScopes.filter((scope) => scope !== "okta.apps.read");
    const { clientId, keyId } = organisation;
    const privateKey = { file: site.secret("key.pem", organisation.privateKey) };
    const application = { token: undefined, clientId, keyId, privateKey };
    const scope = { assigned: { app: "0oa1" } };
    site.configure(oktaCloud(site, organisation).source(application), { type: "embedded" }, { scope });
    const { code, said } = await site.rollcall("test");
    expect(said).toContain("✗ assigned people: the service application was not granted okta.apps.read");
    expect(code).toBe(1);
  });

  test("a token that is no more is a refused login", async () => {
    const { access } = await okta();
    access.revokeToken();
    const { code, said } = await site.rollcall("test");
    expect(said).toMatch(/✗ login: \S+ refuses the login \(E0000011\)/);
    expect(code).toBe(5);
  });

  test("a service application whose machine has a wrong clock is told to look at it", async () => {
    const organisation = await okta({ wallClock: () => Date.now() + 2 * 3_600_000 });
    const { clientId, keyId } = organisation;
    const privateKey = { file: site.secret("key.pem", organisation.privateKey) };
    const application = { token: undefined, clientId, keyId, privateKey };
    site.configure(oktaCloud(site, organisation).source(application), { type: "embedded" });
    const { code, said } = await site.rollcall("sync");
    expect(said).toContain("gives no token (invalid_client: The client_assertion token is expired.)");
    expect(said).toContain("a wrong clock of this machine does it, too");
    expect(code).toBe(5);
  });

  test("a clock that is wrong is a warning also for an API token", async () => {
    const organisation = await okta({ now: () => site.clock.now() + 20 * 60_000 });
    const { code, said } = await site.rollcall("test");
    expect(said).toMatch(
      new RegExp(`! clock: ${new URL(organisation.url).host} and this machine differ by (1199|1200|1201) s`),
    );
    expect(code).toBe(0);
  });
});
