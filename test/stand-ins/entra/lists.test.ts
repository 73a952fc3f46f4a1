import { describe, expect, test } from "vitest";
import { endsTenants, HandClock, tenantAndClient } from "./with-tenant.ts";

endsTenants();

const ADVANCED = { consistencylevel: "eventual" };

describe("reading people and groups", () => {
  test("by id gives null where nothing was set, and only what was selected", async () => {
    const { tenant, client } = await tenantAndClient();
    const ann = tenant.createUser({ displayName: "Ann", userPrincipalName: "ann@contoso.example" });
    const whole = (await client.get(`/users/${ann}`)).body;
    expect(whole).toMatchObject({ displayName: "Ann", jobTitle: null, id: ann });
    expect(whole).not.toHaveProperty("accountEnabled");
    const { body } = await client.get(`/users/${ann}?$select=accountEnabled,jobTitle`);
    expect(body).toEqual({
      "@odata.context": `${tenant.graphUrl}/v1.0/$metadata#users(accountEnabled,jobTitle)/$entity`,
      accountEnabled: true,
      jobTitle: null,
    });
    const unknown = await client.get(`/users/${ann}?$select=shoeSize`);
    expect([unknown.status, unknown.body.error?.message]).toEqual([
      400,
      expect.stringContaining("Could not find a property named 'shoeSize' on type 'microsoft.graph.user'."),
    ]);
  });

  test("by id finds nobody who is too new for the replica", async () => {
    const clock = new HandClock();
    const { tenant, client } = await tenantAndClient({ now: clock.now, switches: { readLagMs: 5000 } });
    const ann = tenant.createUser();
    expect((await client.get(`/users/${ann}`)).status).toBe(404);
    clock.ms += 5000;
    expect((await client.get(`/users/${ann}`)).status).toBe(200);
  });

  test("the manager comes by itself or expanded", async () => {
    const { tenant, client } = await tenantAndClient();
    const [ann, bob] = [tenant.createUser({ displayName: "Ann" }), tenant.createUser({ displayName: "Bob" })];
    expect((await client.get(`/users/${ann}/manager`)).body.error?.code).toBe("Request_ResourceNotFound");
    tenant.setManager(ann, bob);
    expect((await client.get(`/users/${ann}/manager`)).body["id"]).toBe(bob);
    const { body } = await client.get(`/users/${ann}?$select=id&$expand=manager($select=displayName)`);
    expect(body["manager"]).toEqual({ "@odata.type": "#microsoft.graph.user", displayName: "Bob" });
    tenant.softDelete(bob);
    expect((await client.get(`/users/${ann}/manager`)).status).toBe(404);
  });

  test("lists come in pages of the size that was asked for, and their links take no further option", async () => {
    const { tenant, client } = await tenantAndClient();
    for (let index = 0; index < 5; index++) tenant.createUser();
    const first = await client.get("/users?$select=id&$top=3");
    expect(first.body.value).toHaveLength(3);
    const next = String(first.body["@odata.nextLink"]);
    const second = await client.get(next);
    expect(second.body.value).toHaveLength(2);
    expect(second.body).not.toHaveProperty("@odata.nextLink");
    expect((await client.get(`${next}&$top=3`)).status).toBe(400);
    expect((await client.get(next.replace("/users", "/groups"))).status).toBe(400);
    for (const top of ["0", "1000", "x"]) expect((await client.get(`/users?$top=${top}`)).status).toBe(400);
  });

  test("filters compare without regard to case; advanced ones must say so", async () => {
    const { tenant, client } = await tenantAndClient();
    const ann = tenant.createUser({ displayName: "Ann O'Hara", mail: "ann@contoso.example" });
    tenant.createUser({ displayName: "Bob", proxyAddresses: ["SMTP:bob@contoso.example"] });
    const found = async (filter: string, headers = {}, more = ""): Promise<unknown> => {
      const reply = await client.get(
        `/users?$select=displayName&$filter=${encodeURIComponent(filter)}${more}`,
        headers,
      );
      return reply.status === 200
        ? reply.body.value?.map((item) => item["displayName"])
        : reply.body.error?.code;
    };
    expect(await found("displayName eq 'ann o''hara'")).toEqual(["Ann O'Hara"]);
    expect(await found("mail eq 'x' or (startsWith(displayName,'bo') and accountEnabled eq true)")).toEqual([
      "Bob",
    ]);
    expect(await found("proxyAddresses/any(x:x eq 'smtp:bob@contoso.example')")).toEqual(["Bob"]);
    expect(await found(`id in ('${ann}')`)).toEqual(["Ann O'Hara"]);
    expect(await found("mail ne null")).toBe("Request_UnsupportedQuery");
    expect(await found("mail ne null", ADVANCED)).toBe("Request_UnsupportedQuery");
    expect(await found("mail ne null", ADVANCED, "&$count=true")).toEqual(["Ann O'Hara"]);
    expect(await found("not(endsWith(mail,'example'))", ADVANCED, "&$count=true")).toEqual(["Bob"]);
    for (const broken of [
      "displayName eq 'Ann",
      "displayName like 'x'",
      "shoeSize eq 3",
      "",
      "displayName eq 'a' 'b'",
    ])
      expect(await found(broken), broken).toBe("BadRequest");
  });

  test("counts are for those who accept an index that lags", async () => {
    const { tenant, client } = await tenantAndClient();
    tenant.createUser();
    expect((await client.get("/users/$count")).status).toBe(400);
    expect((await client.get("/users/$count", ADVANCED)).text).toBe("1");
    expect((await client.get("/users?$count=true")).status).toBe(400);
    expect((await client.get("/users?$count=true", ADVANCED)).body["@odata.count"]).toBe(1);
  });
});

