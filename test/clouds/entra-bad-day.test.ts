import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newSecret } from "../stand-ins/entra/applications.ts";
import { newTls, type TlsIdentity } from "../stand-ins/entra/authority.ts";
import type { Fault, Trouble } from "../stand-ins/entra/faults.ts";
import { defaultSwitches } from "../stand-ins/entra/switches.ts";
import type { EntraTenant } from "../stand-ins/entra/tenant.ts";
import { BadDays, codeOf, expectProblem, NOTHING_LOST } from "./bad-day.ts";
import { entraCloud, entraFor } from "./entra.ts";
import type { Sections } from "./site.ts";

let tenant: EntraTenant;
let days: BadDays;
let stranger: TlsIdentity;

beforeAll(async () => {
  stranger = await newTls();
  days = await BadDays.begin(async (site) => {
    tenant = await entraFor(site);
    return entraCloud(site, tenant);
  });
}, 60_000);

afterAll(async () => {
  await days?.end();
  await stranger?.remove();
});

beforeEach(() => {
  // As it was, also after a day that ended early.
  Object.assign(tenant.switches, defaultSwitches());
  tenant.faults.splice(0);
  days.configure();
});

const always = Number.POSITIVE_INFINITY;
const html = { "Content-Type": "text/html" };
const page = (status: number, body = "<html>Good evening</html>"): Trouble => ({
  ...{ type: "answer", status, body },
  headers: html,
});
const REGISTRATION = "Entra admin center > App registrations > the application";
const grant = (permission: string) =>
  `grant the application permission ${permission}: ${REGISTRATION} > API permissions > Add > Microsoft Graph > Application permissions, then "Grant admin consent"`;
const BETWEEN = "a proxy or a portal seems to answer in its place: have it let this machine through";
const LOGIN_BETWEEN =
  "does a proxy or a portal answer in place of the login service? have it let this machine through";
const FULL =
  /reading everything: Microsoft Graph no longer takes our place in the changes of \w+ \(4\d\d\); it keeps one for seven days/;

const host = () => new URL(tenant.graphUrl).host;
const login = () => new URL(tenant.loginUrl).host;

function faults(...all: readonly Fault[]) {
  return {
    breaks: () => void tenant.faults.push(...all.map((fault) => ({ ...fault }))),
    mends: () => void tenant.faults.splice(0),
  };
}

function configured(source: Sections) {
  return { breaks: () => days.configure(source), mends: () => days.configure() };
}

