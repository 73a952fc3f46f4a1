import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Finding } from "../../../src/scim/api.ts";
import { readScopes } from "../../stand-ins/okta/access.ts";
import { OktaWorld } from "./okta-world.ts";
import type { SourceOptions } from "./source-on.ts";

const logs = "permission: System Log (okta.logs.read)";

describe("test connection", () => {
  let world: OktaWorld;

  beforeAll(async () => {
    world = await OktaWorld.open();
    const ann = await world.createPerson({ login: "ann", displayName: "Ann" });
    await world.createGroup("team", [ann]);
  });
  afterAll(() => world?.close());
  beforeEach(() => {
    world.okta.access.grants.scopes = [...readScopes];
    world.okta.access.grants.tokenRights = [...readScopes];
    world.okta.access.grants.role = true;
    world.okta.faults.length = 0;
  });

  async function probe(options: SourceOptions = {}): Promise<readonly Finding[]> {
    const source = world.source(options);
    try {
      return await source.probe(AbortSignal.timeout(15_000));
    } finally {
      await source.close();
    }
  }
  const without = (scope: string) => readScopes.filter((each) => each !== scope);

  test("tells the organisation, the login, each right, the rate limit and the clocks, and finds no fault", async () => {
    const findings = await probe(world.application());
    expect(findings.map(({ ok, check }) => `${ok} ${check}`)).toEqual([
      "true organisation",
      "true login",
      "true rate limit",
      "true clock",
      "true permission: people (okta.users.read)",
      "true permission: groups and members (okta.groups.read)",
      `true ${logs}`,
    ]);
    expect(findings[0]?.message).toMatch(/is the Okta organisation 00o/);
    expect(findings[1]?.message).toContain(`${world.okta.clientId}, bound to its key (DPoP)`);
    expect(findings[2]?.message).toMatch(/^300 requests a minute .* uses 150 \(50 %\)$/);
  });

  test("tells whose the API token is, because that account must stay", async () => {
    world.okta.faults.push({
      path: "/users/me$",
      how: "answer",
      status: 200,
      body: JSON.stringify({ id: "00u1", profile: { login: "admin@example.com" } }),
    });
    const login = (await probe()).find(({ check }) => check === "login");
    expect(login).toMatchObject({
      ok: true,
      message: expect.stringContaining("an API token of admin@example.com"),
    });
  });

  test("a service application is told each scope that it was not granted and cannot do without", async () => {
    world.okta.access.grants.scopes = ["okta.logs.read"];
    const findings = await probe(world.application());
    expect(findings).toMatchObject([
      { ok: false, check: "permission: scopes", hint: expect.stringMatching(/grant/) },
    ]);
    expect(findings[0]?.message).toMatch(/was not granted okta\.users\.read, okta\.groups\.read$/);
  });

  test("a service application that may not read the log can do without", async () => {
    world.okta.access.grants.scopes = without("okta.logs.read");
    const findings = await probe(world.application());
    expect(findings.filter(({ ok }) => ok !== true)).toMatchObject([
      { ok: "warning", check: logs, hint: expect.stringContaining("okta.logs.read") },
    ]);
  });

  test("people assigned to an application are asked for with a scope of their own", async () => {
    const app = world.okta.apps.create("Wiki");
    const bo = await world.createPerson({ login: "bo", displayName: "Bo" });
    world.okta.apps.assignUser(app, bo);
    const list = async () => {
      const source = world.source(world.application());
      try {
        const found: string[] = [];
        found.push(...(await source.assigned({ app }, AbortSignal.timeout(10_000))));
        return found;
      } finally {
        await source.close();
      }
    };
    expect(await list()).toEqual([bo]);
    world.okta.access.grants.scopes = without("okta.apps.read");
    await expect(list()).rejects.toThrow(/was not granted okta\.apps\.read$/);
  });

  test.each([
    ["okta.users.read", "permission: people (okta.users.read)", false],
    ["okta.groups.read", "permission: groups and members (okta.groups.read)", false],
    ["okta.logs.read", logs, "warning"],
  ])(
    "an API token without the right of %s is told so, and the other rights are still tried",
    async (scope, check, ok) => {
      world.okta.access.grants.tokenRights = without(scope);
      world.okta.faults.push({ path: "/users/me$", how: "answer", status: 200, body: "{}" });
      const findings = await probe();
      expect(findings.filter((each) => each.ok !== true).map((each) => each.check)).toEqual([check]);
      const found = findings.find((each) => each.check === check);
      expect(found).toMatchObject({ ok, hint: expect.stringMatching(/\w/) });
      expect(findings.at(-1)?.check).toBe(logs);
    },
  );

  test("a service application without a role is told which role it needs", async () => {
    world.okta.access.grants.role = false;
    const findings = await probe(world.application());
    expect(findings.find(({ ok }) => ok === false)?.hint).toMatch(/Read-only Administrator/);
  });

  test("a wrong token ends the test with one finding", async () => {
    const findings = await probe({ token: "00wrong" });
    const faults = findings.filter(({ ok }) => ok !== true);
    expect(faults).toMatchObject([{ ok: false, check: "login", refused: true }]);
    expect(JSON.stringify(findings)).not.toContain("00wrong");
  });

  test("a key that the organisation does not know is told with Okta's own reason", async () => {
    const { more } = world.application();
    const findings = await probe({ more: { ...more, keyId: "another" } });
    expect(findings.at(-1)).toMatchObject({ ok: false, check: "login" });
    expect(findings.at(-1)?.message).toMatch(/gives no token \(invalid_client/);
  });

  test("another server than Okta is told as what it is", async () => {
    world.okta.faults.push({ path: "/.well-known", how: "answer", status: 404, body: "{}" });
    const findings = await probe();
    expect(findings).toMatchObject([{ ok: false, check: "organisation", hint: "correct orgUrl" }]);
  });

  test("a clock that is wrong is told", async () => {
    const off = { now: () => world.clock.now() - 20 * 60_000, sleep: async () => {} };
    const clock = (await probe({ clock: off })).find(({ check }) => check === "clock");
    expect(clock).toMatchObject({
      ok: "warning",
      message: expect.stringMatching(/differ by 1(199|200|201) s/),
    });
  });
});
