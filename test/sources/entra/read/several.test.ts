/** Many who were not found are asked for in few requests, and it proves no more than asking for each alone. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Change, Source } from "../../../../src/sources/source.ts";
import { type EntraTenant, startEntraTenant } from "../../../stand-ins/entra/tenant.ts";
import { sourceOn } from "../entra-world.ts";

type One = { readonly kind: "user" | "group"; readonly id: string };

let tenant: EntraTenant;
let source: Source;
const signal = () => AbortSignal.timeout(20_000);

beforeEach(async () => {
  tenant = await startEntraTenant();
  source = sourceOn(tenant);
});

afterEach(async () => {
  await source.close();
  await tenant.stop();
});

async function several(objects: readonly One[]): Promise<readonly (readonly Change[])[]> {
  const told: (readonly Change[])[] = [];
  for await (const changes of source.readSeveral?.(objects, signal()) ?? []) told.push(changes);
  return told;
}

async function eachAlone(objects: readonly One[]): Promise<readonly (readonly Change[])[]> {
  const told: (readonly Change[])[] = [];
  for (const { kind, id } of objects) told.push(await source.read(kind, id, signal()));
  return told;
}

function leavers(count: number): readonly One[] {
  return Array.from({ length: count }, (_, n) => {
    const id = tenant.createUser({ displayName: `Leaver ${n}` });
    if (n % 2 === 0) tenant.softDelete(id);
    else tenant.hardDelete(id);
    return { kind: "user", id };
  });
}

test("what is told of many is what is told of each alone, in a twentieth of the requests", async () => {
  const gone = leavers(45);
  const ann = tenant.createUser({ displayName: "Ann" });
  const team = tenant.createGroup({ displayName: "Team" }, [ann]);
  const old = tenant.createGroup({ displayName: "Old" });
  tenant.softDelete(old);
  const objects: One[] = [
    ...gone.slice(0, 7),
    { kind: "user", id: ann },
    ...gone.slice(7),
    { kind: "group", id: old },
    { kind: "group", id: team },
  ];
  const alone = await eachAlone(objects);
  expect(alone.flat().filter(({ type }) => type === "absent")).toHaveLength(46);
  tenant.requests.clear();
  expect(await several(objects)).toEqual(alone);
  expect(tenant.requests.count(/^\/\$batch$/)).toBe(6);
  // Who is there: the record and the groups, of the group the members, too.
  expect(tenant.requests.count()).toBe(6 + 2 + 3);
});

test("whoever cannot be answered right now is asked for alone", async () => {
  const objects = leavers(4);
  const alone = await eachAlone(objects);
  const [first, second, third] = objects.map(({ id }) => id);
  tenant.faults.push(
    { path: new RegExp(`^/users/${first}`), how: { type: "throttle", retryAfter: 0.1 } },
    { path: new RegExp(`^/users/${second}`), how: { type: "status", status: 503 } },
    { path: new RegExp(`^/directory/deletedItems/${third}`), how: { type: "throttle" } },
  );
  tenant.requests.clear();
  expect(await several(objects)).toEqual(alone);
  expect(tenant.faults).toEqual([]);
  expect(tenant.requests.count()).toBe(2 + 3 * 2);
});

test.each([403, 404, 405, 501])(
  "where something in between answers %i to what is no GET, each is asked for alone",
  async (status) => {
    const objects = leavers(3);
    const alone = await eachAlone(objects);
    const headers = { "Content-Type": "text/html" };
    const how = { type: "answer", status, headers, body: "<html>No way</html>" } as const;
    tenant.faults.push({ path: /^\/\$batch/, times: Number.POSITIVE_INFINITY, how });
    expect(await several(objects)).toEqual(alone);
  },
  30_000,
);

test("a batch that is throttled as a whole is sent again when it is due", async () => {
  const objects = leavers(3);
  const alone = await eachAlone(objects);
  tenant.faults.push({ path: /^\/\$batch/, times: 2, how: { type: "throttle", retryAfter: 0.2 } });
  tenant.requests.clear();
  expect(await several(objects)).toEqual(alone);
  expect(tenant.requests.count()).toBe(4);
});

test("answers that a batch leaves out, or gives in other words than Graph's, prove nothing", async () => {
  const ids = [1, 2, 3].map((n) => tenant.createUser({ displayName: `There ${n}` }));
  const objects = ids.map((id): One => ({ kind: "user", id }));
  const alone = await eachAlone(objects);
  const answers = [
    { responses: [] },
    { responses: [{ id: "7", status: 404, body: {} }] },
    { responses: [{ id: "0", status: 404, body: "<html>Not here</html>" }] },
    { responses: [{ id: "0", status: 404, body: { error: { code: "NotFound", message: "" } } }] },
    { responses: "none" },
    {},
  ];
  for (const body of answers) {
    const headers = { "Content-Type": "application/json" };
    tenant.faults.push({
      path: /^\/\$batch/,
      how: { type: "answer", status: 200, headers, body: JSON.stringify(body) },
    });
    expect(await several(objects), JSON.stringify(body)).toEqual(alone);
  }
});

test("is not asked any more once that is not wanted", async () => {
  const objects = leavers(41);
  const stop = new AbortController();
  const told: (readonly Change[])[] = [];
  const reading = async () => {
    for await (const changes of source.readSeveral?.(objects, stop.signal) ?? []) {
      told.push(changes);
      if (told.length === 20) stop.abort();
    }
  };
  await expect(reading()).rejects.toThrow();
  expect(told).toHaveLength(20);
});
