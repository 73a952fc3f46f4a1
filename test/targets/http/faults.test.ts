import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConnectionError, CredentialsRefused, ItemError, TransientError } from "../../../src/errors.ts";
import type { ScimApi } from "../../../src/scim/api.ts";
import { buildResource } from "../../../src/scim/build.ts";
import { type Fault, type ScimService, startScimService } from "../../stand-ins/scim-service.ts";
import { fakeClock } from "../fake-clock.ts";
import { type OpenOptions, openScim, realClock } from "../open-scim.ts";

const signal = new AbortController().signal;
const ann = buildResource("user", { userName: "ann@example.com", externalId: "1" }, { active: true });
let service: ScimService;
const opened: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  service = await startScimService();
});

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
  await service.stop();
});

async function open(options: OpenOptions = {}): Promise<ScimApi> {
  const examined = await openScim(service, options);
  opened.push(examined);
  return examined.api;
}

function fault(...faults: Fault[]): void {
  service.switches.faults.push(...faults);
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (value) => {
      throw new Error(`it did not fail: ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}

async function transient(work: Promise<unknown>): Promise<TransientError> {
  const error = await failure(work);
  expect(error).toBeInstanceOf(TransientError);
  return error as TransientError;
}

describe("a write without an answer", () => {
  test.each([
    ["the connection breaks after the effect", { how: "lose" }],
    ["the answer is cut", { how: "cut" }],
    ["the service fails", { how: "answer", status: 500, effect: true }],
    ["a gateway gives up", { how: "answer", status: 504, effect: true }],
    ["the service fails and names no time to come again", { how: "answer", status: 503, effect: true }],
    ["the service ran out of patience", { how: "answer", status: 408, effect: true }],
    [
      "a web page is the answer",
      { how: "answer", status: 200, effect: true, headers: { "content-type": "text/html" }, body: "<html>" },
    ],
    [
      "the new user gets no id",
      {
        how: "answer",
        status: 201,
        effect: true,
        headers: { "content-type": "application/json" },
        body: "{}",
      },
    ],
    ["the answer is empty", { how: "answer", status: 201, effect: true }],
    [
      "the answer is broken JSON",
      {
        how: "answer",
        status: 201,
        effect: true,
        headers: { "content-type": "application/json" },
        body: '{"id":',
      },
    ],
  ] satisfies [string, Fault][])("is of unknown outcome and not sent again: %s", async (_title, given) => {
    const api = await open();
    fault({ ...given, method: "POST", times: 1 });
    expect((await transient(api.users.create(ann, { signal }))).outcome).toBe("unknown");
    expect(service.count("POST")).toBe(1);
    expect(service.store.all("Users")).toHaveLength(1);
  });

  test("is of unknown outcome when time is up", async () => {
    const api = await open({ more: { timeout: "1s" } });
    service.switches.slowAnswerMs = 3_000;
    const error = await transient(api.users.create(ann, { signal }));
    expect([error.outcome, error.message]).toEqual([
      "unknown",
      expect.stringMatching(/did not answer in time/),
    ]);
    expect([service.count("POST"), service.store.all("Users").length]).toEqual([1, 1]);
  });

  test("is of unknown outcome when it was stopped in flight", async () => {
    const api = await open();
    service.switches.slowAnswerMs = 5_000;
    const stop = new AbortController();
    const creating = transient(api.users.create(ann, { signal: stop.signal }));
    await service.busy();
    stop.abort(new Error("stopping"));
    expect((await creating).outcome).toBe("unknown");
  });

  test("had no effect when nobody listens", async () => {
    const api = await open();
    await service.stop();
    const error = await transient(api.users.create(ann, { signal }));
    expect([error.outcome, error.message]).toEqual([
      "none",
      expect.stringMatching(/^127.0.0.1:\d+ refuses connections$/),
    ]);
    service = await startScimService();
  });
});

describe("a read without an answer", () => {
  test("is sent again once when the connection broke", async () => {
    const api = await open();
    const { id } = await api.users.create(ann, { signal });
    fault({ how: "lose", method: "GET", times: 1 });
    expect((await api.users.get(id, signal))?.["userName"]).toBe("ann@example.com");
    fault({ how: "lose", method: "GET" });
    expect((await transient(api.users.get(id, signal))).outcome).toBe("none");
    expect(service.count("GET")).toBe(4);
  });

  test.each([500, 502, 503, 408])("has no outcome to doubt (%d)", async (status) => {
    const api = await open();
    fault({ how: "answer", status });
    expect((await transient(api.users.get("1", signal))).outcome).toBe("none");
  });

  test("ends with the signal's reason when it was stopped", async () => {
    const api = await open();
    service.switches.slowMs = 5_000;
    const stop = new AbortController();
    const reading = failure(api.users.get("1", stop.signal));
    await service.busy();
    stop.abort(new Error("stopping"));
    expect(await reading).toBe(stop.signal.reason);
  });
});

describe("a service that asks us to wait", () => {
  test.each([
    ["whole seconds", 429, "7", [7_000]],
    ["fractions", 429, "0.25", [250]],
    ["an HTTP date", 429, "Sun, 22 Nov 2026 12:00:09 GMT", [9_000]],
    ["503 with a time", 503, "3", [3_000]],
    ["nothing said", 429, undefined, [5_000]],
    ["nonsense", 429, "-5", [5_000]],
  ])("is waited for, then the write goes through once: %s", async (_title, status, header, waits) => {
    const clock = fakeClock();
    const api = await open({ clock });
    fault({
      how: "answer",
      status,
      times: 1,
      headers: header === undefined ? {} : { "retry-after": header },
    });
    await api.users.create(ann, { signal });
    expect(clock.waits).toEqual(waits);
    expect([service.count("POST"), service.store.all("Users").length]).toEqual([2, 1]);
  });

  test("and says no more gets twice the time each round, ten minutes in all", async () => {
    const clock = fakeClock();
    const api = await open({ clock });
    fault({ how: "answer", status: 429 });
    const error = await transient(api.users.create(ann, { signal }));
    expect(clock.waits).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000]);
    expect([error.outcome, error.retryAfterMs]).toEqual(["none", 300_000]);
    expect(service.store.all("Users")).toEqual([]);
  });

  test("for an hour is left to the next cycle", async () => {
    const clock = fakeClock();
    const api = await open({ clock });
    fault({ how: "answer", status: 429, headers: { "retry-after": "3600" } });
    const error = await transient(api.users.create(ann, { signal }));
    expect([error.outcome, error.retryAfterMs, clock.waits, service.count()]).toEqual([
      "none",
      3_600_000,
      [],
      1,
    ]);
  });

  test("makes the others wait too", async () => {
    const clock = fakeClock();
    const api = await open({ clock });
    fault({ how: "answer", status: 429, times: 1, headers: { "retry-after": "60" } });
    await api.users.get("1", signal);
    const after = clock.now();
    fault({ how: "answer", status: 429, times: 1, method: "POST", headers: { "retry-after": "60" } });
    await Promise.all([api.users.create(ann, { signal }), api.users.get("2", signal)]);
    expect(clock.now() - after).toBe(60_000);
  });

  test("is not waited for by who is asked to stop", async () => {
    const { promise: asleep, resolve } = Promise.withResolvers<void>();
    const clock = {
      ...realClock,
      asleep,
      sleep(ms: number, until: AbortSignal) {
        resolve();
        return realClock.sleep(ms, until);
      },
    };
    const api = await open({ clock });
    fault({ how: "answer", status: 429, headers: { "retry-after": "300" } });
    const stop = new AbortController();
    const creating = failure(api.users.create(ann, { signal: stop.signal }));
    await clock.asleep;
    const started = performance.now();
    stop.abort(new Error("stopping"));
    expect(await creating).toBe(stop.signal.reason);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe("what is not a SCIM service", () => {
  test.each([
    [
      "a web page",
      { status: 200, headers: { "content-type": "text/html" }, body: "<html><title>Welcome</title>" },
      /answered a web page \(200\)/,
    ],
    [
      "a web page that calls itself JSON",
      { status: 200, headers: { "content-type": "application/json" }, body: "<!DOCTYPE html>" },
      /a web page/,
    ],
    [
      "text",
      { status: 200, headers: { "content-type": "text/plain" }, body: "{}" },
      /content of type text\/plain/,
    ],
    ["nothing", { status: 200 }, /answered nothing/],
    [
      "a list",
      { status: 200, headers: { "content-type": "application/json" }, body: "[]" },
      /JSON that is no object/,
    ],
    [
      "JSON made to exhaust the stack",
      {
        status: 200,
        headers: { "content-type": "application/json" },
        body: `{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
      },
      /nested too deeply/,
    ],
    ["404 for the list of users", { status: 404 }, /has no SCIM service at its baseUrl/],
    [
      "a page that says 404",
      { status: 404, headers: { "content-type": "text/html" }, body: "<html>" },
      /has no SCIM service/,
    ],
  ] satisfies [string, Omit<Fault, "how">, RegExp][])(
    "stops the connection: %s",
    async (_title, given, message) => {
      const api = await open();
      fault({ how: "answer", ...given });
      const error = await failure(api.users.find("userName", "ann@example.com", signal));
      expect(error).toBeInstanceOf(ConnectionError);
      expect((error as ConnectionError).message).toMatch(message);
      expect((error as ConnectionError).hint).toMatch(/baseUrl/);
    },
  );

  test("does not make us drop a link: a web page with 404 for one user is no proof", async () => {
    const api = await open();
    fault({ how: "answer", status: 404, headers: { "content-type": "text/html" }, body: "<html>" });
    expect(await failure(api.users.get("1", signal))).toBeInstanceOf(ConnectionError);
    expect(
      await failure(api.users.patch("1", [{ op: "replace", path: "active", value: false }], { signal })),
    ).toBeInstanceOf(ConnectionError);
    expect(await failure(api.users.delete("1", { signal }))).toBeInstanceOf(ConnectionError);
  });

  test("gets neither our token nor our trust by a redirect", async () => {
    const elsewhere = await startScimService();
    opened.push({ close: () => elsewhere.stop() });
    const api = await open();
    fault({ how: "answer", status: 307, headers: { location: `${elsewhere.baseUrl}/Users` } });
    for (const work of [api.users.create(ann, { signal }), api.users.get("1", signal)]) {
      const error = await failure(work);
      expect(error).toBeInstanceOf(ConnectionError);
      expect((error as ConnectionError).message).toContain(
        `redirects to ${new URL(elsewhere.baseUrl).origin} (307)`,
      );
    }
    expect(elsewhere.count()).toBe(0);
  });

  test("cannot fill our memory", async () => {
    const api = await open();
    fault({
      how: "answer",
      status: 200,
      headers: { "content-type": "application/json" },
      body: `{"a":"${"x".repeat(33 * 1024 * 1024)}"}`,
    });
    expect((await transient(api.users.get("1", signal))).message).toMatch(/more than 33554432 bytes/);
  });
});

