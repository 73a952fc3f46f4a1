import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  ConnectionError,
  CredentialsRefused,
  CursorLost,
  isRollcallError,
  TransientError,
} from "../../../../src/errors.ts";
import type { Source } from "../../../../src/sources/source.ts";
import type { Fault, Trouble } from "../../../stand-ins/entra/faults.ts";
import { type EntraTenant, startEntraTenant } from "../../../stand-ins/entra/tenant.ts";
import { pollAll } from "../../fold.ts";
import { sourceOn } from "../entra-world.ts";
import { FastClock } from "../fast-clock.ts";

let tenant: EntraTenant;
let clock: FastClock;
let source: Source;

beforeEach(async () => {
  tenant = await startEntraTenant();
  tenant.createGroup({ displayName: "app" }, [tenant.createUser({ displayName: "Ann" })]);
  clock = new FastClock();
  source = sourceOn(tenant, { clock });
});

afterEach(async () => {
  await source.close();
  await tenant.stop();
});

function fault(how: Trouble, rest: Omit<Fault, "how"> = {}): void {
  tenant.faults.push({ how, ...rest });
}

async function failure(act: Promise<unknown>): Promise<Error> {
  const error = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error("nothing was thrown");
  return error;
}

const poll = () => pollAll(source, undefined);

describe("Microsoft Graph asks us to wait", () => {
  test("a fraction of a second is waited to the millisecond, and the read goes on", async () => {
    fault({ type: "throttle", retryAfter: 2.128 }, { path: /^\/users\/delta/ });
    expect((await poll()).changes).toHaveLength(4);
    expect(clock.slept.some((ms) => ms > 2_100 && ms <= 2_128)).toBe(true);
  });

  test("a date is waited for", async () => {
    const date = new Date(Date.now() + 90_000).toUTCString();
    fault({ type: "answer", status: 503, headers: { "Retry-After": date } });
    expect((await poll()).changes).toHaveLength(4);
    expect(Math.max(...clock.slept)).toBeGreaterThan(80_000);
  });

  test("every request of the tenant waits, also those that were not refused", async () => {
    const sleepers: (() => void)[] = [];
    let now = Date.now();
    const reader = sourceOn(tenant, {
      clock: { now: () => now, sleep: () => new Promise((resolve) => sleepers.push(resolve)) },
    });
    const find = () => reader.find("user", "ann", AbortSignal.timeout(10_000));
    await find();
    fault({ type: "throttle", retryAfter: 30 });
    const refused = find();
    await expect.poll(() => sleepers.length).toBe(1);
    const sent = tenant.requests.count();
    const other = find();
    await expect.poll(() => sleepers.length).toBe(2);
    expect(tenant.requests.count()).toBe(sent);
    now += 30_000;
    for (const wake of sleepers) wake();
    await Promise.all([refused, other]);
    expect(tenant.requests.count()).toBe(sent + 2);
    await reader.close();
  });

  test("whoever states no time is asked six times, with growing waits", async () => {
    fault({ type: "status", status: 500 }, { path: /^\/users\/delta/, times: Number.POSITIVE_INFINITY });
    const error = await failure(poll());
    expect(error).toBeInstanceOf(TransientError);
    expect(error.message).toMatch(/cannot answer for the moment \(500 InternalServerError\)/);
    expect(tenant.requests.count(/^\/users\/delta$/)).toBe(6);
    expect(clock.slept.length).toBe(5);
    expect(clock.slept.at(-1)).toBeGreaterThan(clock.slept[0] ?? Number.NaN);
  });

  test("a storm of 429 ends after ten minutes with the time to come back", async () => {
    fault({ type: "throttle", retryAfter: 100 }, { times: Number.POSITIVE_INFINITY });
    const error = await failure(poll());
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ retryAfterMs: 100_000, outcome: "none" });
    expect(tenant.requests.count(/^\/users\/delta$/)).toBeLessThan(10);
  });

  test("an abort ends the wait at once", async () => {
    const reason = new Error("stopped by the test");
    const controller = new AbortController();
    const patient = sourceOn(tenant, {
      clock: {
        now: Date.now,
        sleep: (_, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason), { once: true });
            controller.abort(reason);
          }),
      },
    });
    fault({ type: "throttle", retryAfter: 500 }, { times: 2 });
    expect(await failure(pollAll(patient, undefined, controller.signal))).toBe(reason);
    await patient.close();
  });
});