describe("members of a group", () => {
  test("direct and at any depth, nobody twice, also in a loop", async () => {
    const { tenant, client } = await tenantAndClient();
    const [ann, bob] = [tenant.createUser(), tenant.createUser()];
    const inner = tenant.createGroup({}, [ann, bob]);
    const outer = tenant.createGroup({}, [inner, ann]);
    tenant.addMember(inner, outer);
    const ids = async (path: string): Promise<readonly string[] | undefined> =>
      (await client.get(path)).body.value?.map(({ id }) => id).toSorted();
    expect(await ids(`/groups/${outer}/members`)).toEqual([ann, inner].toSorted());
    expect(await ids(`/groups/${outer}/transitiveMembers`)).toEqual([ann, bob, inner].toSorted());
    expect(await ids(`/users/${bob}/memberOf`)).toEqual([inner]);
    expect(await ids(`/users/${bob}/transitiveMemberOf`)).toEqual([inner, outer].toSorted());
  });

  test("a cast is an advanced query, also on its later pages", async () => {
    const { tenant, client } = await tenantAndClient();
    const people = [tenant.createUser(), tenant.createUser()];
    const group = tenant.createGroup({}, [...people, tenant.createDevice()]);
    const path = `/groups/${group}/transitiveMembers/microsoft.graph.user`;
    expect((await client.get(path)).status).toBe(400);
    const first = await client.get(`${path}?$count=true&$select=id&$top=1`, ADVANCED);
    expect(first.body["@odata.count"]).toBe(2);
    const second = await client.get(String(first.body["@odata.nextLink"]), ADVANCED);
    const ids = [...(first.body.value ?? []), ...(second.body.value ?? [])].map(({ id }) => id);
    expect(ids).toEqual(people);
  });

  test("who may not read people sees that somebody is there, and no values", async () => {
    const { tenant, client } = await tenantAndClient({ permissions: ["GroupMember.Read.All"] });
    const ann = tenant.createUser({ displayName: "Ann" });
    const group = tenant.createGroup({}, [ann]);
    const { body } = await client.get(`/groups/${group}/members?$select=id,displayName`);
    expect(body.value).toEqual([{ "@odata.type": "#microsoft.graph.user", id: ann, displayName: null }]);
  });
});

