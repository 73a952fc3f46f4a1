import { afterEach, beforeEach, expect, test } from "vitest";
import { ConnectionError, ItemError, TransientError } from "../../../src/errors.ts";
import type { Log } from "../../../src/log.ts";
import { silent } from "../../../src/log.ts";
import type { ScimApi } from "../../../src/scim/api.ts";
import { buildResource } from "../../../src/scim/build.ts";
import { type ScimService, type Switches, startScimService } from "../../stand-ins/scim-service.ts";
import { type OpenOptions, openScim } from "../open-scim.ts";

const signal = new AbortController().signal;
let service: ScimService;
let api: ScimApi;
const opened: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  service = await startScimService();
  opened.push({ close: () => service.stop() });
});

afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close();
});

async function world(people: number, switches: Partial<Switches>, options: OpenOptions = {}): Promise<void> {
  for (let each = 0; each < people; each++)
    service.store.create("Users", {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
      userName: `p${each}@example.com`,
      externalId: `x${each}`,
    });
  Object.assign(service.switches, switches);
  const examined = await openScim(service, options);
  opened.push(examined);
  api = examined.api;
}

test("a look-up is one request with one eq, and a hit is compared in full", async () => {
  await world(30, {});
  const [hit] = await api.users.find("externalId", "x7", signal);
  expect(hit?.["userName"]).toBe("p7@example.com");
  expect(service.log.map(({ path }) => path)).toEqual([
    "/Users?filter=externalId%20eq%20%22x7%22&startIndex=1&count=100",
  ]);
});

test("a service that ignores filters still gives the right person, and nobody for nobody", async () => {
  await world(250, { ignoresFilter: true });
  expect(
    (await api.users.find("userName", "P249@example.com", signal)).map((each) => each["userName"]),
  ).toEqual(["p249@example.com"]);
  expect(await api.users.find("userName", "p2", signal)).toEqual([]);
});

test("a service that ignores filters and paging is not believed when it shows nobody: that would make a second account", async () => {
  await world(250, { ignoresFilter: true, ignoresStartIndex: true });
  const error = await api.users
    .find("userName", "p249@example.com", signal)
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConnectionError);
  expect(service.count()).toBeLessThan(6);
});

test.each([
  ["pages smaller than asked for", { pageMax: 7 }],
  ["the first page again past the end", { pastTheEnd: "first page" }],
  ["exactly full pages", { pageMax: 50 }],
] satisfies [string, Partial<Switches>][])(
  "a list ends and shows everybody once: %s",
  async (_title, switches) => {
    await world(150, switches);
    const names: unknown[] = [];
    for await (const each of api.users.list(signal)) names.push(each["userName"]);
    expect(new Set(names).size).toBe(150);
    expect(names).toHaveLength(150);
  },
);

test("a list of which the service shows a part only ends, and says so in the log", async () => {
  const warnings: unknown[] = [];
  const log: Log = { ...silent, warn: (fields) => warnings.push(fields) };
  await world(150, { ignoresStartIndex: true }, { log });
  let seen = 0;
  for await (const _ of api.users.list(signal)) seen += 1;
  expect(seen).toBe(100);
  expect(warnings).toEqual([{ target: "app", kind: "user", seen: 100, total: 150 }]);
});

test("a service without paging is asked for everything at once", async () => {
  await world(120, { pageMax: 1_000 }, { more: { profile: "google-cloud-identity" } });
  let seen = 0;
  for await (const _ of api.users.list(signal)) seen += 1;
  expect([seen, service.log.map(({ path }) => path)]).toEqual([120, ["/Users"]]);
});

const json = { "content-type": "application/json" };

test("an id that comes twice in one page is one person", async () => {
  await world(0, {});
  const body =
    '{"totalResults":2,"Resources":[{"id":"1","userName":"a"},{"id":"1","userName":"a"},{"id":2},{"id":""},{},7]}';
  service.switches.faults.push({ how: "answer", times: 1, status: 200, headers: json, body });
  const ids: string[] = [];
  for await (const { id } of api.users.list(signal)) ids.push(id);
  expect(ids).toEqual(["1", "2"]);
});

test.each([
  ["more than it ever shows", "generic", '{"totalResults":1000000,"Resources":[{"id":"1"}]}'],
  [
    "another page for ever",
    "aws-identity-center",
    '{"nextCursor":"again","Resources":[{"id":"1"}],"totalResults":1}',
  ],
])("a service that promises %s is not asked for ever", async (_title, profile, body) => {
  await world(0, {}, { more: { profile } });
  service.switches.faults.push({ how: "answer", status: 200, headers: json, body });
  let seen = 0;
  for await (const _ of api.users.list(signal)) seen += 1;
  expect([seen, service.count()]).toEqual([1, 4]);
});

test("a page may be empty in mid-list", async () => {
  await world(150, {});
  service.switches.faults.push({
    how: "answer",
    path: "startIndex=101&",
    times: 1,
    status: 200,
    headers: { "content-type": "application/json" },
    body: '{"totalResults":350}',
  });
  for (let each = 0; each < 200; each++)
    service.store.create("Users", {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
      userName: `late${each}`,
    });
  let seen = 0;
  for await (const _ of api.users.list(signal)) seen += 1;
  expect(seen).toBe(250);
});

