import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { displayWidth } from "../../src/commands/output/table.ts";
import { ENTERPRISE_SCHEMA, GROUP_SCHEMA, USER_SCHEMA } from "../../src/scim/resource.ts";
import { Desk } from "./desk.ts";

let server: Server | undefined;
afterEach(async () => {
  const running = server;
  server = undefined;
  if (running !== undefined) await new Promise((done) => running.close(done));
});

/** A service that answers these pages to whoever has the token. */
async function service(pages: Readonly<Record<string, unknown>>): Promise<string> {
  server = createServer((request, response) => {
    const known = request.headers.authorization === "Bearer letmein";
    const page = known ? pages[request.url ?? ""] : { detail: "no" };
    response.writeHead(known ? (page === undefined ? 404 : 200) : 401, {
      "content-type": "application/scim+json",
      connection: "close",
    });
    response.end(
      JSON.stringify(page ?? { schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"], status: "404" }),
    );
  });
  await new Promise<void>((done) => server?.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const simple = (name: string, more: object = {}) => ({
  name,
  type: "string",
  multiValued: false,
  required: false,
  mutability: "readWrite",
  ...more,
});
const plural = (name: string) => ({
  ...simple(name, { type: "complex", multiValued: true }),
  subAttributes: [simple("value"), simple("type"), simple("primary", { type: "boolean" })],
});

const PAGES = {
  "/ServiceProviderConfig": {
    patch: { supported: true },
    bulk: { supported: false },
    filter: { supported: "true" },
  },
  "/ResourceTypes": {
    Resources: [
      {
        id: "User",
        schema: USER_SCHEMA,
        schemaExtensions: [{ schema: "urn:example:badge:2.0:User", required: false }],
      },
      { id: "Group", schema: GROUP_SCHEMA },
    ],
  },
  "/Schemas": {
    Resources: [
      {
        id: USER_SCHEMA,
        attributes: [
          simple("userName", { required: true }),
          simple("displayName"),
          simple("active", { type: "boolean" }),
          simple("title", { mutability: "readOnly" }),
          simple("nickName"),
          simple("locale", { required: true }),
          {
            ...simple("name", { type: "complex" }),
            subAttributes: [simple("givenName"), simple("familyName")],
          },
          plural("emails"),
        ],
      },
      { id: "urn:example:badge:2.0:User", attributes: [simple("level", { type: "integer" })] },
      { id: ENTERPRISE_SCHEMA, attributes: [simple("department")] },
      {
        id: GROUP_SCHEMA,
        attributes: [simple("displayName"), { ...plural("members"), subAttributes: [simple("value")] }],
      },
    ],
  },
};

const MAPPING = `
users:
  match: [userName, title]
  attributes:
    userName: user.login
    active: user.enabled
    title: upper(user.title)
    'emails[type eq "work"].value': user.mail
    urn:example:badge:2.0:User:level: { constant: high, write: onCreate }
    ${ENTERPRISE_SCHEMA}:department: user.title
groups:
  match: [displayName]
  attributes: { displayName: group.name }
`;

function desk(baseUrl: string, token = "letmein"): Desk {
  const made = new Desk();
  writeFileSync(join(made.folder, "token"), token, { mode: 0o600 });
  writeFileSync(join(made.folder, "mapping.yaml"), MAPPING);
  made.configure(`
targets:
  app: { type: scim, baseUrl: "${baseUrl}", token: { file: token } }
connections:
  staff:
    source: people
    target: app
    mapping: mapping.yaml
    scope: { users: 'user.login != "root" && user.department != "x"' }
`);
  return made;
}

interface Shown {
  readonly target: { readonly unknown: string | null; readonly supports: unknown; readonly isOpen: boolean };
  readonly kinds: readonly {
    readonly source: readonly {
      readonly name: string;
      readonly type: string;
      readonly readBy: readonly string[];
    }[];
    readonly rows: readonly {
      readonly path: string;
      readonly target: {
        readonly status: string;
        readonly type: string | null;
        readonly reason: string | null;
      };
    }[];
    readonly unwritten: readonly { readonly path: string; readonly required: boolean }[] | null;
  }[];
}

async function shown(at: Desk): Promise<Shown> {
  const { code, out } = await at.run("attributes --json");
  expect(code).toBe(0);
  return JSON.parse(out) as Shown;
}

describe("attributes", () => {
  test("each row stands beside what it reads and what the target says of its place", async () => {
    using at = desk(await service(PAGES));
    const { target, kinds } = await shown(at);
    expect(target).toMatchObject({
      unknown: null,
      isOpen: false,
      supports: { patch: true, bulk: false, filter: true },
    });
    const rows = Object.fromEntries((kinds[0]?.rows ?? []).map((row) => [row.path, row.target]));
    expect(rows).toMatchObject({
      userName: { status: "accepted", type: "string", required: true },
      active: { status: "accepted", type: "boolean" },
      title: { status: "refused", reason: "the target alone writes it (readOnly)" },
      'emails[type eq "work"].value': { status: "accepted", type: "string" },
      "urn:example:badge:2.0:User:level": { status: "accepted", type: "integer" },
      // The service publishes that extension, but not for users.
      [`${ENTERPRISE_SCHEMA}:department`]: {
        status: "refused",
        reason: "it is not in the schema of the target",
      },
    });
    expect(kinds[0]?.unwritten?.map(({ path, required }) => `${path}${required ? "!" : ""}`)).toEqual([
      "displayName",
      "nickName",
      "locale!",
      "name.givenName",
      "name.familyName",
    ]);
    expect(kinds[1]?.unwritten).toEqual([]);
  });

  test("each attribute of the directory says who reads it", async () => {
    using at = desk(await service(PAGES));
    const { kinds } = await shown(at);
    const readBy = Object.fromEntries((kinds[0]?.source ?? []).map((each) => [each.name, each.readBy]));
    expect(readBy).toMatchObject({
      login: ["userName", "scope"],
      title: ["title", `${ENTERPRISE_SCHEMA}:department`],
      name: [],
    });
  });

  test("the screen names what the target does not take, and what it wants and nobody writes", async () => {
    using at = desk(await service(PAGES));
    const { code, out } = await at.run("attributes", { columns: 80, environment: { NO_COLOR: "1" } });
    expect(code).toBe(0);
    expect(out).toContain("People: 6 rows, 2 not taken by the target");
    expect(out).toMatch(
      /✗ +title +upper\(user\.title\) +title\n +the target alone writes it \(readOnly\)\s+\(\S*mapping\.yaml:7:12\)/,
    );
    expect(out).toMatch(/✓ +login +→ +userName/);
    expect(out).toMatch(/always "high" \(onCreate\)/);
    expect(out).toContain("The target cannot look up by title");
    expect(out).toContain("Required by the target and written by no row: locale");
    expect(out).toMatch(/In scope: user\.login != "root"/);
  });

  test.each([80, 120])("no line is wider than %i cells, with --all neither", async (columns) => {
    using at = desk(await service(PAGES));
    for (const line of ["attributes", "attributes --all"]) {
      const { out } = await at.run(line, { columns });
      expect(out.split("\n").filter((each) => displayWidth(each) > columns)).toEqual([]);
      expect(out.includes("string, required")).toBe(columns === 120);
    }
  });

  test.each([
    ["a service that publishes nothing", {}, "letmein", "it publishes no schema (/Schemas)"],
    ["a service that does not let us in", PAGES, "wrong", "401"],
  ])("%s leaves the directory and the mapping to look at", async (_, pages, token, reason) => {
    using at = desk(await service(pages), token);
    const { target, kinds } = await shown(at);
    expect(target.unknown).toContain(reason);
    expect(kinds[0]?.rows.map((row) => row.target.status)).toEqual(Array(6).fill("unknown"));
    expect(kinds[0]?.unwritten).toBeNull();
    expect((await at.run("attributes")).out).toContain("What the target takes is not known: ");
  });

  test("a service that cannot be reached, and a token that is not there, are said", async () => {
    using away = desk("http://127.0.0.1:9");
    expect((await shown(away)).target.unknown).toContain("127.0.0.1:9");
    using without = desk("http://127.0.0.1:9");
    writeFileSync(join(without.folder, "token"), "");
    expect((await shown(without)).target.unknown).toContain("token");
  });

  test("the embedded directory takes all of the RFC and everything else, and is not made for it", async () => {
    using at = new Desk();
    const { target, kinds } = await shown(at);
    expect(target).toMatchObject({ unknown: null, isOpen: true });
    expect(kinds[0]?.rows.every((row) => row.target.status === "accepted")).toBe(true);
    const { existsSync } = await import("node:fs");
    expect(existsSync(join(at.folder, "state"))).toBe(false);
  });

  test("an unknown connection is refused with the names of those that are there", async () => {
    using at = new Desk();
    const { code, err } = await at.run("attributes staf");
    expect(code).toBe(2);
    expect(err).toContain("there are: staff");
  });
});