describe("applications", () => {
  test("who is assigned: live people and groups, not the members of those groups", async () => {
    const { tenant, client } = await tenantAndClient();
    const [ann, bob, cid] = [tenant.createUser(), tenant.createUser(), tenant.createUser()];
    const group = tenant.createGroup({}, [bob]);
    const app = tenant.createServicePrincipal({ displayName: "Wiki", appId: "wiki" });
    for (const principal of [ann, group, cid]) tenant.assign(app, principal);
    tenant.softDelete(cid);
    const assigned = async (path: string): Promise<unknown> =>
      (await client.get(path)).body.value?.map((item) => [item["principalType"], item["principalId"]]);
    const expected = [
      ["User", ann],
      ["Group", group],
    ];
    expect(await assigned(`/servicePrincipals/${app}/appRoleAssignedTo`)).toEqual(expected);
    expect(await assigned("/servicePrincipals(appId='wiki')/appRoleAssignedTo")).toEqual(expected);
    tenant.unassign(app, ann);
    expect(await assigned(`/servicePrincipals/${app}/appRoleAssignedTo`)).toEqual([["Group", group]]);
    expect((await client.get(`/servicePrincipals/${ann}/appRoleAssignedTo`)).status).toBe(404);
  });

  test("our own: when its secrets end, and what it was granted", async () => {
    const secretEndsAt = Date.parse("2027-03-01T00:00:00Z");
    const { tenant, client } = await tenantAndClient({ secretEndsAt });
    const filter = encodeURIComponent(`appId eq '${tenant.clientId}'`);
    const { body } = await client.get(`/applications?$filter=${filter}&$select=appId,passwordCredentials`);
    expect(body.value?.[0]?.["passwordCredentials"]).toMatchObject([
      { endDateTime: "2027-03-01T00:00:00Z", secretText: null, hint: "R0l" },
    ]);
    const byAppId = await client.get(`/applications(appId='${tenant.clientId}')`);
    expect(byAppId.body["appId"]).toBe(tenant.clientId);
    const granted = await client.get(`/servicePrincipals(appId='${tenant.clientId}')/appRoleAssignments`);
    expect(granted.body.value).toHaveLength(tenant.application()?.permissions.size ?? 0);
  });

  test("the tenant's card names it", async () => {
    const { tenant, client } = await tenantAndClient({ tenantName: "Contoso GmbH" });
    const { body } = await client.get("/organization?$select=id,displayName");
    expect(body.value).toEqual([{ id: tenant.tenantId, displayName: "Contoso GmbH" }]);
  });
});

describe("a missing permission", () => {
  const ID = "00000000-0000-4000-8000-000000000000";

  test.each([
    ["User.Read.All", "/users/delta"],
    ["User.Read.All", "/users"],
    ["User.Read.All", `/users/${ID}`],
    ["User.Read.All", `/users/${ID}/manager`],
    ["User.Read.All", "/directory/deletedItems/microsoft.graph.user"],
    ["GroupMember.Read.All", "/groups/delta"],
    ["GroupMember.Read.All", `/groups/${ID}`],
    ["GroupMember.Read.All", `/groups/${ID}/members`],
    ["GroupMember.ReadBasic.All", `/groups/${ID}/transitiveMembers`],
    ["Group.Read.All", "/directory/deletedItems/microsoft.graph.group"],
    ["Application.Read.All", "/applications"],
    ["Application.Read.All", `/servicePrincipals/${ID}/appRoleAssignedTo`],
    ["Organization.Read.All", "/organization"],
  ])("%s opens %s, and a token from before it knows nothing of it", async (permission, path) => {
    const { tenant, client } = await tenantAndClient({ permissions: [] });
    const denied = await client.get(path);
    expect([denied.status, denied.body.error?.code]).toEqual([403, "Authorization_RequestDenied"]);
    tenant.grant([permission]);
    expect((await client.get(path)).status).toBe(403);
    await client.renew();
    expect((await client.get(path)).status).not.toBe(403);
    tenant.revoke([permission]);
    await client.renew();
    expect((await client.get(path)).status).toBe(403);
  });

  test("to read members does not open deleted groups", async () => {
    const { client } = await tenantAndClient({ permissions: ["GroupMember.Read.All"] });
    expect((await client.get("/directory/deletedItems/microsoft.graph.group")).status).toBe(403);
  });

  test("that does not exist cannot be granted", async () => {
    const { tenant } = await tenantAndClient();
    expect(() => tenant.grant(["User.Raed.All"])).toThrow("no application permission");
  });
});
