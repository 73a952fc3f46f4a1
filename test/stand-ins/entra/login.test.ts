import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "../../lab/children.ts";
import type { BareClient, Reply } from "./bare-client.ts";
import { startMetadataService } from "./metadata-service.ts";
import type { EntraTenant } from "./tenant.ts";
import { endsTenants, HandClock, tenantAndClient } from "./with-tenant.ts";

endsTenants();

function verdict({ status, body }: Reply): unknown {
  return [status, body["error"], (body["error_codes"] as readonly number[] | undefined)?.[0]];
}

describe("the login authority", () => {
  test("publishes where tokens are had, for this tenant only", async () => {
    const { tenant, client } = await tenantAndClient();
    const path = "v2.0/.well-known/openid-configuration";
    const { status, body } = await client.send(`${tenant.loginUrl}/${tenant.tenantId}/${path}`);
    expect(status).toBe(200);
    expect(body["token_endpoint"]).toBe(`${tenant.loginUrl}/${tenant.tenantId}/oauth2/v2.0/token`);
    expect(body["issuer"]).toBe(`${tenant.loginUrl}/${tenant.tenantId}/v2.0`);
    expect(verdict(await client.send(`${tenant.loginUrl}/${randomUUID()}/${path}`))).toEqual([
      400,
      "invalid_request",
      90002,
    ]);
  });

  test("gives a token for Graph to who knows the secret", async () => {
    const { tenant, client } = await tenantAndClient();
    const { status, body } = await client.login();
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: "Bearer", expires_in: 3599, ext_expires_in: 3599 });
    const claims = JSON.parse(
      Buffer.from(String(body["access_token"]).split(".")[1] ?? "", "base64url").toString(),
    );
    expect(claims).toMatchObject({ aud: tenant.graphUrl, tid: tenant.tenantId, appid: tenant.clientId });
    expect(claims.roles).toContain("User.Read.All");
  });

  test.each<[string, Record<string, string | undefined>, unknown]>([
    ["a wrong secret", { client_secret: "wrong" }, [401, "invalid_client", 7000215]],
    ["no secret", { client_secret: undefined }, [401, "invalid_client", 7000218]],
    ["an unknown app", { client_id: randomUUID() }, [400, "unauthorized_client", 700016]],
    ["another grant", { grant_type: "password" }, [400, "unsupported_grant_type", 70003]],
    ["no grant", { grant_type: undefined }, [400, "invalid_request", 900144]],
    ["no scope", { scope: undefined }, [400, "invalid_request", 900144]],
    ["a scope that is no .default", { scope: "User.Read" }, [400, "invalid_scope", 1002012]],
    [
      "an unknown resource",
      { scope: "https://graph.other.example/.default" },
      [400, "invalid_resource", 500011],
    ],
  ])("refuses %s", async (_, form, expected) => {
    const { client } = await tenantAndClient();
    const reply = await client.login(form);
    expect(verdict(reply)).toEqual(expected);
    const [, , number] = expected as [number, string, number];
    expect(reply.body["error_description"]).toMatch(
      new RegExp(
        `^AADSTS${number}: .* Trace ID: .* Correlation ID: .* Timestamp: \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\dZ$`,
      ),
    );
  });

  test("refuses an expired secret, a GET, JSON, and an unknown tenant", async () => {
    const { tenant, client } = await tenantAndClient({ secretEndsAt: Date.now() - 1000 });
    expect(verdict(await client.login())).toEqual([401, "invalid_client", 7000222]);
    expect(verdict(await client.login({}, randomUUID()))).toEqual([400, "invalid_request", 90002]);
    const url = `${tenant.loginUrl}/${tenant.tenantId}/oauth2/v2.0/token`;
    expect(verdict(await client.send(url))).toEqual([400, "invalid_request", 900561]);
    const json = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
    expect(verdict(await client.send(url, json))).toEqual([400, "invalid_request", 900144]);
  });

  test("answers 500 when it is told to, and is asked again then", async () => {
    const { tenant, client } = await tenantAndClient();
    tenant.faults.push({ at: "login", path: /token$/, how: { type: "status", status: 500 } });
    expect((await client.login()).status).toBe(500);
    expect((await client.login()).status).toBe(200);
    expect(tenant.requests.logins()).toBe(2);
  });
});

describe("Graph takes a token", () => {
  const refusedAs = async (client: BareClient): Promise<unknown> => {
    const { status, body } = await client.get("/users/delta");
    return [status, body.error?.code, body.error?.message];
  };

  test("for itself only, while it lives, and unchanged", async () => {
    const clock = new HandClock();
    const { client } = await tenantAndClient({ loginNow: clock.now });
    expect((await client.get("/users/delta")).status).toBe(200);
    clock.ms += 3_599_000;
    const code = "InvalidAuthenticationToken";
    expect(await refusedAs(client)).toEqual([401, code, "Lifetime validation failed, the token is expired."]);
    await client.renew({ scope: "https://management.azure.com/.default" });
    expect(await refusedAs(client)).toEqual([
      401,
      code,
      "Access token validation failure. Invalid audience.",
    ]);
    const token = await client.renew();
    const none = await client.get("/users/delta", { authorization: "" });
    expect([none.status, none.body.error?.message]).toEqual([401, "Access token is empty."]);
    expect(none.headers["www-authenticate"]).toMatch(/^Bearer /);
    const forged = await client.get("/users/delta", { authorization: `Bearer ${token.slice(0, -4)}AAAA` });
    expect([forged.status, forged.body.error?.code]).toEqual([401, code]);
  });

  test("of another tenant as that of a stranger", async () => {
    const { tenant } = await tenantAndClient();
    const other = await tenantAndClient();
    const token = await other.client.renew();
    const { status } = await other.client.get(`${tenant.graphUrl}/v1.0/users`, {
      authorization: `Bearer ${token}`,
    });
    expect(status).toBe(401);
  });

  test("whose lifetime is that of the tenant", async () => {
    const { tenant, client } = await tenantAndClient();
    tenant.tokenLifeSeconds = 60;
    expect((await client.login()).body["expires_in"]).toBe(60);
  });
});

