/** The tenant's answers beside the published ones of Microsoft's documentation (test/stand-ins/entra/samples). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { BareClient, Body, Item, WholeRound } from "./bare-client.ts";
import type { EntraTenant } from "./tenant.ts";
import type { Properties } from "./value.ts";
import { endsTenants, tenantAndClient } from "./with-tenant.ts";

endsTenants();

const GRAPH = "https://graph.microsoft.com";

function published(name: string): Body {
  return JSON.parse(readFileSync(new URL(`samples/${name}.json`, import.meta.url), "utf8")) as Body;
}

/** Context and links without host and token; what else stands around the objects by name. */
function frame(page: Body, root: string): unknown {
  const short = (link: unknown): unknown =>
    typeof link === "string" ? link.replace(root, "").replace(/token=[\w-]+$/, "token=...") : link;
  return Object.fromEntries(
    Object.entries(page).map(([name, value]) => [name, name === "value" ? [] : short(value)]),
  );
}

/** What a value looks like: names with the looks of their values; dates and ids as such. */
function look(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [look(value[0])];
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, look(one)]));
  if (typeof value !== "string") return value === null ? "null" : typeof value;
  const fraction = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z?)$/.exec(value);
  if (fraction !== null)
    return `time with ${fraction[1]?.length ?? 0} characters of fraction${fraction[2] ?? ""}`;
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{11,12}$/.test(value) ? "id" : "text";
}

/** A person of the sample, made with exactly the values that the sample shows. */
function make(tenant: EntraTenant, item: Item): void {
  const values = Object.entries(item).filter(([name]) => !name.includes("@"));
  const id = tenant.createUser(Object.fromEntries(values) as Properties);
  if (item["@removed"]?.reason === "changed") tenant.softDelete(id);
  if (item["@removed"]?.reason === "deleted") tenant.hardDelete(id);
}

function makeGroup(tenant: EntraTenant, item: Item): void {
  const values = Object.entries(item).filter(([name]) => !name.includes("@"));
  const group = tenant.createGroup(Object.fromEntries(values) as Properties);
  for (const { id } of item["members@delta"] ?? []) {
    if (tenant.entity(id) === undefined) tenant.createUser({ id });
    tenant.addMember(group, id);
  }
}

function byId(items: readonly Item[] | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((items ?? []).map((item) => [item.id, JSON.stringify(item)]));
}

describe("a round of people", () => {
  const select = "/users/delta?$select=displayName,givenName,surname";
  const samples = [
    "users-delta-1-first-with-removed-deleted",
    "users-delta-2-next",
    "users-delta-3-final-deltalink",
  ].map(published);

  async function firstRound(): Promise<{ tenant: EntraTenant; client: BareClient; round: WholeRound }> {
    const { tenant, client } = await tenantAndClient({ switches: { deltaPageSize: 3 } });
    for (const item of samples.flatMap(({ value }) => value ?? [])) make(tenant, item);
    return { tenant, client, round: await client.round(select) };
  }

  test("has the published objects, name by name in their order, within the published frame", async () => {
    const { tenant, round } = await firstRound();
    expect(byId(round.items)).toEqual(byId(samples.flatMap(({ value }) => value ?? [])));
    const frames = round.pages.map((page) => frame(page, tenant.graphUrl));
    expect(frames).toEqual(samples.map((page) => frame(page, GRAPH)));
  });

  test("later: nothing, then a changed one and a removed one", async () => {
    const { tenant, client, round } = await firstRound();
    const nothing = await client.get(round.deltaLink);
    expect(frame(nothing.body, tenant.graphUrl)).toEqual(frame(published("users-delta-4-nochange"), GRAPH));
    expect(nothing.body.value).toEqual([]);
    const sample = published("users-delta-5-incremental-removed-changed");
    const [changed, removed] = sample.value ?? [];
    tenant.createUser({ id: removed?.id ?? "" });
    tenant.softDelete(removed?.id ?? "");
    tenant.updateUser(changed?.id ?? "", {
      displayName: "MOD Administrator",
      givenName: "MOD",
      surname: "Administrator",
    });
    const { body } = await client.get(String(nothing.body["@odata.deltaLink"]));
    expect(frame(body, tenant.graphUrl)).toEqual(frame(sample, GRAPH));
    expect(byId(body.value)).toEqual(byId(sample.value));
  });

  test.each(["user-delta-default-properties", "users-delta-with-manager-delta"])("%s", async (name) => {
    const sample = published(name);
    const { tenant, client } = await tenantAndClient();
    for (const item of sample.value ?? []) {
      make(tenant, item);
      for (const { id } of item["manager@delta"] ?? []) tenant.setManager(item.id, tenant.createUser({ id }));
    }
    const { items } = await client.round("/users/delta");
    const expected = byId(sample.value);
    for (const id of Object.keys(expected)) expect(byId(items)[id]).toBe(expected[id]);
  });

  test("with return=minimal has what changed, and the id that the page promises but does not show", async () => {
    const { tenant, client } = await tenantAndClient();
    const id = tenant.createUser({
      displayName: "Adele Vance",
      jobTitle: "Retail Manager",
      mobilePhone: "+1",
    });
    const { deltaLink } = await client.round("/users/delta?$select=displayName,jobTitle,mobilePhone");
    const [sample] = published("user-delta-prefer-minimal").value ?? [];
    tenant.updateUser(id, { ...sample } as Properties);
    const { items } = await client.round(deltaLink, { prefer: "return=minimal" });
    expect(items).toEqual([{ ...sample, id }]);
    const [whole] = published("user-delta-select-three").value ?? [];
    tenant.updateUser(id, { ...whole } as Properties);
    expect((await client.round(deltaLink)).items).toEqual([{ ...whole, id }]);
  });
});

