import { describe, expect, test, vi } from "vitest";
import type { EntraTenant } from "../stand-ins/entra/tenant.ts";
import type { Stored } from "../stand-ins/scim-patch.ts";
import type { Mangle } from "../stand-ins/scim-store.ts";
import { type Company, enrol, tenant } from "./company.ts";

// Whole companies over real sockets: a machine that is busy takes its time.
vi.setConfig({ testTimeout: 60_000 });

const membersOf = (group: Stored): Stored[] => (group["members"] ?? []) as Stored[];
const removes = (operations: Parameters<Mangle>[0]["operations"]) =>
  operations.filter(({ op, path }) => op === "remove" && path.startsWith("members"));

/** Forty people; thirty of them are in the group "app-users". */
async function company(): Promise<{
  readonly app: Company<EntraTenant>;
  readonly people: readonly string[];
  readonly group: string;
}> {
  const app = await tenant();
  const people = enrol(app.directory, 40);
  const group = app.directory.createGroup({ displayName: "app-users" }, people.slice(0, 30));
  await app.goodSync();
  expect(app.members("app-users")).toHaveLength(30);
  return { app, people, group };
}

const logins = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => `p${from + at}`).sort();

describe("a service that does something else to a group than it was asked", () => {
  test("langwatch#7131: a PATCH that named no members emptied the group", async () => {
    const { app, group } = await company();
    await using _ = app;
    app.service.switches.mangle = ({ after, operations }) =>
      operations.some(({ path }) => path.startsWith("members")) ? after : { ...after, members: [] };
    app.directory.updateGroup(group, { displayName: "app-people" });
    const ended = await app.sync();
    expect(app.members("app-people")).toEqual(logins(0, 30));
    expect(ended.said).toContain(
      "app-people, lost members: 30 other members of the group are gone at the target since it was changed, which nobody asked for; they are put back",
    );
    delete app.service.switches.mangle;
    expect(await app.goodSync("--reconcile")).toEqual([]);
  });

  test("AzureAD/SCIMReferenceCode#10: to remove one member removed them all", async () => {
    const { app, people, group } = await company();
    await using _ = app;
    app.service.switches.mangle = ({ after, operations }) =>
      removes(operations).length > 0 ? { ...after, members: [] } : after;
    app.directory.removeMember(group, people[0] ?? "");
    const ended = await app.sync();
    expect(app.members("app-users")).toEqual(logins(1, 30));
    expect(ended.said).toContain("29 other members of the group are gone at the target");
    delete app.service.switches.mangle;
    expect(await app.goodSync("--reconcile")).toEqual([]);
  });

  test("agent-bom#3533: a member who was added again after a lost answer stood there twice", async () => {
    const { app, people, group } = await company();
    await using _ = app;
    app.service.switches.mangle = ({ before, after, operations }) => {
      const added = operations.filter(({ op }) => op === "add").flatMap(({ value }) => value as Stored[]);
      return added.length === 0 ? after : { ...after, members: [...membersOf(before), ...added] };
    };
    app.directory.addMember(group, people[30] ?? "");
    app.service.switches.faults.push({
      method: "PATCH",
      path: "^/Groups",
      how: "lose",
      effect: true,
      times: 3,
    });
    await app.sync();
    app.service.switches.faults.splice(0);
    await app.goodSync();
    expect(app.members("app-users")).toEqual(logins(0, 31));
    delete app.service.switches.mangle;
    app.directory.removeMember(group, people[30] ?? "");
    await app.goodSync();
    expect(app.members("app-users")).toEqual(logins(0, 30));
  });

  test("fleetdm/fleet#50724: a change was worked out on a stale copy, and members were gone for good", async () => {
    const { app, people, group } = await company();
    await using _ = app;
    const stale = new Set(
      membersOf(app.group("app-users") as Stored)
        .slice(0, 20)
        .map(({ value }) => value),
    );
    app.service.switches.mangle = ({ after, operations }) => ({
      ...after,
      members: membersOf(after).filter(
        ({ value }) => stale.has(value ?? null) || JSON.stringify(operations).includes(String(value)),
      ),
    });
    app.directory.addMember(group, people[30] ?? "");
    const ended = await app.sync();
    expect(ended.said).toContain("11 other members of the group are gone at the target");
    delete app.service.switches.mangle;
    await app.sync();
    expect(app.members("app-users")).toEqual(logins(0, 31));
    expect(await app.goodSync("--reconcile")).toEqual([]);
  });

  test("FusionAuth/fusionauth-issues#2834: the wrong members were removed, because places in the list shift", async () => {
    const { app, people, group } = await company();
    await using _ = app;
    app.service.switches.mangle = ({ before, after, operations }) => {
      const members = membersOf(before);
      const places = removes(operations).map(({ path }) =>
        membersOf(before).findIndex(({ value }) => path.includes(String(value))),
      );
      for (const place of places) members.splice(place, 1);
      return places.length === 0 ? after : { ...after, members };
    };
    for (const id of people.slice(3, 6)) app.directory.removeMember(group, id);
    await app.sync();
    delete app.service.switches.mangle;
    const later = await app.sync();
    expect(later.code, later.screen).toBeOneOf([0, 4]);
    app.site.clock.pass(7 * 3_600_000);
    await app.goodSync();
    expect(app.members("app-users")).toEqual([...logins(0, 3), ...logins(6, 30)].sort());
  });

  test("keycloak/keycloak#52752: to replace the members left the old ones in", async () => {
    const { app, people, group } = await company();
    await using _ = app;
    app.service.switches.putOnly = true;
    app.configure({}, {}, { quirks: { update: "put" } });
    app.service.switches.mangle = ({ before, after }) => {
      const all = new Map([...membersOf(before), ...membersOf(after)].map((each) => [each["value"], each]));
      return { ...after, members: [...all.values()] };
    };
    app.directory.removeMember(group, people[0] ?? "");
    app.directory.addMember(group, people[30] ?? "");
    const ended = await app.sync();
    expect(ended.code).toBe(4);
    expect(ended.said).toContain("accepted changes of 1 memberships but does not show them");
    expect(app.members("app-users")).toEqual(logins(0, 31));
    delete app.service.switches.mangle;
    app.site.clock.pass(7 * 3_600_000);
    await app.goodSync();
    expect(app.members("app-users")).toEqual(logins(1, 31));
  });
});

