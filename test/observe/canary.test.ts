import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Desk } from "../commands/desk.ts";
import { Certificates } from "../sources/active-directory/stand-in.ts";
import type { LdapDirectory } from "../stand-ins/ldap-directory.ts";
import { type HostileServer, startHostileServer, wayOf } from "./hostile-server.ts";
import { textsBelow, tracesIn, tracesOf } from "./traces.ts";

/** With characters that each encoding writes in its own way. */
const token = `m4rk3d/T0ken+with?&"\\<=%canary-0123456789`;
const password = `m4rk3d P4ssword ü&"\\+/canary`;
const proxyPassword = "m4rk3dPr0xy+Passw0rd";
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const keyText = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const keyLine = keyText.split("\n")[5] ?? "";
const secrets = [token, password, proxyPassword, keyLine];

let server: HostileServer;
let desk: Desk;
beforeAll(async () => {
  server = await startHostileServer();
});
afterAll(() => server.close());
beforeEach(() => {
  desk = new Desk();
  desk.directory.person("ann").group("team", ["ann"]);
  for (const [name, text] of Object.entries({ token, password, key: keyText, hook: token }))
    writeFileSync(join(desk.folder, name), `${text}\n`, { mode: 0o600 });
  server.heard.length = 0;
});
afterEach(() => {
  server.way = wayOf("500 web page");
  desk[Symbol.dispose]();
});

const lines = [
  "test",
  "sync --verbose",
  "plan --verbose --json",
  "sync --json --full",
  "status --verbose",
  "status --json",
  "log --json",
  "explain ann@example.com",
];

/** Runs the command lines, and looks through everything that they said and left behind. */
async function search(commands: readonly string[] = lines): Promise<string> {
  let said = "";
  for (const line of commands) {
    const { out, err } = await desk.run(line);
    said += `\n$ ${line}\n${out}\n${err}`;
  }
  expect(tracesIn(said, secrets)).toEqual([]);
  const files = textsBelow(join(desk.folder, "state")).filter(
    ({ text }) => tracesIn(text, secrets).length > 0,
  );
  expect(files.map(({ file }) => file)).toEqual([]);
  return said;
}

/** The stand-in knew the secret: otherwise nothing could have been found. */
function wasTold(secret: string): boolean {
  const heard = server.heard.join("\n");
  return tracesOf(secret).some((each) => heard.includes(each));
}

test("the search itself finds a secret in all its forms", () => {
  for (const form of tracesOf(token)) expect(tracesIn(`x${form}y`, [token]).length).toBeGreaterThan(0);
  const basic = Buffer.from(`user:${token}:more`).toString("base64");
  expect(tracesIn(basic, [token]).length).toBeGreaterThan(0);
  expect(tracesIn(Buffer.from(`{"a":"${token}"}`).toString("base64url"), [token]).length).toBeGreaterThan(0);
  expect(tracesIn("nothing here", [token])).toEqual([]);
});

const pages = ["500 web page", "200 web page", "200 garbage", "200 broken JSON"] as const;
const others = ["429 for ever", "a redirect with the token", "a broken connection"] as const;

test.each([
  "401 SCIM",
  "403 SCIM",
  "404 SCIM",
  "409 SCIM",
  "500 SCIM",
  "writes refused",
  ...pages,
  ...others,
])("a SCIM target that answers with %s leaves no trace of the token", async (name) => {
  server.way = wayOf(name);
  desk.configure(`targets:
  app: { type: scim, baseUrl: "${server.http}", token: { file: token }, timeout: 2s }
connections:
  staff: { source: people, target: app }
`);
  await search();
  expect(wasTold(token)).toBe(true);
});

test.each(["401 Okta", "403 Okta", "500 web page", "200 web page", "200 garbage", ...others])(
  "an Okta that answers with %s leaves no trace of the token",
  async (name) => {
    server.way = wayOf(name);
    desk.configure(`  okta: { type: okta, orgUrl: "${server.https}", token: { file: token }, ca: { file: "${server.ca}" }, timeout: 2s }
connections:
  staff: { source: okta }
`);
    await search(["test", "sync --verbose", "status --json"]);
    expect(wasTold(token)).toBe(true);
  },
);