test("groups are listed and read without members", async () => {
  await world(1, {});
  const [{ id }] = service.store.all("Users") as [{ id: string }];
  const group = await api.groups.create(buildResource("group", { displayName: "Team" }), { signal });
  await api.groups.changeMembers(group.id, { add: [id], remove: [] }, { signal });
  expect((await api.groups.get(group.id, signal))?.["members"]).toBeUndefined();
  expect(service.log.at(-1)?.path).toMatch(/excludedAttributes=members/);
});

test("adds and removes are one request each, and never a remove of the whole list", async () => {
  await world(40, {});
  const ids = service.store.all("Users").map(({ id }) => String(id));
  const group = await api.groups.create(buildResource("group", { displayName: "Team" }), { signal });
  await api.groups.changeMembers(group.id, { add: ids.slice(0, 20), remove: [] }, { signal });
  await api.groups.changeMembers(group.id, { add: ids.slice(20), remove: ids.slice(0, 20) }, { signal });
  const sent = service.log
    .filter(({ method }) => method === "PATCH")
    .map(({ body }) => JSON.parse(body).Operations as { op: string; path: string; value?: unknown[] }[]);
  expect(
    sent.map((operations) => operations.map(({ op, path }) => `${op} ${path.replace(/".*"/, '"id"')}`)),
  ).toEqual([
    ["add members"],
    ["add members"],
    Array.from({ length: 20 }, () => 'remove members[value eq "id"]'),
  ]);
  expect(await api.groups.members(group.id, signal)).toEqual(new Set(ids.slice(20)));
});

test("a body that would be too large goes in pieces", async () => {
  await world(40, {}, { more: { quirks: { maxBodyBytes: 1_000 } } });
  const ids = service.store.all("Users").map(({ id }) => String(id));
  const group = await api.groups.create(buildResource("group", { displayName: "Team" }), { signal });
  await api.groups.changeMembers(group.id, { add: ids, remove: [] }, { signal });
  await api.groups.changeMembers(group.id, { add: [], remove: ids.slice(1) }, { signal });
  expect(await api.groups.members(group.id, signal)).toEqual(new Set(ids.slice(0, 1)));
  const sizes = service.log
    .filter(({ method }) => method === "PATCH")
    .map(({ body }) => Buffer.byteLength(body));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
  expect(sizes.length).toBeGreaterThan(3);
});

test("when a later piece is refused, the whole is in doubt, because a part of it stands", async () => {
  await world(2, {});
  const ids = service.store.all("Users").map(({ id }) => String(id));
  const group = await api.groups.create(buildResource("group", { displayName: "Team" }), { signal });
  await api.groups.changeMembers(group.id, { add: ids.slice(0, 1), remove: [] }, { signal });
  service.switches.faults.push({ how: "answer", method: "PATCH", after: 1, status: 400 });
  const change = { add: ids.slice(1), remove: ids.slice(0, 1) };
  const error = await api.groups
    .changeMembers(group.id, change, { signal })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TransientError);
  expect((error as TransientError).outcome).toBe("unknown");
  expect(await api.groups.members(group.id, signal)).toEqual(new Set(ids));
  const again = await api.groups
    .changeMembers(group.id, { add: [], remove: ids.slice(0, 1) }, { signal })
    .catch((reason: unknown) => reason);
  expect(again).toMatchObject({ code: "invalid-value" });
});

test("members that the profile calls hidden are not asked for", async () => {
  await world(0, { hidesMembers: true }, { more: { profile: "aws-identity-center" } });
  const error = await api.groups.members("1", signal).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ItemError);
  expect([(error as ItemError).code, service.count()]).toEqual(["mutability", 0]);
});

test("a group beyond the largest that a PUT may carry is refused before it is written", async () => {
  await world(5, { putOnly: true }, { more: { quirks: { update: "put", membersPerRequest: 4 } } });
  const ids = service.store.all("Users").map(({ id }) => String(id));
  const group = await api.groups.create(buildResource("group", { displayName: "Team" }), { signal });
  await api.groups.changeMembers(group.id, { add: ids.slice(0, 4), remove: [] }, { signal });
  const error = await api.groups
    .changeMembers(group.id, { add: ids.slice(4), remove: [] }, { signal })
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "mutability" });
  expect(await api.groups.members(group.id, signal)).toEqual(new Set(ids.slice(0, 4)));
});

test("a PUT of members that somebody changed in between is refused, not lost", async () => {
  await world(2, { putOnly: true, slowMs: 0 }, { more: { quirks: { update: "put" } } });
  const ids = service.store.all("Users").map(({ id }) => String(id));
  const group = await api.groups.create(buildResource("group", { displayName: "Team" }), { signal });
  const changes = await Promise.allSettled(
    ids.map((id) => api.groups.changeMembers(group.id, { add: [id], remove: [] }, { signal })),
  );
  const held = await api.groups.members(group.id, signal);
  const accepted = ids.filter((_, index) => changes[index]?.status === "fulfilled");
  expect(held).toEqual(new Set(accepted));
});