describe("the login", { timeout: 60_000 }, () => {
  const token = { at: "login", path: /\/token/, times: always } as const;

  test.each<readonly [string, Fault, () => readonly [string, string]]>([
    [
      "a token endpoint that answers 500",
      { ...token, how: { type: "status", status: 500 } },
      () => ["Entra ID cannot log us in for the moment (AADSTS90033)", NOTHING_LOST],
    ],
    [
      "a gateway's 500 in its place",
      { ...token, how: page(500) },
      () => [`${login()} answered the login with something else than JSON (500)`, LOGIN_BETWEEN],
    ],
    [
      "a portal that wants everybody to log in first",
      { at: "login", times: always, how: page(200) },
      () => [`${login()} answered the login with something else than JSON (200)`, LOGIN_BETWEEN],
    ],
    [
      "a login service that wants to be left alone for an hour",
      { ...token, how: { type: "throttle", retryAfter: 3600 } },
      () => [`${login()} asks us to come back in 60 minutes for the login`, NOTHING_LOST],
    ],
    [
      "a login service that hangs up",
      { at: "login", times: always, how: { type: "lose" } },
      () => [`${login()} broke the connection (ECONNRESET)`, NOTHING_LOST],
    ],
  ])("%s costs nobody anything", async (title, fault, problem) => {
    expectProblem(await days.day({ read: "nothing", ...faults(fault) }), codeOf(title), problem());
  });

  test("a wrong secret quarantines the connection, until it is right", async () => {
    const wrong = () => writeFileSync(join(days.site.folder, "secret"), "hunter2");
    const ended = await days.day({ read: "nothing", breaks: wrong, mends: () => days.configure() });
    expectProblem(ended, 5, [
      `the client secret of the application ${tenant.clientId} is wrong (AADSTS7000215)`,
      `give the secret's value, not its id: make a new one under ${REGISTRATION} > Certificates & secrets`,
    ]);
    expect(ended.said).toMatch(
      /next attempt by itself in 40 min, until then nothing is asked; first failed request: [^;]+ a sync on demand works at once/,
    );
    expect(ended.screen).not.toContain("hunter2");
    expect(days.site.ask("select * from quarantine")).toEqual([]);
  });

  test("a secret that expired quarantines the connection, and its row says why", async () => {
    const end = (at: number) => {
      const secrets = tenant.application()?.secrets ?? [];
      secrets.splice(0, secrets.length, newSecret(tenant.clientSecret, 0, at));
    };
    const rows: unknown[] = [];
    const ended = await days.day({
      read: "nothing",
      breaks: () => end(days.site.clock.now()),
      mends() {
        rows.push(...days.site.ask("select * from quarantine"));
        end(days.site.clock.now() + 1e10);
      },
    });
    const message = `the client secret of the application ${tenant.clientId} has expired (AADSTS7000222)`;
    const hint = `make a new one under ${REGISTRATION} > Certificates & secrets, and put it in place`;
    expectProblem(ended, 5, [message, hint]);
    expect(rows).toEqual([expect.objectContaining({ message })]);
  });

  test("a certificate of an unknown authority stops everything before the secret is sent", async () => {
    tenant.requests.clear();
    const ended = await days.day({ read: "nothing", ...configured({ ca: { file: stranger.caFile } }) });
    expectProblem(ended, 1, [
      `the certificate of ${login()} is signed by an authority that is not known here`,
      "if a proxy looks into TLS here, name the PEM file of its authority under ca; otherwise somebody is in between",
    ]);
    // Of the good sync only.
    expect(tenant.requests.logins()).toBe(1);
  });

  test("nobody at the address of the login service", async () => {
    const endpoints = { login: "https://localhost:9", graph: tenant.graphUrl };
    expectProblem(await days.day({ read: "nothing", ...configured({ endpoints }) }), 1, [
      "localhost:9 refuses connections",
      "check that this machine may reach it (name service, firewall, proxy in HTTPS_PROXY); nothing is lost, the next sync tries again",
    ]);
  });

  test("another tenant is not this one", async () => {
    const tenantId = "00000000-0000-4000-8000-000000000001";
    const ended = await days.day({ read: "nothing", ...configured({ tenantId }) });
    expect(ended.said).toBe(
      `rollcall: staff: this snapshot belongs to the source ${tenant.tenantId}, but the configuration now names ${tenantId} correct the source in the configuration; for a different directory use a new connection name, whose first sync matches existing accounts `,
    );
    expect(ended.code).toBe(2);
  });
});

