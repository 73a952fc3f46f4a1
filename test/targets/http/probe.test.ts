import { afterEach, expect, test } from "vitest";
import type { Finding } from "../../../src/scim/api.ts";
import {
  type Fault,
  type ScimService,
  type Switches,
  startScimService,
} from "../../stand-ins/scim-service.ts";
import { type OpenOptions, openScim } from "../open-scim.ts";

const signal = new AbortController().signal;
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close();
});

async function probed(
  switches: Partial<Switches>,
  options: OpenOptions & { readonly token?: string } = {},
): Promise<{ service: ScimService; findings: readonly Finding[] }> {
  const service = await startScimService({ switches });
  opened.push({ close: () => service.stop() });
  service.store.create("Users", {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
    userName: "ann@example.com",
  });
  const examined = await openScim({ ...service, token: options.token ?? service.token }, options);
  opened.push(examined);
  return { service, findings: await examined.api.probe(signal) };
}

const answer = (more: Omit<Fault, "how">): Partial<Switches> => ({ faults: [{ how: "answer", ...more }] });

test("a good service passes every check, and nothing is written", async () => {
  const { service, findings } = await probed({});
  expect(findings.map(({ ok, check }) => [ok, check])).toEqual([
    [true, "login"],
    [true, "groups"],
    [true, "look-up of users by userName"],
    [true, "look-up of users by externalId"],
    [true, 'look-up of users by emails[type eq "work"].value'],
    [true, "look-up of groups by displayName"],
    [true, "look-up of groups by externalId"],
    [true, "way of updating"],
  ]);
  expect(findings[0]?.message).toBe("app accepts our token and answers SCIM 2.0; it holds 1 user");
  expect(service.count("POST", "PUT", "PATCH", "DELETE")).toBe(0);
});

test("a refused token is one finding and one request, so that nobody locks us out", async () => {
  const { service, findings } = await probed({}, { token: "wrong" });
  expect(findings).toEqual([
    {
      ok: false,
      check: "login",
      message: "app refuses our token (401)",
      hint: expect.stringMatching(/renew the token/),
      refused: true,
    },
  ]);
  expect(service.count()).toBe(1);
});

test("a filter that is ignored is a warning that names the attribute", async () => {
  const { findings } = await probed({ ignoresFilter: true });
  const finding = findings.find(({ check }) => check === "look-up of users by userName");
  expect(finding).toMatchObject({
    ok: "warning",
    hint: expect.stringMatching(/leave userName out of match/),
  });
});

test("a filter that is refused is a finding, and the other checks go on", async () => {
  const { findings } = await probed(answer({ path: "externalId", status: 400 }));
  expect(findings.filter(({ ok }) => ok === false)).toEqual([
    {
      ok: false,
      check: "look-up of users by externalId",
      lookUp: { kind: "user", attribute: "externalId" },
      message:
        "app refuses to filter users by externalId (400): matching by it will not work with more than 2000 users",
      hint: expect.stringMatching(/leave externalId out of match/),
    },
    expect.objectContaining({
      check: "look-up of groups by externalId",
      lookUp: { kind: "group", attribute: "externalId" },
    }),
  ]);
});

test("a service that says it knows no PATCH is a warning, unless the profile uses PUT", async () => {
  const byPatch = await probed({ putOnly: true });
  expect(byPatch.findings.find(({ check }) => check === "way of updating")).toMatchObject({
    ok: "warning",
    hint: expect.stringMatching(/update: put/),
  });
  const byPut = await probed({ putOnly: true }, { more: { quirks: { update: "put" } } });
  expect(byPut.findings.find(({ check }) => check === "way of updating")).toMatchObject({ ok: true });
});

test.each([
  ["is missing", { status: 404 }],
  ["is a web page", { status: 200, headers: { "content-type": "text/html" }, body: "<html>" }],
])("a ServiceProviderConfig that %s stops nothing", async (_title, given) => {
  const { findings } = await probed(answer({ path: "ServiceProviderConfig", ...given }));
  expect(findings.at(-1)).toMatchObject({ ok: true, message: expect.stringMatching(/does not say/) });
});

test("the wrong address is named as such", async () => {
  const { findings } = await probed(answer({ status: 404 }));
  expect(findings).toEqual([
    {
      ok: false,
      check: "login",
      message: expect.stringMatching(/no SCIM service at its baseUrl/),
      hint: expect.any(String),
    },
  ]);
});