describe("a round of groups", () => {
  test("has the published objects within the published frame", async () => {
    const samples = ["groups-delta-1-first", "groups-delta-2-next", "groups-delta-3-final-deltalink"].map(
      published,
    );
    const { tenant, client } = await tenantAndClient({ switches: { deltaPageSize: 2 } });
    for (const item of samples.flatMap(({ value }) => value ?? [])) makeGroup(tenant, item);
    const { items, pages } = await client.round("/groups/delta?$select=displayName,description,members");
    expect(byId(items)).toEqual(byId(samples.flatMap(({ value }) => value ?? [])));
    expect(pages.map((page) => frame(page, tenant.graphUrl))).toEqual(
      samples.map((page) => frame(page, GRAPH)),
    );
  });

  test("later: one member left, one came", async () => {
    const sample = published("groups-delta-5-incremental-member-removed-and-added");
    const [group] = sample.value ?? [];
    const [left, came] = group?.["members@delta"] ?? [];
    const { tenant, client } = await tenantAndClient();
    for (const { id } of [left, came].flatMap((one) => one ?? [])) tenant.createUser({ id });
    const { displayName, description } = group as unknown as Record<string, string>;
    tenant.createGroup({
      id: group?.id ?? "",
      displayName: displayName ?? "",
      description: description ?? "",
    });
    tenant.addMember(group?.id ?? "", left?.id ?? "");
    const { deltaLink } = await client.round("/groups/delta?$select=displayName,description,members");
    tenant.removeMember(group?.id ?? "", left?.id ?? "");
    tenant.addMember(group?.id ?? "", came?.id ?? "");
    const { body } = await client.get(deltaLink);
    // The order of keys within the two members is the page's own.
    expect(body.value).toEqual(sample.value);
    expect(frame(body, tenant.graphUrl)).toEqual(frame(sample, GRAPH));
  });

  test("without a selection has every property that the page shows", async () => {
    const [sample] = published("group-delta-default-properties").value ?? [];
    const { tenant, client } = await tenantAndClient();
    if (sample !== undefined) makeGroup(tenant, sample);
    const { items } = await client.round("/groups/delta");
    expect(items[0]).toMatchObject({ ...sample });
  });
});

