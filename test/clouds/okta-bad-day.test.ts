import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newTls, type TlsIdentity } from "../stand-ins/entra/authority.ts";
import { readScopes } from "../stand-ins/okta/access.ts";
import type { Fault } from "../stand-ins/okta/faults.ts";
import type { OktaOrganisation } from "../stand-ins/okta/okta-organisation.ts";
import { BadDays, codeOf, expectProblem, NOTHING_LOST } from "./bad-day.ts";
import { oktaCloud, oktaFor } from "./okta.ts";
import type { Sections } from "./site.ts";

let okta: OktaOrganisation;
let days: BadDays;
let stranger: TlsIdentity;

beforeAll(async () => {
  stranger = await newTls();
  days = await BadDays.begin(async (site) => {
    okta = await oktaFor(site);
    return oktaCloud(site, okta);
  });
}, 60_000);

afterAll(async () => {
  await days?.end();
  await stranger?.remove();
});

// As it was, also after a day that ended early.
beforeEach(() => {
  okta.faults.splice(0);
  Object.assign(okta.access.grants, { scopes: [...readScopes], tokenRights: [...readScopes], role: true });
  days.configure();
});

const api = "^/api/";
const html = { how: "answer", headers: { "content-type": "text/html" }, body: "<html>Hello</html>" } as const;
const BETWEEN = "check orgUrl; a proxy or a portal may answer in its place: have it let this machine through";
const PORTAL = "does a proxy or a portal answer in place of Okta? have it let this machine through";
const UNREACHED =
  "check that this machine may reach it (name service, firewall); nothing is lost, the next sync tries again";

const host = () => new URL(okta.url).host;
/** Settings of the service application in place of the API token. */
const application = (): Sections => ({
  ...{ token: undefined, clientId: okta.clientId, keyId: okta.keyId },
  privateKey: { file: days.site.secret("key.pem", okta.privateKey) },
});

function faults(...all: readonly Fault[]) {
  return {
    breaks: () => void okta.faults.push(...all.map((fault) => ({ ...fault }))),
    mends: () => void okta.faults.splice(0),
  };
}

function configured(source: () => Sections, breaks = () => {}) {
  return {
    breaks() {
      days.configure(source());
      breaks();
    },
    mends() {
      okta.faults.splice(0);
      Object.assign(okta.access.grants, { scopes: [...readScopes], role: true });
      days.configure();
    },
  };
}

describe("the login", { timeout: 60_000 }, () => {
  test("an API token that is no more quarantines the connection, until there is another", async () => {
    const wrong = () => writeFileSync(join(days.site.folder, "token"), "00hunter2");
    const ended = await days.day({ read: "nothing", breaks: wrong, mends: () => days.configure() });
    expectProblem(ended, 5, [
      `${host()} refuses the login (E0000011) while reading the System Log`,
      "an API token ends with the account of the administrator who made it and after 30 days without use: make a new one; of a service application, check that it is active",
    ]);
    expect(ended.said).toMatch(
      /next attempt by itself in 40 min, until then nothing is asked; first failed request: [^;]+ a sync on demand works at once/,
    );
    expect(ended.screen).not.toContain("hunter2");
    expect(days.site.ask("select * from quarantine")).toEqual([]);
  });

  test("a key that the organisation does not know quarantines the connection", async () => {
    const wrong = () => ({ ...application(), keyId: "another" });
    const ended = await days.day({ read: "nothing", ...configured(wrong) });
    expectProblem(ended, 5, [
      `${host()} gives no token (invalid_client: The client_assertion signature is invalid.)`,
      "check clientId, keyId and privateKey: the public half of this key must be active in the application's settings in Okta; a wrong clock of this machine does it, too",
    ]);
  });

  test.each<readonly [string, Fault, () => readonly [string, string]]>([
    [
      "a token endpoint that answers 500",
      { path: "/token", how: "answer", status: 500 },
      () => [`${host()} failed (500) while giving a token`, NOTHING_LOST],
    ],
    [
      "a portal in place of the token endpoint",
      { ...html, path: "/token", status: 200 },
      () => [
        `${host()} answered the request for a token with something else (200)`,
        "check orgUrl, which must be the organisation's own address; a proxy or a portal may answer in its place",
      ],
    ],
  ])("%s costs nobody anything", async (title, fault, problem) => {
    const wrong = configured(application, () => void okta.faults.push({ ...fault }));
    expectProblem(await days.day({ read: "nothing", ...wrong }), codeOf(title), problem());
  });

  test("a service application that was not granted a scope is told which", async () => {
    const scopes = readScopes.filter((scope) => scope !== "okta.groups.read");
    const wrong = configured(application, () => void Object.assign(okta.access.grants, { scopes }));
    expectProblem(await days.day({ read: "nothing", ...wrong }), 1, [
      "the service application was not granted okta.groups.read",
      "grant it in the application's tab Okta API Scopes; it also needs the role Read-only Administrator",
    ]);
  });

  test("a service application without a role is told which", async () => {
    const wrong = configured(application, () => void Object.assign(okta.access.grants, { role: false }));
    expectProblem(await days.day({ read: "nothing", ...wrong }), 1, [
      `${host()} does not let the account do this (403): searching changed people`,
      "give it the role Read-only Administrator; a service application needs okta.users.read granted, too",
    ]);
  });

  test("a certificate of an unknown authority stops everything before the token is sent", async () => {
    const wrong = () => ({ ca: { file: stranger.caFile } });
    expectProblem(await days.day({ read: "nothing", ...configured(wrong) }), 1, [
      `the certificate of ${host()} is signed by an authority that is not known here`,
      "if a proxy opens TLS on the way, name the PEM file of its authority under ca; otherwise check orgUrl",
    ]);
  });
});

