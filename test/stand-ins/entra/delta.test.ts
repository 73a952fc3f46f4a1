import { describe, expect, test } from "vitest";
import { endsTenants, HandClock, tenantAndClient } from "./with-tenant.ts";

endsTenants();

const USERS = "/users/delta?$select=displayName,jobTitle";
const GROUPS = "/groups/delta?$select=displayName,members";

describe("a round of a delta query", () => {
  test("gives everybody over several pages, each with one link, and ends with a delta link", async () => {
    const { tenant, client } = await tenantAndClient({ switches: { deltaPageSize: 4 } });
    const ids = Array.from({ length: 10 }, () => tenant.createUser());
    const { pages, items } = await client.round(USERS);
    expect(pages.map(({ value }) => value?.length)).toEqual([4, 4, 2]);
    expect(items.map(({ id }) => id).sort()).toEqual(ids.toSorted());
    expect(items.map(({ id }) => id)).not.toEqual(ids);
  });

  test("gives nobody and a new link when nothing changed", async () => {
    const { tenant, client } = await tenantAndClient();
    tenant.createUser();
    const first = await client.round(USERS);
    const second = await client.round(first.deltaLink);
    expect(second.items).toEqual([]);
    expect(second.deltaLink).not.toBe(first.deltaLink);
  });

  test("costs what changed: 3 of 500 people come on one page", async () => {
    const { tenant, client } = await tenantAndClient();
    const ids = Array.from({ length: 500 }, () => tenant.createUser());
    const { deltaLink } = await client.round(USERS);
    for (const id of ids.slice(0, 3)) tenant.updateUser(id, { jobTitle: "Boss" });
    const { pages, items } = await client.round(deltaLink);
    expect(pages).toHaveLength(1);
    expect(items.map(({ id }) => id).sort()).toEqual(ids.slice(0, 3).sort());
  });

  test("tells only of changes in what was selected, and of a value that is there already nothing", async () => {
    const { tenant, client } = await tenantAndClient();
    const id = tenant.createUser({ jobTitle: "Boss" });
    const { deltaLink } = await client.round(USERS);
    tenant.updateUser(id, { department: "Sales", jobTitle: "Boss" });
    tenant.disable(id);
    expect((await client.round(deltaLink)).items).toEqual([]);
  });

  test("gives all selected values that were ever set, null where one was cleared, nothing where none was set", async () => {
    const { tenant, client } = await tenantAndClient();
    const id = tenant.createUser({ displayName: "Ann", jobTitle: "Boss" });
    const { deltaLink } = await client.round("/users/delta?$select=displayName,jobTitle,mobilePhone");
    tenant.updateUser(id, { jobTitle: null });
    expect((await client.round(deltaLink)).items).toEqual([{ displayName: "Ann", jobTitle: null, id }]);
  });

  test("gives only what changed to who prefers it so", async () => {
    const { tenant, client } = await tenantAndClient();
    const id = tenant.createUser({ displayName: "Ann", jobTitle: "Boss" });
    const { deltaLink } = await client.round(USERS);
    tenant.updateUser(id, { jobTitle: null });
    const prefer = { prefer: "return=minimal" };
    expect((await client.round(deltaLink, prefer)).items).toEqual([{ jobTitle: null, id }]);
    expect((await client.get(deltaLink, prefer)).headers["preference-applied"]).toBe("return=minimal");
  });

  test("without a selection leaves out what comes on selection only", async () => {
    const { tenant, client } = await tenantAndClient();
    tenant.createUser({ employeeId: "7", externalUserState: "Accepted", onPremisesImmutableId: "x" });
    const [person] = (await client.round("/users/delta")).items;
    for (const name of [
      "accountEnabled",
      "employeeId",
      "userType",
      "externalUserState",
      "onPremisesImmutableId",
    ])
      expect(person).not.toHaveProperty(name);
    const { deltaLink } = await client.round("/users/delta");
    tenant.disable(String(person?.id));
    expect((await client.round(deltaLink)).items).toEqual([]);
  });

  test("from now on starts without objects", async () => {
    const { tenant, client } = await tenantAndClient();
    tenant.createUser();
    const { items, deltaLink } = await client.round(`${USERS}&$deltatoken=latest`);
    expect(items).toEqual([]);
    const id = tenant.createUser({ displayName: "New" });
    expect((await client.round(deltaLink)).items).toEqual([{ displayName: "New", id }]);
  });

  test("of named objects tells of those alone", async () => {
    const { tenant, client } = await tenantAndClient();
    const [ann, bob] = [tenant.createUser(), tenant.createUser()];
    const filter = encodeURIComponent(`id eq '${ann}'`);
    const { items, deltaLink } = await client.round(`${USERS}&$filter=${filter}`);
    expect(items.map(({ id }) => id)).toEqual([ann]);
    tenant.rename(bob, "Bob");
    tenant.rename(ann, "Ann");
    expect((await client.round(deltaLink)).items.map(({ id }) => id)).toEqual([ann]);
  });

  test("has pages without objects that are not the end", async () => {
    const { tenant, client } = await tenantAndClient({
      switches: { deltaPageSize: 1, emptyPageEvery: 1, emptyLastPage: true },
    });
    for (let index = 0; index < 3; index++) tenant.createUser();
    const { pages } = await client.round(USERS);
    expect(pages.map(({ value }) => value?.length)).toEqual([1, 0, 1, 0, 1, 0, 0]);
  });

  test("may repeat somebody within a round, and tell a change again in a later one", async () => {
    const { tenant, client } = await tenantAndClient({ switches: { deltaPageSize: 2, repeats: true } });
    const ids = Array.from({ length: 5 }, () => tenant.createUser());
    const { items, deltaLink } = await client.round(USERS);
    expect(new Set(items.map(({ id }) => id))).toEqual(new Set(ids));
    expect(items.length).toBeGreaterThan(5);
    tenant.switches.emptyLastPage = true;
    expect((await client.round(USERS)).pages.at(-1)?.value).toEqual([]);
    tenant.switches.replay = 2;
    const replayed = await client.round(deltaLink);
    expect(replayed.items.map(({ id }) => id).sort()).toEqual(ids.slice(-2).sort());
  });

  test("a change between two pages is not lost", async () => {
    const { tenant, client } = await tenantAndClient({ switches: { deltaPageSize: 2 } });
    for (let index = 0; index < 6; index++) tenant.createUser();
    const first = await client.get(USERS);
    const seen = first.body.value?.[0]?.id ?? "";
    tenant.rename(seen, "Changed meanwhile");
    const late = tenant.createUser({ displayName: "Late" });
    const rest = await client.round(String(first.body["@odata.nextLink"]));
    expect(rest.items.map(({ id }) => id)).not.toContain(late);
    const next = await client.round(rest.deltaLink);
    expect(next.items.map(({ displayName }) => displayName).sort()).toEqual(["Changed meanwhile", "Late"]);
  });

  test("a change that is younger than the lag comes with a later round", async () => {
    const clock = new HandClock();
    const { tenant, client } = await tenantAndClient({ now: clock.now, switches: { deltaLagMs: 60_000 } });
    clock.ms += 120_000;
    const { deltaLink } = await client.round(USERS);
    const id = tenant.createUser();
    const early = await client.round(deltaLink);
    expect(early.items).toEqual([]);
    clock.ms += 60_001;
    expect((await client.round(early.deltaLink)).items.map((item) => item.id)).toEqual([id]);
  });

  test("names the manager, and when it changes the former one as removed", async () => {
    const { tenant, client } = await tenantAndClient();
    const [ann, bob, cid] = [tenant.createUser(), tenant.createUser(), tenant.createUser()];
    tenant.setManager(ann, bob);
    const query = `/users/delta?$select=displayName,manager&$filter=id eq '${ann}'`;
    const { items, deltaLink } = await client.round(encodeURI(query));
    const type = "#microsoft.graph.user";
    expect(items[0]?.["manager@delta"]).toEqual([{ "@odata.type": type, id: bob }]);
    tenant.setManager(ann, cid);
    const second = await client.round(deltaLink);
    expect(second.items[0]?.["manager@delta"]).toEqual([
      { "@odata.type": type, id: cid },
      { "@odata.type": type, id: bob, "@removed": { reason: "deleted" } },
    ]);
    tenant.rename(ann, "Ann");
    expect((await client.round(second.deltaLink)).items[0]).not.toHaveProperty("manager@delta");
  });
});