describe("groups of an application that are not ours", () => {
  test("awslabs/ssosync#88: the groups of Control Tower were deleted, because no directory knew them", async () => {
    const { app, people } = await company();
    await using _ = app;
    const schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
    const [someone] = app.service.store.all("Users");
    const members = [{ value: someone?.["id"] ?? null }];
    for (const displayName of ["AWSControlTowerAdmins", "AWSLogArchiveViewers", "AWSAuditAccountAdmins"])
      app.service.store.create("Groups", { schemas, displayName, members });
    app.configure({ policy: { groups: { removed: "delete" } } });
    expect(await app.goodSync("--full", "--reconcile")).toEqual([]);
    // One of the directory with the same name takes nothing over without a person's word.
    app.directory.createGroup({ displayName: "AWSControlTowerAdmins" }, people.slice(0, 5));
    const ended = await app.wrongSync();
    expect(ended.code).toBe(3);
    expect(ended.said).toContain("1 existing account or group would be taken over");
    expect(app.members("AWSControlTowerAdmins")).toEqual(["p0"]);
  });

  test("awslabs/ssosync#291: a group was deleted and made again under a new id, and its permissions were lost", async () => {
    const { app, people, group } = await company();
    await using _ = app;
    const id = app.group("app-users")?.["id"];
    app.directory.updateGroup(group, { displayName: "app-people" });
    expect(await app.goodSync()).toEqual(["PATCH Groups"]);
    expect(app.group("app-people")?.["id"]).toBe(id);
    app.directory.updateGroup(group, { displayName: "app-users" });
    await app.goodSync();

    // Made again in the directory, with the same name: it is somebody else, and what we have at the application stays what it is.
    app.directory.hardDelete(group);
    app.directory.createGroup({ displayName: "app-users" }, people.slice(0, 31));
    const ended = await app.wrongSync();
    expect(ended.code).toBe(4);
    expect(ended.said).toContain(
      `has this displayName, but is linked to somebody else already: ${group}, which is gone from the directory`,
    );
    expect(app.group("app-users")?.["id"]).toBe(id);
    expect(app.members("app-users")).toEqual(logins(0, 30));

    // A person says that the two are the same: the group keeps its id, and everybody who is in both stays in it.
    const unlinked = await app.site.rollcall(`unlink ${group} --yes --reason same`);
    expect(unlinked.code, unlinked.screen).toBe(0);
    app.site.clock.pass(7 * 3_600_000);
    expect((await app.wrongSync()).code).toBe(3);
    await app.approve("adoptions");
    expect(await app.goodSync()).not.toContain("DELETE Groups");
    expect(app.group("app-users")?.["id"]).toBe(id);
    expect(app.members("app-users")).toEqual(logins(0, 31));
  });
});