test.each(["400 OAuth", "401 OAuth", "a redirect with the token"])(
  "a login service of Entra ID that answers with %s leaves no trace of the client secret",
  async (name) => {
    server.way = wayOf(name);
    desk.configure(`  entra:
    type: entra
    tenantId: 8a7d2f10-5c3e-4b7a-9f21-6d0e4c1b2a33
    clientId: 1c2b7e54-0f8d-4a61-b3c9-52d6a7e8f901
    clientSecret: { file: token }
    endpoints: { login: "${server.https}", graph: "${server.https}" }
    ca: { file: "${server.ca}" }
    timeouts: { connect: 2s, answer: 2s }
connections:
  staff: { source: entra }
`);
    await search(["sync --verbose", "test --json"]);
    expect(server.heard.length).toBeGreaterThan(0);
  },
);

test.each([
  "401 web page",
  "500 web page",
  "429 for ever",
  "a redirect with the token",
  "a broken connection",
])(
  "a receiver of notices that answers with %s leaves no trace of the key, nor of the address",
  async (name) => {
    server.way = wayOf(name);
    desk.configure(`connections:
  staff: { source: people }
notify:
  hook: { type: webhook, url: "${server.http}/m4rk3dPr0xy+Passw0rd", secret: { file: hook } }
`);
    await search(["test --notify", "test --notify --json --verbose", "status --json"]);
    expect(server.heard.length).toBeGreaterThan(0);
  },
);

test("a private key leaves no trace where Okta refuses what was signed with it", async () => {
  for (const way of ["401 OAuth", "200 garbage"]) {
    server.way = wayOf(way);
    desk.configure(`  okta:
    type: okta
    orgUrl: "${server.https}"
    clientId: 0oa1
    keyId: k1
    privateKey: { file: key }
    ca: { file: "${server.ca}" }
    timeout: 2s
connections:
  staff: { source: okta }
`);
    const said = await search(["test", "sync --verbose"]);
    expect(server.heard.length).toBeGreaterThan(0);
    const assertion = /client_assertion=([^&\s]+)/.exec(server.heard.join("\n"))?.[1];
    if (assertion !== undefined) expect(said).not.toContain(assertion.slice(-20));
  }
});

test("a proxy that refuses, and repeats its password, leaves no trace of it", async () => {
  const before = process.env["HTTPS_PROXY"];
  process.env["HTTPS_PROXY"] = server.http.replace(
    "http://",
    `http://user:${encodeURIComponent(proxyPassword)}@`,
  );
  try {
    desk.configure(`  entra:
    type: entra
    tenantId: 8a7d2f10-5c3e-4b7a-9f21-6d0e4c1b2a33
    clientId: 1c2b7e54-0f8d-4a61-b3c9-52d6a7e8f901
    clientSecret: { file: token }
    timeouts: { connect: 2s, answer: 2s }
connections:
  staff: { source: entra }
`);
    await search(["test", "sync --verbose"]);
    expect(wasTold(proxyPassword)).toBe(true);
  } finally {
    if (before === undefined) delete process.env["HTTPS_PROXY"];
    else process.env["HTTPS_PROXY"] = before;
  }
});

test("a certificate that nobody trusts, and a port where nobody listens, leave none", async () => {
  for (const baseUrl of [server.https, "https://localhost:9"]) {
    desk.configure(`targets:
  app: { type: scim, baseUrl: "${baseUrl}", token: { file: token }, timeout: 2s }
connections:
  staff: { source: people, target: app }
`);
    await search(["test", "sync --verbose"]);
  }
});