describe("a client assertion", () => {
  const assertionOf = (
    tenant: EntraTenant,
    key: KeyObject | string,
    change: { readonly head?: object; readonly body?: object } = {},
  ): string => {
    const seconds = Math.floor(Date.now() / 1000);
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const head = part({ alg: "RS256", typ: "JWT", ...change.head });
    const body = part({
      aud: `${tenant.loginUrl}/${tenant.tenantId}/oauth2/v2.0/token`,
      iss: tenant.clientId,
      sub: tenant.clientId,
      jti: randomUUID(),
      nbf: seconds,
      exp: seconds + 600,
      ...change.body,
    });
    return `${head}.${body}.${sign("sha256", Buffer.from(`${head}.${body}`), key).toString("base64url")}`;
  };
  const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  const loginWith = async (client: BareClient, assertion: string): Promise<unknown> =>
    verdict(
      await client.login({
        client_secret: undefined,
        client_assertion_type: type,
        client_assertion: assertion,
      }),
    );

  test("is taken when a registered certificate signed it, for this authority and in time", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rollcall-assertion-"));
    try {
      const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
      await run("openssl", [
        ...[
          "req",
          "-x509",
          "-newkey",
          "rsa:2048",
          "-nodes",
          "-sha256",
          "-days",
          "2",
          "-subj",
          "/CN=rollcall",
        ],
        ...["-keyout", keyFile, "-out", certFile],
      ]);
      const [key, pem] = await Promise.all([readFile(keyFile, "utf8"), readFile(certFile, "utf8")]);
      const { tenant, client } = await tenantAndClient();
      const der = Buffer.from(pem.replaceAll(/-----.*-----|\s/g, ""), "base64");
      const head = { "x5t#S256": createHash("sha256").update(der).digest("base64url") };
      const unregistered = await loginWith(client, assertionOf(tenant, key, { head }));
      expect(unregistered).toEqual([401, "invalid_client", 700027]);
      tenant.trustCertificate(pem);
      expect(await loginWith(client, assertionOf(tenant, key, { head }))).toEqual([
        200,
        undefined,
        undefined,
      ]);
      const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
      const seconds = Math.floor(Date.now() / 1000);
      const faulty: readonly [string, number][] = [
        [assertionOf(tenant, stranger, { head }), 700027],
        [assertionOf(tenant, key, { head, body: { aud: "https://elsewhere.example" } }), 700023],
        [assertionOf(tenant, key, { head, body: { exp: seconds - 301 } }), 700024],
        [assertionOf(tenant, key, { head, body: { nbf: seconds + 600 } }), 700024],
        [assertionOf(tenant, key, { head, body: { sub: randomUUID() } }), 700021],
        [assertionOf(tenant, key, { head: { ...head, alg: "none" } }), 700027],
      ];
      for (const [assertion, number] of faulty)
        expect(await loginWith(client, assertion)).toEqual([401, "invalid_client", number]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("of a trusted issuer logs a workload in, for that subject and audience only", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { tenant, client } = await tenantAndClient();
    const mine = {
      iss: "https://cluster.example",
      sub: "system:serviceaccount:a:b",
      aud: "api://AzureADTokenExchange",
    };
    const token = (body: object): string => assertionOf(tenant, privateKey, { body: { ...mine, ...body } });
    expect(await loginWith(client, token({}))).toEqual([401, "invalid_client", 700211]);
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
    tenant.trustFederated({ issuer: mine.iss, subject: mine.sub, publicKey: pem });
    expect(await loginWith(client, token({}))).toEqual([200, undefined, undefined]);
    expect(await loginWith(client, token({ sub: "other" }))).toEqual([401, "invalid_client", 700213]);
    expect(await loginWith(client, token({ aud: "other" }))).toEqual([401, "invalid_client", 700212]);
  });
});

test("a managed identity has its token from the machine, with the header that browsers cannot send", async () => {
  const { tenant, client } = await tenantAndClient();
  const metadata = await startMetadataService(tenant);
  try {
    const resource = encodeURIComponent(tenant.graphUrl);
    const url = `${metadata.url}/metadata/identity/oauth2/token?api-version=2018-02-01&resource=${resource}`;
    expect((await client.send(url)).status).toBe(400);
    const { status, body } = await client.send(url, { headers: { metadata: "true" } });
    expect([status, body["expires_in"]]).toEqual([200, "3599"]);
    const authorization = `Bearer ${String(body["access_token"])}`;
    expect((await client.get("/users/delta", { authorization })).status).toBe(200);
  } finally {
    await metadata.stop();
  }
});
