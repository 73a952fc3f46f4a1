import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Caller, openOrganisation } from "./okta/caller.ts";
import { createTls, type Tls } from "./okta/okta-organisation.ts";
import { recordedLimits } from "./okta/rate-limits.ts";

describe("limits and failures of the Okta stand-in", () => {
  let tls: Tls;
  let caller: Caller;
  let people: string[];
  const users = "/api/v1/users";
  const ids = (objects: readonly { id: string }[]): string[] => objects.map(({ id }) => id);

  beforeAll(async () => {
    tls = await createTls();
  });
  beforeEach(async () => {
    caller = await openOrganisation({ tls, rateLimits: { users: 6, logs: 120 } });
    people = ["ann", "bob", "cat"].map((name) => caller.okta.users.create({ login: `${name}@example.com` }));
  });
  afterEach(async () => {
    await caller.close();
  });

  const standing = (headers: ReadonlyMap<string, string>): (number | undefined)[] =>
    ["limit", "remaining", "reset"].map((name) => Number(headers.get(`x-rate-limit-${name}`)));

  test("one client may use half of a limit; beyond it 429 without Retry-After until the window is over", async () => {
    caller.goOn(20_000);
    const end = (caller.now() + 60_000) / 1000;
    for (const left of [2, 1, 0]) expect(standing((await caller.get(users)).headers)).toEqual([3, left, end]);
    const refused = await caller.get(users);
    expect([refused.status, refused.body.errorCode]).toEqual([429, "E0000047"]);
    expect(standing(refused.headers)).toEqual([3, 0, end]);
    expect(refused.headers.has("retry-after")).toBe(false);
    expect(Date.parse(refused.headers.get("date") ?? "")).toBe(caller.now());
    caller.goOn(59_999);
    expect((await caller.get(users)).status).toBe(429);
    caller.goOn(1);
    expect((await caller.get(users)).status).toBe(200);
  });

  test("each endpoint has its own count, and every answer tells it, also one that refuses", async () => {
    for (let times = 0; times < 3; times++) await caller.get(users);
    expect((await caller.get(users)).status).toBe(429);
    const other = await caller.get(`${users}/${people[0]}`);
    expect([other.status, standing(other.headers)[0]]).toEqual([200, recordedLimits.user / 2]);
    const refused = await caller.get("/api/v1/groups", { authorization: "SSWS wrong" });
    expect([refused.status, standing(refused.headers)[0]]).toEqual([401, recordedLimits.groups / 2]);
    expect(standing((await caller.get("/api/v1/logs")).headers)[0]).toBe(60);
    caller.okta.rateLimits.share = 1;
    expect((await caller.get(users)).status).toBe(200);
  });

  test("too many requests at the same time are refused with both numbers 0", async () => {
    caller.okta.rateLimits.concurrent = 1;
    caller.okta.faults.push({ how: "slow", ms: 300, times: 1 });
    const first = caller.get("/api/v1/groups");
    await expect.poll(() => caller.okta.count("groups")).toBe(1);
    const second = await caller.get("/api/v1/groups");
    expect([second.status, ...standing(second.headers).slice(0, 2)]).toEqual([429, 0, 0]);
    expect((await first).status).toBe(200);
  });

  test("a 429 can be ordered, as many as wanted, with the time until its reset", async () => {
    caller.okta.faults.push({ how: "rate limit", path: "^/api/v1/logs", times: 2, ms: 7000 });
    expect((await caller.get("/api/v1/groups")).status).toBe(200);
    for (let times = 0; times < 2; times++) {
      const refused = await caller.get("/api/v1/logs");
      expect([refused.status, refused.body.errorCode]).toEqual([429, "E0000047"]);
      expect(standing(refused.headers).slice(1)).toEqual([0, caller.now() / 1000 + 7]);
    }
    expect((await caller.get("/api/v1/logs")).status).toBe(200);
  });

  test("answers can be replaced, after some that are right", async () => {
    caller.okta.faults.push({ how: "answer", status: 503, body: "<html>", after: 1, times: 1 });
    expect((await caller.get("/api/v1/groups")).status).toBe(200);
    await expect(caller.get("/api/v1/groups")).rejects.toThrow(SyntaxError);
    expect((await caller.get("/api/v1/groups")).status).toBe(200);
    expect(caller.okta.requests.map(({ status }) => status)).toEqual([200, 503, 200]);
  });

  test("a body can be cut and an answer lost", async () => {
    caller.okta.faults.push({ how: "cut", times: 1 }, { how: "lose", times: 1 });
    await expect(caller.get("/api/v1/groups")).rejects.toThrow();
    await expect(caller.get("/api/v1/groups")).rejects.toThrow();
    expect((await caller.get("/api/v1/groups")).status).toBe(200);
    expect(caller.okta.requests.map(({ status }) => status)).toEqual([undefined, undefined, 200]);
  });

  test("an empty page with a next link loses nobody who follows it", async () => {
    caller.okta.rateLimits.share = 1;
    caller.okta.faults.push({ how: "empty page", times: 1 }, { how: "empty page", after: 1, times: 1 });
    const first = await caller.get(`${users}?limit=2`);
    expect([first.body, typeof first.next]).toEqual([[], "string"]);
    const { all, pages } = await caller.list(first.next ?? "");
    expect([ids(all), pages]).toEqual([people, 3]);
    caller.okta.faults.push({ how: "empty page", times: 1 });
    const log = await caller.get("/api/v1/logs?limit=1");
    expect(log.body).toEqual([]);
    expect((await caller.get(log.next ?? "")).body).toHaveLength(1);
  });

  test("a page can repeat what the one before it ended with", async () => {
    caller.okta.faults.push({ how: "repeat", times: 1 }, { how: "repeat", path: "logs", times: 1 });
    const { all } = await caller.list(`${users}?limit=2`);
    expect(ids(all)).toEqual([people[0], people[1], people[1], people[2]]);
    const first = await caller.get("/api/v1/logs?limit=2");
    const second = await caller.get(first.next ?? "");
    expect(second.body[0]?.uuid).toBe(first.body[1]?.uuid);
  });

  test("requests are counted by endpoint", async () => {
    await caller.get(users);
    await caller.get(`${users}/${people[0]}`);
    await caller.get("/api/v1/nothing");
    const { okta } = caller;
    expect([okta.count(), okta.count("users"), okta.count("users", "user"), okta.count("other")]).toEqual([
      ...[3, 1, 2, 1],
    ]);
    expect(okta.requests[1]).toEqual({
      at: caller.now(),
      method: "GET",
      path: `${users}/${people[0]}`,
      endpoint: "user",
      status: 200,
    });
    okta.forgetRequests();
    expect(okta.count()).toBe(0);
  });

  test("what does not exist, or is not to be read, is refused in Okta's way", async () => {
    const missing = await caller.get("/api/v1/nothing");
    expect([missing.status, missing.body.errorCode]).toEqual([403, "E0000006"]);
    expect((await caller.post(users, {}, { authorization: `SSWS ${caller.okta.token}` })).status).toBe(405);
    expect((await caller.get(`${users}/%E0%A4%A`)).status).toBe(400);
  });
});
