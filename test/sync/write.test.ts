import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ItemError, TransientError } from "../../src/errors.ts";
import type { ScimApi } from "../../src/scim/api.ts";
import { buildResource } from "../../src/scim/build.ts";
import type { Attributes, StoredResource } from "../../src/scim/resource.ts";
import { writeDifference } from "../../src/sync/write.ts";
import type { Stored } from "../stand-ins/scim-patch.ts";
import { type ScimService, startScimService } from "../stand-ins/scim-service.ts";
import type { Examined } from "../targets/exam.ts";
import { openScim } from "../targets/open-scim.ts";

const { signal } = new AbortController();
const running: { readonly service: ScimService; readonly target: Examined }[] = [];

afterEach(async () => {
  for (const { service, target } of running.splice(0)) {
    await target.close();
    await service.stop();
  }
});

async function start(update: "patch" | "put"): Promise<{ service: ScimService; api: ScimApi }> {
  const service = await startScimService({ switches: { putOnly: update === "put" } });
  const target = await openScim(service, { more: { quirks: { update } } });
  running.push({ service, target });
  return { service, api: target.api };
}

async function person(api: ScimApi, values: Attributes = {}): Promise<StoredResource> {
  const { id } = await api.users.create(
    buildResource("user", { userName: "ann@example.com", title: "Engineer", ...values }, { active: true }),
    { signal },
  );
  return readAgain(api, id);
}

async function readAgain(api: ScimApi, id: string): Promise<StoredResource> {
  const found = await api.users.get(id, signal);
  if (found === undefined) throw new Error("gone");
  return found;
}

/** Somebody else changes it behind our back, as often as is said, each time that we are about to write. */
function meddle(service: ScimService, method: "put" | "patch", times: number): void {
  const store = service.store;
  const honest = store[method].bind(store) as (...given: unknown[]) => unknown;
  let left = times;
  Object.assign(store, {
    [method]: (collection: "Users" | "Groups", id: string, ...rest: unknown[]) => {
      const held = store.read(collection, id);
      if (left > 0) {
        left -= 1;
        const meta = held["meta"] as Stored;
        meta["version"] = `W/"${Number(/\d+/.exec(String(meta["version"]))?.[0]) + 1}"`;
        held["nickName"] = `meddled ${left}`;
      }
      return honest(collection, id, ...rest);
    },
  });
}

async function refusal(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe.each(["patch", "put"] as const)("a change by %s", (update) => {
  const method = update;

  test("of what somebody else changed meanwhile is refused, and sent once", async () => {
    const { service, api } = await start(update);
    const read = await person(api);
    meddle(service, method, 1);
    const error = await refusal(writeDifference(api, "user", read, { title: "Captain" }, signal));
    expect(error).toMatchObject({ code: "changed-meanwhile" });
    expect(service.count(method.toUpperCase())).toBe(1);
    expect(await readAgain(api, read.id)).toMatchObject({ title: "Engineer", nickName: "meddled 0" });
  });

  test("of somebody who is gone meanwhile is not found", async () => {
    const { service, api } = await start(update);
    const read = await person(api);
    service.store.remove("Users", read.id, undefined);
    expect(await refusal(writeDifference(api, "user", read, { title: "Captain" }, signal))).toMatchObject({
      code: "not-found",
    });
  });

  test("goes out with the version that was read, and without one where there is none", async () => {
    const { service, api } = await start(update);
    const read = await person(api);
    const conditions: (string | undefined)[] = [];
    const store = service.store;
    const honest = store[method].bind(store) as (...given: unknown[]) => Stored;
    Object.assign(store, {
      [method]: (collection: unknown, id: unknown, body: unknown, ifMatch: string | undefined) => {
        conditions.push(ifMatch);
        return honest(collection, id, body, ifMatch);
      },
    });
    await writeDifference(api, "user", read, { title: "Captain" }, signal);
    const { meta: _meta, ...without } = await readAgain(api, read.id);
    await writeDifference(api, "user", without, { title: "Pilot" }, signal);
    expect(conditions).toEqual([read.meta?.version, undefined]);
  });
});

test("a service that refuses its own versions is asked without them when the profile says so", async () => {
  const service = await startScimService();
  const target = await openScim(service, { more: { quirks: { versions: false } } });
  running.push({ service, target });
  const read = await person(target.api);
  const stale = { ...read, meta: { version: "not what it says" } };
  await writeDifference(target.api, "user", stale, { title: "Captain" }, signal);
  expect(await readAgain(target.api, read.id)).toMatchObject({ title: "Captain" });
  await target.api.users.delete(read.id, { signal, ifMatch: stale.meta.version });
  expect(service.count("PATCH", "DELETE")).toBe(2);
});

describe("a service that takes whole resources only", () => {
  let service: ScimService;
  let api: ScimApi;
  beforeEach(async () => {
    ({ service, api } = await start("put"));
  });

  /** What the service makes of a PUT before it keeps it. */
  function keeps(made: (body: Stored, before: Stored) => Stored): void {
    const { store } = service;
    const honest = store.put.bind(store);
    store.put = (collection, id, body, ifMatch) =>
      honest(collection, id, made(body, store.read(collection, id)), ifMatch);
  }

  test("keeps what we do not manage, and gets back nothing that only it may write", async () => {
    const read = await person(api, { nickName: "Annie" });
    Object.assign(service.store.all("Users")[0] ?? {}, { groups: [{ value: "7" }] });
    await writeDifference(api, "user", await readAgain(api, read.id), { title: null }, signal);
    const sent = JSON.parse(service.log.findLast((each) => each.method === "PUT")?.body ?? "{}") as Stored;
    expect(Object.keys(sent)).not.toEqual(expect.arrayContaining(["id"]));
    for (const name of ["id", "meta", "groups", "title"]) expect(sent).not.toHaveProperty(name);
    expect(sent).toMatchObject({ userName: "ann@example.com", nickName: "Annie", active: true });
  });

  test("and drops an attribute that it does not know is not believed", async () => {
    const read = await person(api);
    keeps(({ nickName: _dropped, ...rest }) => rest);
    const error = await refusal(
      writeDifference(api, "user", read, { nickName: "Annie", title: "Captain" }, signal),
    );
    expect(error).toBeInstanceOf(ItemError);
    expect(error).toMatchObject({ code: "not-kept", message: expect.stringMatching(/keep nickName$/) });
    expect((error as ItemError).message).not.toMatch(/Annie|Captain/);
  });

  test("and keeps a value that was left out in order to clear it is not believed", async () => {
    const read = await person(api);
    keeps((body, before) => ({ title: before["title"] ?? null, ...body }));
    expect(await refusal(writeDifference(api, "user", read, { title: null }, signal))).toMatchObject({
      code: "not-kept",
      message: expect.stringMatching(/keep title$/),
    });
  });

  test.each([
    ["200 and no content", 200],
    ["204", 204],
  ])("and answers %s did what it was asked", async (_title, status) => {
    const read = await person(api);
    service.switches.faults.push({ how: "answer", method: "PUT", status, effect: true });
    await writeDifference(api, "user", read, { title: "Captain" }, signal);
    expect(await readAgain(api, read.id)).toMatchObject({ title: "Captain" });
  });

  test("and cannot be read afterwards leaves the outcome open", async () => {
    const read = await person(api);
    service.switches.faults.push({ how: "answer", method: "GET", status: 503 });
    const error = await refusal(writeDifference(api, "user", read, { title: "Captain" }, signal));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ outcome: "unknown" });
  });
});

