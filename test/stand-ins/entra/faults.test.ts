import { once } from "node:events";
import { existsSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import { describe, expect, test } from "vitest";
import { endsTenants, tenantAndClient } from "./with-tenant.ts";

endsTenants();

const USERS = "/users/delta?$select=displayName";

describe("a fault that was ordered", () => {
  test("429 comes with fractional seconds, or without any", async () => {
    const { tenant, client } = await tenantAndClient();
    tenant.faults.push({ how: { type: "throttle", retryAfter: 2.128 } });
    tenant.faults.push({ how: { type: "throttle", retryAfter: "none" } });
    const first = await client.get(USERS);
    expect([first.status, first.headers["retry-after"], first.body.error?.code]).toEqual([
      429,
      "2.128",
      "TooManyRequests",
    ]);
    expect((await client.get(USERS)).status).toBe(429);
    expect((await client.get(USERS)).status).toBe(200);
  });

  test.each([
    [500, "InternalServerError"],
    [502, "BadGateway"],
    [503, "ServiceUnavailable"],
    [504, "GatewayTimeout"],
  ])("%d", async (status, code) => {
    const { tenant, client } = await tenantAndClient();
    tenant.faults.push({ how: { type: "status", status, retryAfter: 1 } });
    const reply = await client.get(USERS);
    expect([reply.status, reply.body.error?.code, reply.headers["retry-after"]]).toEqual([status, code, "1"]);
  });

  test("meets requests by path, after some that go well, so often as ordered", async () => {
    const { tenant, client } = await tenantAndClient();
    tenant.faults.push({
      path: /^\/groups\/delta/,
      after: 1,
      times: 2,
      how: { type: "status", status: 503 },
    });
    const statuses: number[] = [];
    for (const path of ["/groups/delta", USERS, "/groups/delta", USERS, "/groups/delta", "/groups/delta"])
      statuses.push((await client.get(path)).status);
    expect(statuses).toEqual([200, 200, 503, 200, 503, 200]);
  });

  test("410 in the middle of a round names the selection of its first call", async () => {
    const { tenant, client } = await tenantAndClient({ switches: { deltaPageSize: 1 } });
    tenant.createUser();
    tenant.createUser();
    const next = String((await client.get(USERS)).body["@odata.nextLink"]);
    tenant.faults.push({ how: { type: "expired", answer: "410 with Location" } });
    const { status, headers } = await client.get(next);
    expect([status, headers["location"]]).toEqual([
      410,
      `${tenant.graphUrl}/v1.0/users/delta?$select=displayName&$deltatoken=`,
    ]);
    tenant.faults.push({ how: { type: "expired" } });
    const expired = await client.get(next);
    expect([expired.status, expired.body.error?.code]).toEqual([400, "syncStateNotFound"]);
  });

  test("a body is cut, a connection lost, and the next request finds everything as it was", async () => {
    const { tenant, client } = await tenantAndClient();
    tenant.createUser();
    tenant.faults.push({ how: { type: "cut", bytes: 20 } }, { how: { type: "lose" } });
    await expect(client.get(USERS)).rejects.toThrow();
    await expect(client.get(USERS)).rejects.toThrow();
    expect((await client.round(USERS)).items).toHaveLength(1);
  });

  test("an answer is late", async () => {
    const { tenant, client } = await tenantAndClient();
    await client.renew();
    tenant.faults.push({ how: { type: "delay", ms: 80 } });
    const began = performance.now();
    expect((await client.get(USERS)).status).toBe(200);
    expect(performance.now() - began).toBeGreaterThanOrEqual(79);
  });

  test("a token is refused although it lives, and links lead to another host", async () => {
    const { tenant, client } = await tenantAndClient();
    tenant.faults.push({ how: { type: "unauthorized" } });
    tenant.faults.push({ how: { type: "foreign link", origin: "https://evil.example" } });
    expect((await client.get(USERS)).status).toBe(401);
    const { body } = await client.get(USERS);
    expect(body["@odata.deltaLink"]).toMatch(/^https:\/\/evil\.example\/v1\.0\/users\/delta\?\$deltatoken=/);
  });

  test("a gateway says what it likes, also 410 without a body", async () => {
    const { tenant, client } = await tenantAndClient();
    tenant.faults.push({ how: { type: "answer", status: 410 } });
    const { status, text } = await client.get(USERS);
    expect([status, text]).toEqual([410, ""]);
  });
});

test("a tenant that stops does not wait for answers that are late", async () => {
  const { tenant, client } = await tenantAndClient({ switches: { latencyMs: 60_000 } });
  const asked = client.login().then(
    () => "answered",
    () => "cut off",
  );
  await expect.poll(() => tenant.requests.inFlight).toBe(1);
  await tenant.stop();
  expect(await asked).toBe("cut off");
});

test("both hosts answer to their own names only", async () => {
  const { tenant, client } = await tenantAndClient();
  const authorization = `Bearer ${await client.renew()}`;
  const asked = get(`${tenant.graphUrl}/v1.0/users`, {
    ca: tenant.ca,
    servername: "localhost",
    headers: { authorization, host: "graph.microsoft.com" },
  });
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  expect(answer.statusCode).toBe(400);
  answer.resume();
  await once(answer, "end");
  expect((await client.get(`${tenant.graphUrl}/beta/users`)).status).toBe(400);
  expect((await client.get("/me")).status).toBe(400);
});

test("an authority of its own is not the one that all others share", async () => {
  const { tenant } = await tenantAndClient();
  const stranger = await tenantAndClient({ ownAuthority: true });
  expect(stranger.tenant.ca).not.toBe(tenant.ca);
  expect((await stranger.client.login()).status).toBe(200);
  expect(existsSync(stranger.tenant.caFile)).toBe(true);
  await stranger.tenant.stop();
  expect(existsSync(stranger.tenant.caFile)).toBe(false);
});

describe("resource units", () => {
  test("cost what the published table says", async () => {
    const { tenant, client } = await tenantAndClient();
    const group = tenant.createGroup();
    const cost = async (path: string): Promise<unknown> =>
      (await client.get(path)).headers["x-ms-resource-unit"];
    expect(await cost("/users")).toBe("2");
    expect(await cost("/users?$select=id")).toBe("1");
    expect(await cost(`/groups/${group}/members`)).toBe("3");
    expect(await cost(`/groups/${group}/transitiveMembers`)).toBe("5");
    expect(await cost(`/groups/${group}/transitiveMembers?$select=id&$top=5`)).toBe("3");
    expect(await cost("/users/delta")).toBe("1");
  });

  test("run out, and come back with time: who waits as long as told gets through", async () => {
    let now = Date.parse("2026-11-22T12:00:00Z");
    const { tenant, client } = await tenantAndClient({
      loginNow: () => now,
      switches: { unitsPerTenSeconds: 4 },
    });
    const all = await Promise.all(Array.from({ length: 6 }, () => client.get(USERS)));
    expect(all.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 429, 429]);
    const refused = all.find(({ status }) => status === 429);
    expect(refused?.headers["retry-after"]).toBe("2.500");
    expect(refused?.headers["x-ms-throttle-scope"]).toBe(
      `Tenant_Application/ReadWrite/${tenant.clientId}/${tenant.tenantId}`,
    );
    now += 2499;
    expect((await client.get(USERS)).status).toBe(429);
    now += 1;
    expect((await client.get(USERS)).status).toBe(200);
  });
});