describe("Microsoft Graph", { timeout: 60_000 }, () => {
  test.each<readonly [string, Fault, () => readonly [string, string]]>([
    [
      "a storm of 429 that names no time",
      { times: always, how: { type: "throttle", retryAfter: "none" } },
      () => [
        `${host()} asks us to come back later (429 TooManyRequests), when asked to read people and their changes`,
        NOTHING_LOST,
      ],
    ],
    [
      "a storm of 429 that lasts an hour",
      { times: always, how: { type: "throttle", retryAfter: 3600 } },
      () => [
        `${host()} asks us to come back in 60 minutes (429 TooManyRequests), when asked to read people and their changes`,
        NOTHING_LOST,
      ],
    ],
    [
      "503 throughout",
      { times: always, how: { type: "status", status: 503 } },
      () => [
        `${host()} cannot answer for the moment (503 ServiceUnavailable), when asked to read people and their changes`,
        NOTHING_LOST,
      ],
    ],
    [
      "answers that are cut off",
      { times: always, how: { type: "cut", bytes: 40 } },
      () => [`${host()} broke the connection (UND_ERR_SOCKET)`, NOTHING_LOST],
    ],
    [
      "a portal's page in place of an answer",
      { times: always, how: page(200) },
      () => [
        `${host()} answered with something else than JSON`,
        "does a proxy or a portal answer in place of Microsoft Graph? check endpoints",
      ],
    ],
    [
      "a portal that sends everybody to its login",
      { times: always, how: { ...page(302), headers: { Location: "https://proxy.example/" } } as Trouble },
      () => [
        `${host()} sends us elsewhere (302), which is not followed`,
        "does a proxy ask for a login, or is endpoints wrong?",
      ],
    ],
    [
      "a gateway that knows no such page",
      { times: always, how: page(404) },
      () => [
        `${host()} answered 404 when asked to read people and their changes, but not in the words of Microsoft Graph`,
        BETWEEN,
      ],
    ],
    [
      "a gateway that forbids it",
      { times: always, how: page(403) },
      () => [
        `${host()} answered 403 when asked to read people and their changes, but not in the words of Microsoft Graph`,
        BETWEEN,
      ],
    ],
  ])("%s costs nobody anything", async (title, fault, problem) => {
    expectProblem(await days.day({ read: "nothing", ...faults(fault) }), codeOf(title), problem());
  });

  test("tokens that are not taken quarantine the connection", async () => {
    const ended = await days.day({
      read: "nothing",
      ...faults({ times: always, how: { type: "unauthorized" } }),
    });
    expectProblem(ended, 5, [
      `${host()} does not accept our token, not even a new one (401 InvalidAuthenticationToken)`,
      "does endpoints (or cloud) name a Graph that belongs to this login?",
    ]);
  });

  test.each([
    [["User.Read.All"], "people and their changes", "User.Read.All"],
    [
      ["GroupMember.Read.All", "Group.Read.All"],
      "groups, their members and their changes",
      "GroupMember.Read.All",
    ],
  ])("without %s the least permission that would do is named", async (missing, what, least) => {
    const ended = await days.day({
      read: "nothing",
      breaks: () => tenant.revoke(missing),
      mends: () => tenant.grant(missing),
    });
    expectProblem(ended, 1, [
      `${host()} refuses to read ${what}: the application lacks a permission (403 Authorization_RequestDenied)`,
      grant(least),
    ]);
  });

  test("a storm of 429 that passes is waited out as long as it says, and the sync goes on", async () => {
    const { slept } = days.site.clock;
    const before = slept.length;
    const ended = await days.day({
      read: "nothing",
      ...faults({ times: 20, how: { type: "throttle", retryAfter: 17.5 } }),
    });
    expect(ended.code, ended.screen).toBe(0);
    const waited = slept.slice(before).reduce((sum, ms) => sum + ms, 0);
    // Both streams run into each closing of the gate, and wait for it together.
    expect(waited).toBeGreaterThanOrEqual(10 * 17_500);
  });

  test.each(["users", "groups"])(
    "a 410 in the middle of a round of %s makes it read everything",
    async (of) => {
      Object.assign(tenant.switches, { deltaPageSize: 1, memberPageSize: 400 });
      const how = { type: "expired", answer: "410 with Location" } as const;
      const path = new RegExp(`^/${of}/delta`);
      const ended = await days.day({ read: "a part", ...faults({ path, after: 1, how }) });
      expect(ended.said).toMatch(FULL);
      expect(ended.code, ended.screen).toBe(0);
    },
  );

  test("delta tokens that are all lost make it read everything", async () => {
    const ended = await days.day({
      read: "nothing",
      breaks: () => tenant.loseSyncState(),
      mends: () => {},
    });
    expect(ended.said).toMatch(FULL);
    expect(ended.code, ended.screen).toBe(0);
  });

  test("a 410 in the middle of a full read leaves it for the next time", async () => {
    tenant.switches.deltaPageSize = 100;
    const how = { type: "expired", answer: "410 with Location" } as const;
    const fault = { path: /^\/users\/delta/, after: 1, how };
    const ended = await days.day({ read: "a part", options: ["--full"], ...faults(fault) });
    expectProblem(ended, 1, [`${host()} cut off, on page 2, the read of all users (410)`, NOTHING_LOST]);
  });

  test("a 503 after half of the changes applies none of them yet", async () => {
    tenant.switches.deltaPageSize = 1;
    const how = { type: "status", status: 503 } as const;
    const ended = await days.day({
      read: "a part",
      ...faults({ path: /^\/users\/delta/, after: 2, times: always, how }),
    });
    expectProblem(ended, 1, [
      `${host()} cannot answer for the moment (503 ServiceUnavailable), when asked to read people and their changes`,
      NOTHING_LOST,
    ]);
  });

  test("a full read that shows nobody removes nobody", async () => {
    const deltaLink = `${tenant.graphUrl}/v1.0/users/delta?$deltatoken=x`;
    const how: Trouble = {
      ...{ type: "answer", status: 200, headers: { "Content-Type": "application/json" } },
      body: JSON.stringify({ value: [], "@odata.deltaLink": deltaLink }),
    };
    const fault = { path: /^\/users\/delta/, times: always, how };
    const ended = await days.day({ read: "a part", options: ["--full"], ...faults(fault) });
    expectProblem(ended, 1, [
      `${host()} answered with nobody at all for the tenant ${tenant.tenantId}`,
      "check tenantId, and that the application has the application permission User.Read.All",
    ]);
  });
});