describe("a group of a service that takes whole resources only", () => {
  async function group(members: number, quirks: Readonly<Record<string, unknown>> = {}) {
    const service = await startScimService({ switches: { putOnly: true } });
    const target = await openScim(service, { more: { quirks: { update: "put", ...quirks } } });
    running.push({ service, target });
    const { api } = target;
    const ids: string[] = [];
    for (let n = 0; n < members; n++)
      ids.push((await api.users.create(buildResource("user", { userName: `p${n}` }), { signal })).id);
    const { id } = await api.groups.create(buildResource("group", { displayName: "Team" }), { signal });
    return { service, api, id, ids };
  }

  test("keeps its members when it is renamed, and its name when its members change", async () => {
    const { api, id, ids } = await group(3);
    await api.groups.changeMembers(id, { add: ids, remove: [] }, { signal });
    const read = await api.groups.get(id, signal);
    await writeDifference(api, "group", read ?? { id }, { displayName: "Crew" }, signal);
    await api.groups.changeMembers(id, { add: [], remove: ids.slice(0, 1) }, { signal });
    expect(await api.groups.members(id, signal)).toEqual(new Set(ids.slice(1)));
    expect(await api.groups.get(id, signal)).toMatchObject({ displayName: "Crew" });
  });

  test("that somebody else changed meanwhile is read and written once more, and then refused", async () => {
    const { service, api, id, ids } = await group(2);
    meddle(service, "put", 1);
    await api.groups.changeMembers(id, { add: ids, remove: [] }, { signal });
    expect(await api.groups.members(id, signal)).toEqual(new Set(ids));
    meddle(service, "put", 2);
    const change = api.groups.changeMembers(id, { add: [], remove: ids }, { signal });
    expect(await refusal(change)).toMatchObject({ code: "changed-meanwhile" });
    expect(await api.groups.members(id, signal)).toEqual(new Set(ids));
  });

  test.each([
    ["members", { membersPerRequest: 2 }, /3 members, and app takes 2$/],
    ["bytes", { maxBodyBytes: 200 }, /\d+ bytes, and app takes 200$/],
  ])("is refused as a whole beyond what the service takes: %s", async (_title, quirks, sentence) => {
    const { service, api, id, ids } = await group(3, quirks);
    const change = api.groups.changeMembers(id, { add: ids, remove: [] }, { signal });
    expect(await refusal(change)).toMatchObject({
      code: "mutability",
      message: expect.stringMatching(sentence),
    });
    expect(service.count("PUT")).toBe(0);
  });
});