describe("a domain controller", () => {
  let certificates: Certificates;
  let directory: LdapDirectory;
  beforeAll(async () => {
    certificates = await Certificates.create();
    directory = await certificates.directory();
  });
  afterAll(async () => {
    await directory.stop();
    await certificates.remove();
  });

  test.each([
    ["refuses the password and repeats it", 49, `80090308: LdapErr: DSID-0C090439, data 52e, ${password}`],
    ["is locked and repeats it", 49, `data 775 ${password}`],
    ["repeats it in hex", 49, Buffer.from(password).toString("hex")],
    ["does not understand and repeats it", 34, password],
    ["is busy and repeats it", 51, password],
    ["fails and repeats it", 80, password],
    ["wants something stronger and repeats it", 8, password],
  ])("that %s leaves no trace of it", async (_, code, diagnostic) => {
    directory.faults.bind = { code, diagnostic };
    desk.configure(`  ad:
    type: active-directory
    url: "${directory.url}"
    bindDn: rollcall@stand.example
    bindPassword: { file: password }
    ca: { file: "${certificates.authority.certificate}" }
    timeouts: { connect: 2s, answer: 2s }
connections:
  staff: { source: ad }
`);
    const said = await search(["test", "sync --verbose", "status --json"]);
    expect(said).toMatch(/127\.0\.0\.1/);
  });
});

test("a secret that was written into the configuration is shown by no message about it", async () => {
  for (const text of [
    `targets:\n  app: { type: scim, baseUrl: "https://x.example", token: '${token}' }`,
    `targets:\n  app: { type: scim, baseUrl: "https://x.example", tokn: '${token}' }`,
    `targets:\n  app: { type: scim, baseUrl: "https://u:${encodeURIComponent(token)}@x.example", token: { env: A } }`,
    `targets:\n  app: { type: scim, baseUrl: "https://x.example", token: ['${token}'] }`,
    `targets:\n  app: { type: scim, baseUrl: "https://x.example", token: { file: token, expires: '${token}' } }`,
    `notify:\n  hook: { type: webhook, url: "https://x.example", secret: '${token}' }`,
    `notify:\n  hook: { type: webhook, url: "https://x.example", secrt: '${token}' }`,
    `notify:\n  mail: { type: mail, server: m, from: a@b, to: [a@b], user: u, password: '${token}' }`,
    `notify:\n  mail: { type: mail, server: m, from: a@b, to: [a@b], pasword: '${token}' }`,
  ]) {
    desk.configure(`${text}\nconnections:\n  staff: { source: people }\n`);
    for (const line of ["validate", "validate --json", "sync --verbose", "status --json"]) {
      const { code, out, err } = await desk.run(line);
      expect({ text, code }).toEqual({ text, code: 2 });
      expect({ text, traces: tracesIn(`${out}${err}`, secrets) }).toEqual({ text, traces: [] });
    }
  }
});

test("a secret that cannot be used is said by its place alone", async () => {
  writeFileSync(join(desk.folder, "token"), `${token}\nsecond line ${token}\n`, { mode: 0o600 });
  desk.configure(`  okta: { type: okta, orgUrl: "${server.https}", clientId: c, privateKey: { file: token }, ca: { file: "${server.ca}" } }
targets:
  app: { type: scim, baseUrl: "${server.http}", token: { file: token } }
connections:
  staff: { source: people, target: app }
  other: { source: okta }
`);
  const said = await search(["test", "sync staff --verbose", "sync other --verbose"]);
  expect(said).toContain("targets.app.token: a token is one word of printable ASCII characters");
  expect(said).toContain("sources.okta.privateKey: this is no private key in PEM or JWK form");
});

test("an error that is our bug shows where it happened, and not a word of what it held", async () => {
  desk.source.poll = () => {
    throw Object.assign(new TypeError(`cannot read ${token}`, { cause: new Error(password) }), {
      request: { headers: { authorization: token } },
    });
  };
  const said = await search(["sync", "sync --verbose", "sync --json"]);
  expect(said).toContain("This is a bug in rollcall");
  expect(said).toContain("TypeError");
});
