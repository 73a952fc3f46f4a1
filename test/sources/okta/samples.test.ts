import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ConnectionError, CredentialsRefused, ItemError, TransientError } from "../../../src/errors.ts";
import { definition } from "../../../src/sources/okta/index.ts";
import type { OktaOrganisation } from "../../../src/sources/okta/organisation.ts";
import type { Change } from "../../../src/sources/source.ts";
import { pollAll } from "../fold.ts";
import { type Scripted, ScriptedServer } from "./scripted-server.ts";
import { type SourceOptions, SteppingClock, secret, sourceOn } from "./source-on.ts";

const folder = fileURLToPath(new URL("./samples/", import.meta.url));
const names = readdirSync(folder)
  .filter((name) => /\.(json|txt)$/.test(name) && !name.endsWith(".headers.json"))
  .map((name) => name.replace(/\.json$/, ""));
const replayed = new Set<string>();

/** Headers that a recording has and a replay makes itself. */
const ownHeaders = ["content-type"];

function sample(name: string): { readonly body: unknown; readonly headers: Record<string, string> } {
  replayed.add(name);
  return { body: JSON.parse(readFileSync(`${folder}${name}.json`, "utf8")), headers: headersOf(name) };
}

function headersOf(name: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(`${folder}${name}.headers.json`, "utf8");
  } catch {
    return {};
  }
  const all = Object.entries(JSON.parse(text) as Record<string, string>);
  return Object.fromEntries(all.filter(([key]) => !ownHeaders.includes(key.toLowerCase())));
}