describe("an answer that cannot be used", () => {
  test.each([
    ["cut", { type: "cut", bytes: 30 }],
    ["lost", { type: "lose" }],
  ] as const)("is asked for again when it was %s", async (_, how) => {
    fault(how, { path: /^\/groups\/delta/ });
    expect((await poll()).changes).toHaveLength(4);
  });

  test("ends the read without a cursor when it is cut every time", async () => {
    fault({ type: "cut", bytes: 30 }, { path: /^\/groups/, times: Number.POSITIVE_INFINITY });
    expect(await failure(poll())).toBeInstanceOf(TransientError);
  });

  test("is refused when a portal answers in place of Graph", async () => {
    const headers = { "Content-Type": "text/html" };
    fault({ type: "answer", status: 200, headers, body: "<html>please log in</html>" });
    const error = await failure(poll());
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toMatch(/something else than JSON/);
  });

  test("is not followed to another host, and our token does not go there", async () => {
    fault({ type: "foreign link", origin: "https://evil.example" }, { path: /^\/users\/delta/ });
    tenant.switches.emptyLastPage = true;
    const error = await failure(poll());
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toMatch(/link to https:\/\/evil\.example, which is not followed/);
  });

  test("is not followed to where a redirect leads", async () => {
    fault({ type: "answer", status: 302, headers: { Location: "https://evil.example/" } });
    expect((await failure(poll())).message).toMatch(/sends us elsewhere \(302\)/);
  });
});

describe("our place in the changes", () => {
  test.each(["400 syncStateNotFound", "410 with Location"] as const)(
    "is lost when Graph says %s, before anything is told",
    async (answer) => {
      const { cursor } = await poll();
      tenant.switches.expiredAnswer = answer;
      tenant.loseSyncState();
      const told: unknown[] = [];
      const reading = (async () => {
        for await (const page of source.poll(cursor, AbortSignal.timeout(5_000))) told.push(page);
      })();
      expect(await failure(reading)).toBeInstanceOf(CursorLost);
      expect(told).toEqual([]);
    },
  );

  test("is lost by a 410 in the midst of a round of changes, and with an empty body", async () => {
    const { cursor } = await poll();
    tenant.switches.emptyLastPage = true;
    tenant.createUser({ displayName: "Bob" });
    fault({ type: "answer", status: 410 }, { path: /skiptoken/ });
    expect(await failure(pollAll(source, cursor))).toBeInstanceOf(CursorLost);
  });

  test("is only postponed when a full read is cut off by a 410 or an expired page", async () => {
    tenant.switches.emptyLastPage = true;
    fault({ type: "expired", answer: "410 with Location" }, { path: /skiptoken/ });
    expect(await failure(poll())).toBeInstanceOf(TransientError);
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ error: { code: "Directory_ExpiredPageToken", message: "" } });
    fault({ type: "answer", status: 400, body, headers }, { path: /skiptoken/ });
    expect(await failure(poll())).toBeInstanceOf(TransientError);
  });

  test("is renewed by quiet polls, so that a token's seven days never pass", async () => {
    let now = Date.now();
    const aging = await startEntraTenant({ now: () => now });
    aging.createUser({ displayName: "Ann" });
    const reader = sourceOn(aging, { clock });
    let { cursor } = await pollAll(reader, undefined);
    for (let round = 0; round < 3; round++) {
      now += 5 * 86_400_000;
      const polled = await pollAll(reader, cursor);
      expect(polled.changes).toEqual([]);
      cursor = polled.cursor;
    }
    now += 8 * 86_400_000;
    expect(await failure(pollAll(reader, cursor))).toBeInstanceOf(CursorLost);
    await reader.close();
    await aging.stop();
  });
});

test("a quiet poll is one request a stream", async () => {
  const { cursor } = await poll();
  tenant.requests.clear();
  await pollAll(source, cursor);
  expect(tenant.requests.counts()).toEqual({ "/users/delta": 1, "/groups/delta": 1 });
  expect(tenant.requests.logins()).toBe(0);
});

test("an access token that is not taken is renewed once; then the credentials count as refused", async () => {
  await poll();
  fault({ type: "unauthorized" }, { path: /^\/users\/delta/ });
  await poll();
  expect(tenant.requests.logins()).toBe(2);
  fault({ type: "unauthorized" }, { times: Number.POSITIVE_INFINITY });
  const error = await failure(poll());
  expect(error).toBeInstanceOf(CredentialsRefused);
  expect(error.message).toMatch(/does not accept our token, not even a new one/);
});

test("a missing permission is named with the least one that would do", async () => {
  tenant.revoke(["User.Read.All"]);
  const error = await failure(poll());
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error.message).toMatch(
    /refuses to read people and their changes: the application lacks a permission/,
  );
  expect(isRollcallError(error) && error.hint).toMatch(/application permission User\.Read\.All/);
});

test("a property that Entra ID does not have is the mapping's mistake", async () => {
  const wrong = sourceOn(tenant, { clock, select: { user: ["nonsense"], group: [] } });
  const error = await failure(pollAll(wrong, undefined));
  expect(isRollcallError(error) && error.hint).toMatch(/does the mapping name a property/);
  await wrong.close();
});

test("a tenant with nobody is an error and no empty company", async () => {
  const empty = await startEntraTenant();
  const reader = sourceOn(empty, { clock });
  const error = await failure(pollAll(reader, undefined));
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error.message).toMatch(/nobody at all/);
  await reader.close();
  await empty.stop();
});