describe("other answers", () => {
  test("assignments to an application", async () => {
    const sample = published("approleassignedto");
    const { tenant, client } = await tenantAndClient();
    const ann = tenant.createUser();
    const id = "8e881353-1735-45af-af21-ee1344582a4d";
    tenant.assign(tenant.createServicePrincipal({ id }), ann);
    const { body } = await client.get(`/servicePrincipals/${id}/appRoleAssignedTo`);
    expect(look(body)).toEqual(look(sample));
    expect(frame(body, tenant.graphUrl)).toEqual(frame(sample, GRAPH));
    expect(body.value?.[0]?.["appRoleId"]).toBe(sample.value?.[0]?.["appRoleId"]);
    expect(body.value?.[0]?.id).toHaveLength(sample.value?.[0]?.id.length ?? 0);
  });

  test("deleted groups and members at any depth", async () => {
    const { tenant, client } = await tenantAndClient();
    const [deleted] = published("deleteditems-groups").value ?? [];
    if (deleted !== undefined) makeGroup(tenant, deleted);
    tenant.softDelete(deleted?.id ?? "");
    const items = (await client.get("/directory/deletedItems/microsoft.graph.group")).body;
    expect(items["@odata.context"]).toBe(`${tenant.graphUrl}/v1.0/$metadata#groups`);
    expect(items.value?.[0]).toMatchObject({ ...deleted });
    const [member] = published("transitivemembers").value ?? [];
    const { id = "", mail } = { ...member } as { id?: string; mail?: string };
    const group = tenant.createGroup({}, [tenant.createUser({ id, mail: mail ?? "" })]);
    const members = (await client.get(`/groups/${group}/transitiveMembers?$select=id,mail`)).body;
    expect(JSON.stringify(members.value)).toBe(JSON.stringify(published("transitivemembers").value));
  });

  test("a batch, down to the headers inside", async () => {
    const { tenant, client } = await tenantAndClient();
    tenant.createUser({ displayName: "Lynne Robbins", userPrincipalName: "LynneR@contoso.example" });
    const { body } = await client.post("/$batch", published("batch-request"));
    const responses = body["responses"] as readonly Item[];
    expect(responses.map(({ id }) => id).toSorted()).toEqual(["1", "2", "3", "4", "5"]);
    for (const sample of published("batch-response-excerpt")["responses"] as readonly Item[]) {
      const ours = responses.find(({ id }) => id === sample.id);
      expect(ours?.["status"]).toBe(sample["status"]);
      expect(ours?.["headers"]).toMatchObject({ ...(sample["headers"] as object) });
      expect(look(ours?.["body"])).toEqual(look(sample["body"]));
    }
  });

  test.each<[string, (tenant: EntraTenant, client: BareClient) => Promise<{ body: Body }>]>([
    ["error-401-empty-token", (_, client) => client.get("/users", { authorization: "" })],
    ["error-401-compacttoken", (_, client) => client.get("/users", { authorization: "Bearer nonsense" })],
    [
      "error-403-request-denied",
      async (tenant, client) => {
        tenant.revoke(["User.Read.All"]);
        return client.get("/users");
      },
    ],
    [
      "error-429-throttled",
      async (tenant, client) => {
        tenant.faults.push({ how: { type: "throttle" } });
        return client.get("/users");
      },
    ],
  ])("%s has the published code, message and inner error", async (name, provoke) => {
    const { tenant, client } = await tenantAndClient();
    const ours = (await provoke(tenant, client)).body.error;
    const sample = published(name).error;
    expect([ours?.code, ours?.message]).toEqual([sample?.code, sample?.message]);
    expect(look(ours?.innerError)).toMatchObject({ ...(look(sample?.innerError) as object) });
    expect(Object.keys(ours ?? {}).toSorted()).toEqual(Object.keys(sample ?? {}).toSorted());
  });

  test.each(["error-410-syncstatenotfound-issue", "error-generic-shape"])(
    "%s has the names of ours",
    async (name) => {
      const { tenant, client } = await tenantAndClient();
      tenant.faults.push({ how: { type: "expired", answer: "410 with Location" } });
      const ours = (await client.get("/users/delta")).body.error;
      const sample = published(name).error;
      expect(Object.keys(ours ?? {})).toEqual(expect.arrayContaining(Object.keys(sample ?? {})));
      expect(Object.keys(ours?.innerError ?? {})).toEqual(
        expect.arrayContaining(Object.keys(sample?.innerError ?? {})),
      );
    },
  );
});