/** The published texts: what Okta sent to others, sent to us. */
describe("published answers of Okta", () => {
  let server: ScriptedServer;
  const open: OktaOrganisation[] = [];
  const signal = () => AbortSignal.timeout(10_000);
  const organisation = { id: "00o1", pipeline: "idx" };

  beforeAll(async () => {
    server = await ScriptedServer.start();
  });
  afterAll(async () => {
    await server?.stop();
  });
  afterEach(async () => {
    for (const source of open.splice(0)) await source.close();
  });

  function source(options: SourceOptions = {}): OktaOrganisation {
    const one = sourceOn(server, {
      select: { user: ["login", "email", "firstName"], group: ["name"] },
      ...options,
    });
    open.push(one);
    return one;
  }

  /** Answers by the beginning of path and query, the first that fits; everything else is an empty list. */
  function replay(answers: Readonly<Record<string, Scripted>>): void {
    server.script(({ url }) => {
      const wellKnown: Scripted = { body: organisation };
      const found = Object.entries({ ...answers, "/.well-known/okta-organization": wellKnown }).find(
        ([beginning]) => url.startsWith(beginning),
      )?.[1];
      const link = found?.headers?.["link"];
      const own =
        typeof link === "string" ? { link: link.replaceAll(/https:\/\/[a-z0-9.-]+/g, server.origin) } : {};
      return found === undefined ? { body: [] } : { ...found, headers: { ...found.headers, ...own } };
    });
  }

  const ids = (changes: readonly Change[], type: Change["type"]) =>
    changes.flatMap((change) => (change.type === type && change.type !== "members" ? [change.id] : []));

  test.each([
    ["user-ACTIVE", undefined],
    ["user-DEPROVISIONED", "deactivated in Okta"],
    ["user-LOCKED_OUT", undefined],
    ["user-PASSWORD_EXPIRED", undefined],
    ["user-PROVISIONED", undefined],
    ["user-STAGED", "not activated in Okta yet"],
    ["user-SUSPENDED", "suspended in Okta"],
  ])("%s is a person who is disabled because: %s", async (name, disabled) => {
    const { body } = sample(name);
    const { id } = body as { id: string };
    replay({ "/api/v1/users/": { body } });
    const [change] = await source().read("user", id, signal());
    if (change?.type !== "present") throw new Error("nobody there");
    expect(change.id).toBe(id);
    expect(change.record["login"]).toMatch(/@/);
    expect(Object.keys(change.record)).not.toContain("credentials");
    expect(definition.view("user", change.record, 0).disabled).toBe(disabled);
  });

  test.each(["spec-users-list", "spec-users-filter-locked-out", "users-page-1-link-next"])(
    "%s is a page of people",
    async (name) => {
      const page = sample(name);
      replay({ "/api/v1/users?limit=200": { body: page.body, headers: page.headers } });
      const { changes } = await pollAll(source(), undefined);
      expect(ids(changes, "present")).toEqual((page.body as { id: string }[]).map(({ id }) => id));
      const links = server.asked.filter(({ url }) => url.includes("after="));
      expect(links.map(({ url }) => url)).toEqual(
        name.includes("next") ? ["/api/v1/users?after=000usfdsyqnIjEmHNm4x6&limit=1"] : [],
      );
    },
  );

  test("two Link lines, one of them to the next page, are told apart", async () => {
    const name = "users-list-limit200.http.txt";
    replayed.add(name);
    const [head = "", body = ""] = readFileSync(`${folder}${name}`, "utf8")
      .replaceAll("\r\n", "\n")
      .replaceAll(/\$?\{yourOktaDomain\}/g, new URL(server.origin).host)
      .split("\n\n", 2);
    const link = head.split("\n").flatMap((line) => /^Link: (.*)$/.exec(line)?.[1] ?? []);
    expect(link).toHaveLength(2);
    server.script(({ url, path }) => {
      if (path === "/.well-known/okta-organization") return { body: organisation };
      return url === "/api/v1/users?limit=200" ? { headers: { link }, body } : { body: [] };
    });
    const { changes } = await pollAll(source(), undefined);
    expect(ids(changes, "present").length).toBe(2);
    expect(server.asked.map(({ url }) => url)).toContain(
      "/api/v1/users?after=00ud4tVDDXYVKPXKVLCO&limit=200",
    );
  });

  test.each(["groups-list", "spec-groups-list", "spec-groups-search"])(
    "%s is a page of groups",
    async (name) => {
      const page = sample(name);
      const members = sample("group-members");
      const person = sample("user-ACTIVE").body;
      replay({
        "/api/v1/users?limit": { body: [person] },
        "/api/v1/groups?": { body: page.body, headers: page.headers },
        "/api/v1/groups/": members,
      });
      const groups = page.body as { id: string; type: string }[];
      const read = groups.filter(({ type }) => type !== "BUILT_IN").map(({ id }) => id);
      const { changes } = await pollAll(source(), undefined);
      expect(ids(changes, "present").slice(1)).toEqual(read);
      const lists = changes.flatMap((change) => (change.type === "members" ? [change.ids] : []));
      expect(lists).toEqual(read.map(() => (members.body as { id: string }[]).map(({ id }) => id)));
    },
  );

  test.each([
    ["log-user.lifecycle.deactivate", ["/api/v1/users/00u3m90rxKjGQ0G6L1d6"]],
    ["log-user.lifecycle.suspend", ["/api/v1/users/12345"]],
    ["log-group.user_membership.add", ["/api/v1/groups/00g8mo0l5wuTxmoIC0h7"]],
  ])("%s makes us ask for whom it names", async (name, expected) => {
    const event = sample(name).body;
    replay({
      "/api/v1/logs": { body: [event] },
      "/api/v1/users?limit": { body: [sample("user-ACTIVE").body] },
      "/api/v1/users/": { status: 404, body: sample("error-404-user-not-found").body },
      "/api/v1/groups/": { status: 404, body: sample("error-404-group-not-found").body },
    });
    const { changes } = await pollAll(source(), undefined);
    const asked = server.asked.map(({ path }) => path).filter((path) => path.split("/").length === 5);
    expect(asked).toEqual(expected);
    expect(ids(changes, "absent")).toEqual(expected.map((path) => path.split("/").at(-1)));
  });

  test.each(["log-user.session.clear", "log-application.user_membership.add", "spec-logs-list"])(
    "the question to the log leaves out %s",
    async (name) => {
      const { body } = sample(name);
      replay({ "/api/v1/users?limit": { body: [sample("user-ACTIVE").body] } });
      await pollAll(source(), undefined);
      const filter = server.asked.find(({ path }) => path === "/api/v1/logs")?.query.get("filter") ?? "";
      const families = [...filter.matchAll(/eventType sw "([^"]+)"/g)].map(([, family = ""]) => family);
      expect(families.length).toBeGreaterThan(5);
      for (const { eventType } of [body].flat() as { eventType: string }[])
        expect(families.some((family) => eventType.startsWith(family))).toBe(false);
    },
  );

  test("the question to the log names every event that can change a person, a group or a membership", async () => {
    const types = (sample("event-types-subset").body as { id: string }[]).map(({ id }) => id);
    replay({ "/api/v1/users?limit": { body: [sample("user-ACTIVE").body] } });
    await pollAll(source(), undefined);
    const filter = server.asked.find(({ path }) => path === "/api/v1/logs")?.query.get("filter") ?? "";
    const families = [...filter.matchAll(/eventType sw "([^"]+)"/g)].map(([, family = ""]) => family);
    const left = types.filter((type) => !families.some((family) => type.startsWith(family)));
    const concerns =
      /^(user\.(lifecycle|account|realm)|group\.(lifecycle|profile|user_membership)|system\.import)\./;
    expect(left.filter((type) => concerns.test(type))).toEqual([]);
    expect(types.length - left.length).toBeGreaterThan(40);
  });

  test("spec-app-users are the people assigned to an application", async () => {
    const { body } = sample("spec-app-users");
    replay({ "/api/v1/apps/0oa1/users": { body } });
    const found = [];
    found.push(...(await source().assigned({ app: "0oa1" }, signal())));
    expect(found).toEqual((body as { id: string }[]).map(({ id }) => id));
  });

  test("whose assignment ended is assigned no more, though it is still listed; who is suspended is", async () => {
    const [one] = sample("spec-app-users").body as readonly object[];
    const ended = ["DEPROVISIONED", "REVOKED", "UNASSIGNED"];
    const lasting = ["ACTIVE", "APPROVED", "INACTIVE", "PROVISIONED", "STAGED", "SUSPENDED"];
    const body = [...ended, ...lasting].map((status) => ({ ...one, id: `00u${status}`, status }));
    replay({ "/api/v1/apps/0oa1/users": { body } });
    expect(await source().assigned({ app: "0oa1" }, signal())).toEqual(
      lasting.map((status) => `00u${status}`),
    );
  });

  test.each(["app-groups", "spec-app-groups"])(
    "%s has the links and ids that lists of ours have",
    async (name) => {
      const page = sample(name);
      replay({ "/api/v1/apps/0oa1/users": { body: page.body, headers: page.headers } });
      const found = [];
      found.push(...(await source().assigned({ app: "0oa1" }, signal())));
      expect(found).toEqual((page.body as { id: string }[]).map(({ id }) => id));
    },
  );

  const refusals: readonly (readonly [string, number, unknown, RegExp])[] = [
    ["error-400-invalid-cursor", 400, ConnectionError, /400 E0000031/],
    ["error-403-not-allowed-in-status", 403, ConnectionError, /does not let the account do this/],
    ["spec-error-400", 400, ConnectionError, /400 E0000001/],
    ["spec-error-401-invalid-token", 401, CredentialsRefused, /refuses the login \(E0000011\)/],
    ["spec-error-403", 403, ConnectionError, /does not let the account do this/],
    ["spec-error-429", 429, TransientError, /slow down/],
    ["logs-error-1-E0000001", 400, ConnectionError, /400 E0000001/],
    ["logs-error-2-E0000053", 400, ConnectionError, /400 E0000053/],
    ["logs-error-3-E0000053", 400, ConnectionError, /400 E0000053/],
    ["logs-error-4-E0000053", 400, ConnectionError, /400 E0000053/],
    ["logs-error-5-E0000031", 400, ConnectionError, /400 E0000031/],
    ["logs-error-6-E0000053", 400, ConnectionError, /400 E0000053/],
    ["logs-error-7-E0000009", 500, TransientError, /failed \(500\)/],
    ["logs-error-8-E0000001", 400, ConnectionError, /400 E0000001/],
    ["logs-error-9-E0000047", 429, TransientError, /slow down/],
  ];

  test.each(refusals)(
    "%s (%i) ends in a sentence without the names that it holds",
    async (name, status, family, message) => {
      const { body, headers } = sample(name);
      replay({ "/api/v1/users/": { status, body, headers } });
      const failure: unknown = await source()
        .read("user", "00u1", signal())
        .then(
          () => undefined,
          (error: unknown) => error,
        );
      expect(failure).toBeInstanceOf(family);
      expect(String(failure)).toMatch(message);
      const { errorSummary } = body as { errorSummary: string };
      expect(String(failure)).not.toContain(errorSummary);
    },
  );

  test.each([
    ["error-404-user-not-found", "user"],
    ["error-404-group-not-found", "group"],
    ["spec-error-404", "user"],
  ] as const)("%s proves that there is no such %s", async (name, kind) => {
    const { body, headers } = sample(name);
    replay({ "/api/v1/": { status: 404, body, headers } });
    expect(await source().read(kind, "00x1", signal())).toEqual([
      { type: "absent", kind, id: "00x1", evidence: "not-found" },
    ]);
  });

  test("the recorded 429, which has no Retry-After, is waited out until its reset", async () => {
    const { body, headers } = sample("error-429-recorded");
    expect(Object.keys(headers).map((key) => key.toLowerCase())).not.toContain("retry-after");
    let times = 0;
    server.script(() =>
      times++ === 0 ? { status: 429, body, headers } : { body: sample("user-ACTIVE").body },
    );
    const clock = new SteppingClock();
    await source({ clock }).read("user", "00usfdd3eO3sfObs54x6", signal());
    const lower = Object.fromEntries(
      Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value]),
    );
    const waitMs = Number(lower["x-rate-limit-reset"]) * 1000 - Date.parse(lower["date"] ?? "") + 1000;
    expect(waitMs).toBeGreaterThan(1000);
    expect(clock.slept[0]).toBe(waitMs);
  });

  test("the recorded DPoP dance ends with a bound token", async () => {
    const [challenge, token] = [sample("token-400-use-dpop-nonce"), sample("token-200-dpop")];
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const privateKey = secret(rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    let asked = 0;
    // The recorded token was cut with a character that no header may hold.
    const body = { ...(token.body as object), access_token: "eyJraWQi" };
    server.script(({ path }) => {
      if (path !== "/oauth2/v1/token") return { body: sample("user-ACTIVE").body };
      return asked++ === 0 ? { status: 400, ...challenge } : { ...token, body };
    });
    const one = source({ more: { clientId: "0oa1", keyId: "k1", privateKey, dpop: true } });
    await one.read("user", "00usfdd3eO3sfObs54x6", signal());
    expect(server.asked.at(-1)?.headers.authorization).toBe("DPoP eyJraWQi");
  });

  test("what is no id of an object is refused before anything is asked", async () => {
    replay({});
    await expect(source().read("user", "../groups", signal())).rejects.toBeInstanceOf(ItemError);
    expect(server.asked).toEqual([]);
  });

  test("every published file was replayed", () => {
    expect(names.length).toBeGreaterThan(40);
    expect(names.filter((name) => !replayed.has(name))).toEqual([]);
  });
});
