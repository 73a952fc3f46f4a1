import { describe, expect, test } from "vitest";
import { endsTenants, tenantAndClient } from "./with-tenant.ts";

endsTenants();

const USERS = "/users/delta?$select=displayName";
const GROUPS = "/groups/delta?$select=displayName,members";
const DELETED = "/directory/deletedItems/microsoft.graph";

describe("somebody who is deleted", () => {
  test("softly is told as changed and waits in deletedItems; for good as deleted and is nowhere", async () => {
    const { tenant, client } = await tenantAndClient();
    const [soft, hard] = [
      tenant.createUser({ userPrincipalName: "ann@contoso.example" }),
      tenant.createUser(),
    ];
    const { deltaLink } = await client.round(USERS);
    tenant.softDelete(soft);
    tenant.hardDelete(hard);
    expect((await client.round(deltaLink)).items).toEqual([
      { id: soft, "@removed": { reason: "changed" } },
      { id: hard, "@removed": { reason: "deleted" } },
    ]);
    for (const id of [soft, hard]) {
      const { status, body } = await client.get(`/users/${id}`);
      expect([status, body.error?.code]).toEqual([404, "Request_ResourceNotFound"]);
    }
    const { value } = (await client.get(`${DELETED}.user`)).body;
    expect(value?.map(({ id }) => id)).toEqual([soft]);
    expect(value?.[0]?.["userPrincipalName"]).toBe(`${soft.replaceAll("-", "")}ann@contoso.example`);
    const one = await client.get(`/directory/deletedItems/${soft}?$select=id,deletedDateTime`);
    expect(one.body["deletedDateTime"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect((await client.get(`/directory/deletedItems/${hard}`)).status).toBe(404);
    tenant.hardDelete(soft);
    expect((await client.get(`${DELETED}.user`)).body.value).toEqual([]);
  });

  test("appears in a first round too, unless the service keeps silent", async () => {
    const { tenant, client } = await tenantAndClient();
    const [soft, hard] = [tenant.createUser(), tenant.createUser()];
    tenant.softDelete(soft);
    tenant.hardDelete(hard);
    const reasons = (await client.round(USERS)).items.map((item) => item["@removed"]?.reason);
    expect(reasons.toSorted()).toEqual(["changed", "deleted"]);
    tenant.switches.removedInFirstRound = false;
    expect((await client.round(USERS)).items).toEqual([]);
  });

  test("softly leaves no trace in the groups, and comes back as if new with all memberships", async () => {
    const { tenant, client } = await tenantAndClient();
    const ann = tenant.createUser({ displayName: "Ann" });
    const group = tenant.createGroup({}, [ann]);
    const users = await client.round(USERS);
    const groups = await client.round(GROUPS);
    tenant.softDelete(ann);
    const silent = await client.round(groups.deltaLink);
    expect(silent.items).toEqual([]);
    expect((await client.get(`/groups/${group}/members`)).body.value).toEqual([]);
    const gone = await client.round(users.deltaLink);
    tenant.restore(ann);
    expect((await client.round(gone.deltaLink)).items).toEqual([{ displayName: "Ann", id: ann }]);
    expect((await client.round(silent.deltaLink)).items).toEqual([]);
    expect((await client.get(`/groups/${group}/members`)).body.value).toHaveLength(1);
  });

  test("is still listed as a member by a first round of groups while deleted softly", async () => {
    const { tenant, client } = await tenantAndClient();
    const ann = tenant.createUser();
    tenant.createGroup({}, [ann]);
    tenant.softDelete(ann);
    expect((await client.round(GROUPS)).items[0]?.["members@delta"]).toEqual([
      { "@odata.type": "#microsoft.graph.user", id: ann },
    ]);
  });

  test("for good leaves the groups as removed, or without a word where the service forgets it", async () => {
    const { tenant, client } = await tenantAndClient();
    const [ann, bob] = [tenant.createUser(), tenant.createUser()];
    const group = tenant.createGroup({}, [ann, bob]);
    const first = await client.round(GROUPS);
    tenant.softDelete(ann);
    tenant.hardDelete(ann);
    const second = await client.round(first.deltaLink);
    expect(second.items[0]?.["members@delta"]?.[0]).toMatchObject({
      id: ann,
      "@removed": { reason: "deleted" },
    });
    tenant.switches.hardDeleteTellsGroups = false;
    tenant.hardDelete(bob);
    expect((await client.round(second.deltaLink)).items).toEqual([]);
    expect(tenant.membersOf(group)).toEqual([]);
  });

  test("frees the login name, which stands in the way of coming back", async () => {
    const { tenant } = await tenantAndClient();
    const name = "ann@contoso.example";
    const old = tenant.createUser({ userPrincipalName: name });
    expect(() => tenant.createUser({ userPrincipalName: "ANN@contoso.example" })).toThrow("another person");
    tenant.softDelete(old);
    tenant.createUser({ userPrincipalName: name });
    expect(() => tenant.restore(old)).toThrow("another person");
  });
});

describe("a group that is deleted", () => {
  test("is told as changed or deleted, and restored with all members", async () => {
    const { tenant, client } = await tenantAndClient();
    const ann = tenant.createUser();
    const group = tenant.createGroup({ displayName: "Sales" }, [ann]);
    const first = await client.round(GROUPS);
    tenant.softDelete(group);
    const second = await client.round(first.deltaLink);
    expect(second.items).toEqual([{ id: group, "@removed": { reason: "changed" } }]);
    expect((await client.get(`${DELETED}.group`)).body.value?.map(({ id }) => id)).toEqual([group]);
    tenant.restore(group);
    const third = await client.round(second.deltaLink);
    expect(third.items[0]).toMatchObject({ displayName: "Sales", id: group });
    expect(third.items[0]?.["members@delta"]).toHaveLength(1);
    tenant.hardDelete(group);
    const fourth = await client.round(third.deltaLink);
    expect(fourth.items).toEqual([{ id: group, "@removed": { reason: "deleted" } }]);
  });

  test("a first round may name members who left before", async () => {
    const { tenant, client } = await tenantAndClient();
    const [ann, bob] = [tenant.createUser(), tenant.createUser()];
    const group = tenant.createGroup({}, [ann, bob]);
    tenant.removeMember(group, ann);
    tenant.addMember(group, ann);
    tenant.removeMember(group, bob);
    const members = (await client.round(GROUPS)).items[0]?.["members@delta"];
    expect(members?.map((member) => [member.id, member["@removed"]?.reason])).toEqual([
      [bob, "deleted"],
      [ann, undefined],
    ]);
    tenant.switches.removedInFirstRound = false;
    const silent = (await client.round(GROUPS)).items[0]?.["members@delta"];
    expect(silent?.map(({ id }) => id)).toEqual([ann]);
  });

  test("deletedItems needs the kind", async () => {
    const { client } = await tenantAndClient();
    expect((await client.get("/directory/deletedItems")).status).toBe(400);
  });
});

test("two people swap their names in one go", async () => {
  const { tenant, client } = await tenantAndClient();
  const ann = tenant.createUser({ userPrincipalName: "Ann@contoso.example", displayName: "Ann" });
  const bob = tenant.createUser({ userPrincipalName: "bob@contoso.example", displayName: "Bob" });
  tenant.swapNames(ann, bob);
  expect((await client.get("/users/ann@contoso.example?$select=id")).body["id"]).toBe(bob);
  expect((await client.get("/users/BOB@contoso.example?$select=id")).body["id"]).toBe(ann);
});