describe("the organisation", { timeout: 60_000 }, () => {
  test.each<readonly [string, Fault, () => readonly [string, string]]>([
    [
      "a storm of 429 that does not end",
      { path: api, how: "rate limit", ms: 30_000 },
      () => [
        `${host()} asked to slow down (429) while reading the System Log, and did so again and again`,
        NOTHING_LOST,
      ],
    ],
    [
      "a limit that is used up for an hour",
      { path: api, how: "rate limit", ms: 3_600_000 },
      () => [`${host()} asks to wait 61 minutes while reading the System Log`, NOTHING_LOST],
    ],
    [
      "503 throughout",
      { how: "answer", status: 503 },
      () => [`${host()} failed (503) while asking for the organisation`, NOTHING_LOST],
    ],
    [
      "answers that are cut off",
      { path: api, how: "cut" },
      () => [`${host()} broke the connection in the middle of an answer`, NOTHING_LOST],
    ],
    [
      "a portal's page in place of an answer",
      { ...html, path: api, status: 200 },
      () => [`${host()} answered with something else than JSON while reading the System Log`, PORTAL],
    ],
    [
      "a portal that sends everybody to its login",
      { path: api, how: "answer", status: 302, headers: { location: "https://proxy.example/" } },
      () => [
        `${host()} sends us elsewhere (302) while reading the System Log, and not in the words of Okta`,
        BETWEEN,
      ],
    ],
    [
      "a gateway that forbids it",
      { ...html, path: api, status: 403 },
      () => [`${host()} answered 403 while reading the System Log, and not in the words of Okta`, BETWEEN],
    ],
    [
      "a gateway that knows no such page",
      { ...html, path: api, status: 404 },
      () => [`${host()} answered 404 while reading the System Log, and not in the words of Okta`, BETWEEN],
    ],
  ])("%s costs nobody anything", async (title, fault, problem) => {
    expectProblem(await days.day({ read: "nothing", ...faults(fault) }), codeOf(title), problem());
  });

  test("nobody at the address", async () => {
    const wrong = () => ({ orgUrl: "https://127.0.0.1:9" });
    const ended = await days.day({ read: "nothing", ...configured(wrong) });
    expectProblem(ended, 1, ["127.0.0.1:9 refuses connections", UNREACHED]);
  });

  test("another organisation is not this one", async () => {
    const other = await oktaFor(days.site, { seed: 2 });
    const token = { file: days.site.secret("other-token", other.token) };
    const wrong = () => ({ orgUrl: other.url, token });
    const ended = await days.day({ read: "nothing", ...configured(wrong) });
    expect(ended.said).toMatch(
      /^rollcall: staff: this snapshot belongs to the source 00o\w+, but the configuration now names 00o\w+ correct the source in the configuration; for a different directory use a new connection name, whose first sync matches existing accounts $/,
    );
    expect(ended.code).toBe(2);
    await other.stop();
  });

  test.each([
    ["okta.users.read", "searching changed people"],
    ["okta.groups.read", "searching changed groups"],
  ])("an API token that may not do %s is told so", async (scope, what) => {
    const tokenRights = readScopes.filter((each) => each !== scope);
    const ended = await days.day({
      read: "nothing",
      breaks: () => void Object.assign(okta.access.grants, { tokenRights }),
      mends: () => void Object.assign(okta.access.grants, { tokenRights: [...readScopes] }),
    });
    expectProblem(ended, 1, [
      `${host()} does not let the account do this (403): ${what}`,
      `give it the role Read-only Administrator; a service application needs ${scope} granted, too`,
    ]);
  });

  test("without the System Log it goes on, says so, and misses nobody once it may be read again", async () => {
    const tokenRights = readScopes.filter((each) => each !== "okta.logs.read");
    const ended = await days.day({
      read: "nothing",
      breaks: () => void Object.assign(okta.access.grants, { tokenRights }),
      mends: () => void Object.assign(okta.access.grants, { tokenRights: [...readScopes] }),
    });
    expect(ended.said).toContain(
      `the account may not read the System Log of ${host()}: people who are deleted there are found by full reads only`,
    );
    expect(ended.code).toBe(0);
  });

  test("a storm of 429 that passes is waited out as long as it says, and the sync goes on", async () => {
    const { slept } = days.site.clock;
    const before = slept.length;
    const ended = await days.day({
      read: "nothing",
      ...faults({ path: api, how: "rate limit", times: 8, ms: 30_000 }),
    });
    expect(ended.code, ended.screen).toBe(0);
    const waited = slept.slice(before).reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBeGreaterThanOrEqual(8 * 30_000);
  });

  test("a place in the log that is lost is found again by time", async () => {
    const ended = await days.day({
      read: "nothing",
      breaks: () => okta.cursors.forget(),
      mends: () => {},
    });
    expect(ended.said).toContain("Okta takes the log's cursor no more; its log is read by time instead");
    expect(ended.code, ended.screen).toBe(0);
  });

  test("a 503 once the people were read stores and applies nothing yet", async () => {
    const ended = await days.day({
      read: "nothing",
      ...faults({ path: "^/api/v1/groups", how: "answer", status: 503 }),
    });
    expectProblem(ended, 1, [`${host()} failed (503) while searching changed groups`, NOTHING_LOST]);
  });

  test("a full read that shows nobody removes nobody", async () => {
    const nobody = { how: "answer", status: 200, headers: { "content-type": "application/json" } } as const;
    const ended = await days.day({
      read: "a part",
      options: ["--full"],
      ...faults({ ...nobody, path: "^/api/v1/users", body: "[]" }),
    });
    expectProblem(ended, 1, [
      `${host()} answered with nobody at all: most likely the account may see nobody`,
      "give the account the role Read-only Administrator, not limited to groups",
    ]);
  });
});