describe("$batch", () => {
  test("answers in another order; 200 outside says nothing of the inside", async () => {
    const { tenant, client } = await tenantAndClient();
    const ann = tenant.createUser();
    tenant.faults.push({ path: /^\/groups\/delta/, how: { type: "throttle", retryAfter: 0.5 } });
    const { status, body } = await client.post("/$batch", {
      requests: [
        { id: "a", method: "GET", url: `/users/${ann}?$select=id` },
        { id: "b", method: "GET", url: "groups/delta" },
        { id: "c", method: "GET", url: "/users/nobody" },
        { id: "d", method: "GET", url: "/users", dependsOn: ["c"] },
      ],
    });
    const responses = body["responses"] as readonly {
      id: string;
      status: number;
      headers: object;
      body: object;
    }[];
    expect(status).toBe(200);
    expect(responses.map((one) => [one.id, one.status])).toEqual([
      ["d", 424],
      ["c", 404],
      ["b", 429],
      ["a", 200],
    ]);
    expect(responses[2]?.headers).toMatchObject({ "Retry-After": "0.5" });
    expect(responses[3]?.body).toMatchObject({ id: ann });
  });

  test("refuses more than 20, an id twice, and an absolute address", async () => {
    const { tenant, client } = await tenantAndClient();
    const one = (id: number, url = "/users"): object => ({ id: String(id), method: "GET", url });
    const faulty = [
      Array.from({ length: 21 }, (_, index) => one(index)),
      [one(1), one(1)],
      [one(1, `${tenant.graphUrl}/v1.0/users`)],
      [],
      [{ ...one(1), dependsOn: ["9"] }],
    ];
    for (const requests of faulty) expect((await client.post("/$batch", { requests })).status).toBe(400);
    const most = Array.from({ length: 20 }, (_, index) => one(index));
    expect((await client.post("/$batch", { requests: most })).status).toBe(200);
  });
});

test("the log counts by path, holds headers, and knows how many were in flight", async () => {
  const { tenant, client } = await tenantAndClient();
  const [ann, bob] = [tenant.createUser(), tenant.createUser()];
  await client.renew();
  await Promise.all([client.get(`/users/${ann}`), client.get(`/users/${bob}`), client.get("/groups/delta")]);
  expect(tenant.requests.counts()).toEqual({ "/users/{id}": 2, "/groups/delta": 1 });
  expect(tenant.requests.count(/^\/users\//)).toBe(2);
  expect(tenant.requests.to("graph")[0]?.headers["authorization"]).toMatch(/^Bearer /);
  expect(tenant.requests.all.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(tenant.requests.mostInFlight).toBeGreaterThanOrEqual(1);
  tenant.requests.clear();
  expect(tenant.requests.count()).toBe(0);
});
