import { afterEach, describe, expect, test } from "vitest";
import { type ScimService, type Switches, startScimService } from "../stand-ins/scim-service.ts";
import { openScim } from "../targets/open-scim.ts";
import { type World, type WorldOptions, worlds } from "../world.ts";
import { exactly, found } from "./by-hand.ts";

const world = worlds();
const services: ScimService[] = [];
afterEach(async () => {
  for (const service of services.splice(0)) await service.stop();
});

const userSchema = "urn:ietf:params:scim:schemas:core:2.0:User";

/** Twelve people, two groups, a service over real sockets that shows five a page. */
async function inSyncWith(
  switches: Partial<Switches>,
  quirks: Readonly<Record<string, unknown>> = {},
  options: WorldOptions = {},
): Promise<{ readonly w: World; readonly service: ScimService }> {
  const service = await startScimService({ switches: { pageMax: 5, ...switches } });
  services.push(service);
  const w = world(options);
  w.target = async () => {
    const { api, close } = await openScim(service, { more: { quirks } });
    return { ...api, close };
  };
  w.directory.people("p", 12).group("team", ["p0001", "p0002", "p0003"]).group("other", ["p0004"]);
  expect((await w.sync()).outcome).toBe("done");
  service.log.length = 0;
  return { w, service };
}

function account(service: ScimService, externalId: string): Record<string, unknown> {
  const found = [...service.store.all("Users"), ...service.store.all("Groups")].find(
    (each) => each["externalId"] === externalId,
  );
  if (found === undefined) throw new Error(`there is no ${externalId}`);
  return found;
}

/** Changes the store of the service itself. */
function disturb(service: ScimService): void {
  account(service, "p0007")["displayName"] = "Somebody";
  account(service, "p0010")["active"] = false;
  account(service, "team")["displayName"] = "mine";
  account(service, "team")["members"] = [
    { value: account(service, "p0001")["id"] as string },
    { value: account(service, "p0009")["id"] as string },
    { value: service.store.create("Users", { schemas: [userSchema], userName: "root" })["id"] as string },
  ];
  service.store.remove("Users", account(service, "p0011")["id"] as string, undefined);
}

function names(service: ScimService, group: string): string[] {
  const members = (account(service, group)["members"] ?? []) as { value: string }[];
  const people = new Map(service.store.all("Users").map((each) => [each["id"], each["userName"]]));
  return members.map(({ value }) => String(people.get(value))).sort();
}

describe.each<[string, Partial<Switches>, Readonly<Record<string, unknown>>]>([
  ["pages by index", {}, {}],
  ["pages by cursor", { cursor: true }, { list: { paging: "cursor", max: 5 } }],
  ["shows everything at once", { pageMax: 1000 }, { list: { paging: "none", max: 1000 } }],
  ["answers the first page past the end", { pastTheEnd: "first page" }, {}],
  ["takes PUT only", { putOnly: true }, { update: "put" }],
])("a service that %s", (_, switches, quirks) => {
  test("shows every drift, and has it put right", async () => {
    const { w, service } = await inSyncWith(switches, quirks);
    disturb(service);
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({
      outcome: "held",
      holds: [{ class: "switched-off", waiting: 1 }],
      reconcile: {
        found: exactly({
          changed: 2,
          "switched-off": 1,
          vanished: 1,
          "member-added": 1,
          "member-removed": 2,
        }),
        users: { seen: 12, ours: 11, unmanaged: 1, examples: ["root"] },
        groups: { seen: 2, ours: 2 },
        unmanagedMembers: 1,
        gaps: [],
        problem: undefined,
      },
    });
    expect(report.applied).toMatchObject({ update: 1, create: 1 });
    expect(account(service, "p0007")["displayName"]).toBe("p0007");
    expect(account(service, "p0010")["active"]).toBe(false);
    expect(account(service, "team")["displayName"]).toBe("team");
    expect(names(service, "team")).toEqual([
      "p0001@example.com",
      "p0002@example.com",
      "p0003@example.com",
      "root",
    ]);
    w.approve();
    expect((await w.sync({ reconcile: true })).applied).toEqual({ reactivate: 1 });
    service.log.length = 0;
    expect(await w.sync({ reconcile: true })).toMatchObject({
      outcome: "done",
      reconcile: { found: exactly({}) },
    });
    expect(service.count("POST", "PUT", "PATCH", "DELETE")).toBe(0);
  });
});

