import { afterEach, describe, expect, test } from "vitest";
import { ItemError } from "../../src/errors.ts";
import { buildResource } from "../../src/scim/build.ts";
import { type ScimService, type Switches, startScimService } from "../stand-ins/scim-service.ts";
import { openScim } from "../targets/open-scim.ts";
import { World, type WorldOptions } from "../world.ts";

const ended: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).toReversed()) await end();
});

/** A world whose target is a SCIM service over HTTP. */
async function overHttp(
  switches: Partial<Switches>,
  quirks: Readonly<Record<string, unknown>> = {},
  options: WorldOptions = {},
): Promise<{ readonly w: World; readonly service: ScimService }> {
  const service = await startScimService({ switches });
  const w = new World(options);
  ended.push(
    () => service.stop(),
    () => w.end(),
  );
  w.target = async () => {
    const { api, close } = await openScim(service, { more: { quirks } });
    return { ...api, close };
  };
  w.directory
    .people("p", 10)
    .person("ann")
    .person("ben")
    .person("cleo")
    .group("red", ["ann"])
    .group("blue", ["ben"]);
  expect((await w.sync()).outcome).toBe("done");
  service.log.length = 0;
  return { w, service };
}

function goRound(w: World): void {
  w.directory
    .person("ann", { login: "ben@example.com" })
    .person("ben", { login: "cleo@example.com" })
    .person("cleo", { login: "ann@example.com" })
    .group("red", ["ann"], { name: "blue" })
    .group("blue", ["ben"], { name: "red" });
}

function held(service: ScimService, collection: "Users" | "Groups"): Record<string, unknown> {
  const name = collection === "Users" ? "userName" : "displayName";
  return Object.fromEntries(
    service.store
      .all(collection)
      .map((each) => [String(each["externalId"]), each[name]])
      .filter(([id]) => !/^p\d/.test(String(id))),
  );
}

const round = { ann: "ben@example.com", ben: "cleo@example.com", cleo: "ann@example.com" };

describe("names that go round at a service over HTTP", () => {
  test.each([
    ["by PATCH", { putOnly: false }, {}],
    ["by PUT", { putOnly: true }, { update: "put" }],
    ["by PATCH, of which the rules are known", { putOnly: false }, { enforcesUniqueness: true }],
  ] as const)(
    "%s go through one temporary name each for people and groups",
    async (_title, switches, quirks) => {
      const { w, service } = await overHttp(switches, quirks);
      goRound(w);
      const report = await w.sync();
      expect(report).toMatchObject({
        outcome: "done",
        failures: [],
        applied: { rename: 3, "step aside": 1, "rename group": 2, "step aside group": 1 },
      });
      expect(held(service, "Users")).toEqual(round);
      expect(held(service, "Groups")).toEqual({ red: "blue", blue: "red" });
      const writes = service.log.filter(({ method }) => method === "PATCH" || method === "PUT");
      const refused = writes.filter(({ status }) => status === 409).length;
      expect(refused).toBe("enforcesUniqueness" in quirks ? 0 : 2);
      expect(writes.length - refused).toBe(7);
    },
  );

  test("that lets two have the same name need no temporary one", async () => {
    const { w, service } = await overHttp({ uniqueness: false });
    goRound(w);
    expect((await w.sync()).applied).toEqual({ rename: 3, "rename group": 2 });
    expect(held(service, "Users")).toEqual(round);
    expect(service.log.filter(({ method }) => method === "PATCH")).toHaveLength(5);
  });

  test("that is down in the middle of it is finished by a later run", async () => {
    for (const after of [0, 1, 2, 3, 4]) {
      const { w, service } = await overHttp({}, {}, { settleMs: 1000 });
      goRound(w);
      service.switches.faults.push({
        how: "answer",
        method: "PATCH",
        status: 500,
        after,
        effect: after % 2 === 0,
      });
      await w.sync();
      service.switches.faults.length = 0;
      for (const _ of [1, 2, 3]) {
        w.clock.pass(25 * 3_600_000);
        await w.sync();
      }
      expect({ after, ...held(service, "Users") }).toEqual({ after, ...round });
      expect({ after, ...held(service, "Groups") }).toEqual({ after, red: "blue", blue: "red" });
    }
  });
});

test("a service that gives no id to whom it created holds one account in the end", async () => {
  const { w, service } = await overHttp({}, {}, { settleMs: 1000 });
  w.directory.person("dan").person("eve");
  service.switches.faults.push(
    { how: "answer", method: "POST", status: 201, effect: true, times: 1 },
    {
      how: "answer",
      method: "POST",
      status: 201,
      effect: true,
      times: 1,
      headers: { "content-type": "application/scim+json" },
      body: '{"userName":"eve@example.com"}',
    },
  );
  expect(await w.sync()).toMatchObject({ outcome: "done", applied: { create: 2 } });
  expect(service.count("POST")).toBe(2);
  expect(held(service, "Users")).toMatchObject({ dan: "dan@example.com", eve: "eve@example.com" });
});

test("somebody else's account that takes the name at the last moment is named, and left as it is", async () => {
  const { w, service } = await overHttp({}, { enforcesUniqueness: true });
  service.store.create("Users", buildResource("user", { userName: "dan@example.com" }) as never);
  w.directory.person("ann", { login: "dan@example.com" });
  const report = await w.sync();
  expect(report.failures).toMatchObject([
    { sourceId: "ann", message: expect.stringMatching(/has this userName, and is none of ours$/) },
  ]);
  expect(
    service.store.all("Users").find((each) => each["userName"] === "dan@example.com"),
  ).not.toHaveProperty("externalId");
});

test("external ids that go round go through a temporary one only where a service gives none to two", async () => {
  const mapping = `
users:
  match: [externalId, userName]
  attributes:
    userName: user.login
    externalId: user.title
    active: user.enabled
groups:
  match: [displayName]
  attributes:
    displayName: group.name
`;
  const free = new World({ mapping });
  const w = new World({ mapping });
  ended.push(
    () => w.end(),
    () => free.end(),
  );
  const open = w.target.bind(w);
  w.target = async () => {
    const target = await open();
    const patch: typeof target.users.patch = async (id, operations, options) => {
      for (const each of operations) {
        if (each.path !== "externalId" || each.op === "remove") continue;
        const hits = await target.users.find("externalId", String(each.value), options.signal);
        if (hits.some((hit) => hit.id !== id)) throw new ItemError("uniqueness", "refused", { status: 409 });
      }
      return target.users.patch(id, operations, options);
    };
    return { ...target, users: { ...target.users, patch } };
  };
  w.directory.people("p", 10).person("ann", { title: "1" }).person("ben", { title: "2" });
  await w.sync();
  w.directory.person("ann", { title: "2" }).person("ben", { title: "1" });
  expect(await w.sync()).toMatchObject({ outcome: "done", applied: { update: 2, "step aside": 1 } });
  const users = await w.users();
  expect([users.get("ann@example.com")?.externalId, users.get("ben@example.com")?.externalId]).toEqual([
    "2",
    "1",
  ]);
});