describe("a refusal", () => {
  const scim = (status: number, scimType: string, detail: string): Omit<Fault, "how"> => ({
    status,
    headers: { "content-type": "application/scim+json" },
    body: JSON.stringify({
      schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
      status: String(status),
      scimType,
      detail,
    }),
  });

  test.each([
    [scim(409, "uniqueness", "taken"), "uniqueness"],
    [{ status: 409 }, "uniqueness"],
    [scim(400, "uniqueness", "taken"), "uniqueness"],
    [scim(400, "invalidValue", "no"), "invalid-value"],
    [scim(400, "mutability", "no"), "mutability"],
    [{ status: 403, body: "no" }, "forbidden"],
    [{ status: 412 }, "changed-meanwhile"],
    [{ status: 413 }, "invalid-value"],
    [{ status: 422 }, "invalid-value"],
    [{ status: 404 }, "not-found"],
    [{ status: 410 }, "not-found"],
    [{ status: 405 }, "mutability"],
    [{ status: 501 }, "mutability"],
    [{ status: 402 }, "seats"],
    [scim(403, "", "You have reached the limit of your license"), "seats"],
    [scim(400, "", "No seats left"), "seats"],
  ] satisfies [Omit<Fault, "how">, string][])("%j is %s", async (given, code) => {
    const api = await open();
    fault({ how: "answer", ...given });
    const error = await failure(
      api.users.patch("1", [{ op: "replace", path: "title", value: "x" }], { signal }),
    );
    expect(error).toBeInstanceOf(ItemError);
    expect(error).toMatchObject({ code, status: given.status });
  });

  test("keeps what the service said out of the message, cut and with control characters escaped", async () => {
    const api = await open();
    const said = `ann@example.com\u001b[31m\n${"x".repeat(400)}`;
    fault({ how: "answer", ...scim(400, "invalidValue", said) });
    const error = (await failure(api.users.create(ann, { signal }))) as ItemError;
    expect(error.message).toBe("app refused to create a user: it does not accept a value (400)");
    expect(error.detail).toMatch(/^ann@example.com\\u001b\[31m\\u000ax+$/);
    expect(error.detail).toHaveLength(200);
  });

  test.each([
    ["text/plain", "Unauthorized", "Unauthorized"],
    ["application/json", '{"error":{"message":"nope"}}', "nope"],
    ["application/json", '{"Errors":[{"description":"old style"}]}', "old style"],
    ["text/html", "<html><title>502 Bad\u0000 Gateway</title>", "502 Bad\\u0000 Gateway"],
    ["application/json", "", undefined],
  ])("is read in whatever form it comes: %s %j", async (type, body, detail) => {
    const api = await open();
    fault({ how: "answer", status: 400, headers: { "content-type": type }, body });
    expect(await failure(api.users.create(ann, { signal }))).toMatchObject({ code: "invalid-value", detail });
  });

  test("of our token stops everything: 401 anywhere, 403 for a whole list", async () => {
    const api = await open();
    fault({ how: "answer", status: 401, method: "PATCH" }, { how: "answer", status: 403, method: "GET" });
    expect(
      await failure(api.users.patch("1", [{ op: "replace", path: "title", value: "x" }], { signal })),
    ).toBeInstanceOf(CredentialsRefused);
    expect(await failure(api.users.find("userName", "x", signal))).toBeInstanceOf(CredentialsRefused);
    expect(await failure(api.groups.list(signal)[Symbol.asyncIterator]().next())).toBeInstanceOf(
      CredentialsRefused,
    );
  });
});

describe("one resource", () => {
  test.each(["", ".", ".."])(
    "is never asked for by an id that a URL reads as another place: %j",
    async (id) => {
      const api = await open();
      expect(await failure(api.users.delete(id, { signal }))).toMatchObject({ code: "invalid-value" });
      expect(service.count()).toBe(0);
    },
  );

  test("is asked for by an id that is percent-encoded", async () => {
    const api = await open();
    expect(await api.users.get("a/../b?c#d", signal)).toBeUndefined();
    expect(service.log[0]?.path).toBe("/Users/a%2F..%2Fb%3Fc%23d");
  });

  test("that is another one than was asked for stops the connection", async () => {
    const api = await open();
    fault({
      how: "answer",
      status: 200,
      headers: { "content-type": "application/json" },
      body: '{"id":"2"}',
    });
    expect(await failure(api.users.get("1", signal))).toBeInstanceOf(ConnectionError);
  });

  test("of a service that cannot delete is not deleted", async () => {
    const api = await open({ more: { profile: "salesforce" } });
    expect(api.capabilities.delete).toEqual({ user: false, group: true });
    expect(await failure(api.users.delete("1", { signal }))).toMatchObject({ code: "mutability" });
    expect(service.count()).toBe(0);
  });

  test("without a change is not written", async () => {
    const api = await open();
    await api.users.patch("1", [], { signal });
    expect(service.count()).toBe(0);
  });
});

test("no more requests are in flight than allowed", async () => {
  const api = await open({ more: { concurrency: 3 } });
  let most = 0;
  service.switches.slowMs = 5;
  const watch = setInterval(() => {
    most = Math.max(most, service.inFlight());
  }, 1);
  await Promise.all(Array.from({ length: 30 }, (_, index) => api.users.get(String(index), signal)));
  clearInterval(watch);
  expect(most).toBe(3);
});