describe("groups in a delta query", () => {
  test("one group comes in slices over pages, with the same properties and other members each time", async () => {
    const { tenant, client } = await tenantAndClient({ switches: { memberPageSize: 4 } });
    const people = Array.from({ length: 10 }, () => tenant.createUser());
    const group = tenant.createGroup({ displayName: "Everybody" }, people);
    tenant.createGroup({ displayName: "Nobody" });
    const { pages, items } = await client.round(GROUPS);
    const slices = items.filter(({ id }) => id === group);
    expect(slices.map((slice) => slice["members@delta"]?.length)).toEqual([4, 4, 2]);
    expect(pages.length).toBeGreaterThanOrEqual(3);
    expect(slices.map(({ displayName }) => displayName)).toEqual(["Everybody", "Everybody", "Everybody"]);
    const members = slices.flatMap((slice) => slice["members@delta"] ?? []);
    expect(members.map(({ id }) => id).sort()).toEqual(people.toSorted());
    expect(items.find(({ displayName }) => displayName === "Nobody")).not.toHaveProperty("members@delta");
  });

  test("a later round slices the changes of a big group too", async () => {
    const { tenant, client } = await tenantAndClient({ switches: { memberPageSize: 4 } });
    const people = Array.from({ length: 9 }, () => tenant.createUser());
    const group = tenant.createGroup({}, people.slice(0, 1));
    const { deltaLink } = await client.round(GROUPS);
    for (const person of people.slice(1)) tenant.addMember(group, person);
    tenant.removeMember(group, people[0] ?? "");
    const { items } = await client.round(deltaLink);
    expect(items.map((item) => item["members@delta"]?.length)).toEqual([4, 4, 1]);
    expect(items.at(-1)?.["members@delta"]?.[0]?.["@removed"]).toEqual({ reason: "deleted" });
  });

  test("somebody who leaves while a group is listed is neither lost nor listed for ever", async () => {
    const { tenant, client } = await tenantAndClient({ switches: { memberPageSize: 2 } });
    const people = Array.from({ length: 6 }, () => tenant.createUser());
    const group = tenant.createGroup({}, people);
    const first = await client.get(GROUPS);
    tenant.removeMember(group, people[0] ?? "");
    const rest = await client.round(String(first.body["@odata.nextLink"]));
    const listed = [...(first.body.value ?? []), ...rest.items].flatMap(
      (item) => item["members@delta"] ?? [],
    );
    expect(listed.map(({ id }) => id).sort()).toEqual(people.toSorted());
    const { items } = await client.round(rest.deltaLink);
    expect(items[0]?.["members@delta"]).toEqual([
      { "@odata.type": "#microsoft.graph.user", id: people[0], "@removed": { reason: "deleted" } },
    ]);
  });

  test("members of every kind carry their type", async () => {
    const { tenant, client } = await tenantAndClient();
    const members = [
      tenant.createUser(),
      tenant.createGroup(),
      tenant.createDevice(),
      tenant.createServicePrincipal(),
      tenant.createContact(),
    ];
    const group = tenant.createGroup({}, members);
    const { items } = await client.round(GROUPS);
    const types = items
      .find(({ id }) => id === group)
      ?.["members@delta"]?.map((member) => member["@odata.type"]);
    expect(types).toEqual(
      ["user", "group", "device", "servicePrincipal", "orgContact"].map((kind) => `#microsoft.graph.${kind}`),
    );
  });

  test("hidden members stay away without the right to read them", async () => {
    const { tenant, client } = await tenantAndClient();
    const group = tenant.createGroup({ visibility: "HiddenMembership" }, [tenant.createUser()]);
    expect((await client.round(GROUPS)).items[0]).not.toHaveProperty("members@delta");
    expect((await client.get(`/groups/${group}/members`)).status).toBe(403);
    tenant.grant(["Member.Read.Hidden"]);
    await client.renew();
    expect((await client.round(GROUPS)).items[0]?.["members@delta"]).toHaveLength(1);
  });
});