test("a service that ignores startIndex and counts rightly is not believed: nobody is gone", async () => {
  const { w, service } = await inSyncWith({});
  service.switches.ignoresStartIndex = true;
  const report = await w.sync({ reconcile: true });
  expect(report).toMatchObject({ outcome: "failed", applied: {} });
  expect(report.problem?.message).toContain("showed 5 of the 12 users");
  expect(found(report)).toEqual({});
  expect(service.count("POST", "PUT", "PATCH", "DELETE")).toBe(0);
});

test("a service that hides members has people and groups compared, and says what was not", async () => {
  const { w, service } = await inSyncWith({ hidesMembers: true }, { membersReadable: false });
  account(service, "p0007")["displayName"] = "Somebody";
  const report = await w.sync({ reconcile: true });
  expect(report).toMatchObject({
    outcome: "done",
    reconcile: {
      found: exactly({ changed: 1 }),
      gaps: ["the target does not show who is in its groups: memberships were not compared"],
    },
  });
});

test("a service that hides members and does not say so is told once, and then fails like any refusal", async () => {
  const { w, service } = await inSyncWith({});
  service.switches.hidesMembers = true;
  const report = await w.sync({ reconcile: true });
  expect(found(report)).toEqual({ "member-removed": 4 });
  expect(report.outcome).toBe("failing");
  await w.sync({ reconcile: true });
  service.log.length = 0;
  expect(await w.sync({ reconcile: true })).toMatchObject({
    outcome: "failing",
    reconcile: { found: exactly({}) },
  });
  expect(service.count("POST", "PUT", "PATCH", "DELETE")).toBe(0);
});

test.each([
  [403, "forbidden"],
  [404, "no such list"],
  [405, "not allowed"],
  [501, "not implemented"],
])("a service that answers %s to a list has our accounts compared one by one", async (status, body) => {
  const { w, service } = await inSyncWith({});
  account(service, "p0007")["displayName"] = "Somebody";
  service.store.remove("Users", account(service, "p0011")["id"] as string, undefined);
  service.switches.faults = [
    {
      method: "GET",
      path: "^/Users\\?(?!filter)",
      how: "answer",
      status,
      body: JSON.stringify({ detail: body }),
    },
  ];
  const report = await w.sync({ reconcile: true });
  expect(report).toMatchObject({
    outcome: "done",
    quarantine: undefined,
    reconcile: { found: exactly({ changed: 1, vanished: 1 }), users: { seen: 11, ours: 11 } },
    applied: { update: 1, create: 1 },
  });
  expect(report.reconcile?.gaps).toHaveLength(1);
});

test("a token that is refused ends the run in quarantine, whatever it was asked", async () => {
  const { w, service } = await inSyncWith({});
  service.switches.faults = [{ path: ".*", how: "answer", status: 401 }];
  expect((await w.sync({ reconcile: true })).outcome).toBe("quarantined");
});

test("a service that fails in the middle of its list has what is pending all the same", async () => {
  const { w, service } = await inSyncWith({});
  w.directory.person("p0001", { name: "Ann" });
  service.switches.faults = [{ method: "GET", path: "startIndex=6", how: "answer", status: 500 }];
  const report = await w.sync({ reconcile: true });
  expect(report).toMatchObject({ outcome: "failed", reconcile: undefined, applied: { update: 1 } });
  service.switches.faults = [];
  expect(await w.sync({ reconcile: true })).toMatchObject({
    outcome: "done",
    reconcile: { found: exactly({}) },
  });
});
