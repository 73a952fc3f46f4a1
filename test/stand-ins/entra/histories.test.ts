/** Whatever happens in the tenant and however its pages fall: who adds up its rounds knows what is there. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { BareClient, type Item } from "./bare-client.ts";
import { type EntraTenant, startEntraTenant } from "./tenant.ts";

type Act = readonly [what: number, one: number, other: number];

/** One admin's act; those that the tenant would not allow are nothing. */
function perform(tenant: EntraTenant, people: string[], groups: string[], [what, one, other]: Act): void {
  const person = people[one % people.length] ?? "";
  const group = groups[other % groups.length] ?? "";
  const live = (id: string): boolean => tenant.entity(id)?.state === "live";
  const acts: readonly (() => void)[] = [
    () => people.push(tenant.createUser({ displayName: `Person ${one}` })),
    () => groups.push(tenant.createGroup({ displayName: `Group ${one}` })),
    () => live(person) && tenant.rename(person, `Renamed ${other}`),
    () => live(person) && tenant.updateUser(person, { jobTitle: other % 2 === 0 ? null : `Title ${other}` }),
    () => live(person) && tenant.softDelete(person),
    () => tenant.entity(person)?.state === "soft-deleted" && tenant.restore(person),
    () =>
      tenant.entity(person) !== undefined &&
      tenant.entity(person)?.state !== "gone" &&
      tenant.hardDelete(person),
    () => live(group) && live(person) && tenant.addMember(group, person),
    () => live(group) && tenant.removeMember(group, person),
    () => live(group) && tenant.softDelete(group),
    () => tenant.entity(group)?.state === "soft-deleted" && tenant.restore(group),
    () =>
      live(group) &&
      live(groups[one % groups.length] ?? "") &&
      tenant.addMember(group, groups[one % groups.length] ?? ""),
    () =>
      live(person) &&
      live(people[other % people.length] ?? "") &&
      tenant.swapNames(person, people[other % people.length] ?? ""),
  ];
  acts[what % acts.length]?.();
}

/** The rules of a reader, as short as they can be said: last value wins, a removed one is gone, members by set. */
class Reader {
  readonly objects = new Map<string, Record<string, unknown>>();
  readonly members = new Map<string, Set<string>>();

  take(item: Item): void {
    if (item["@removed"] !== undefined) {
      this.objects.delete(item.id);
      this.members.delete(item.id);
      return;
    }
    const { "members@delta": members, ...values } = item;
    this.objects.set(item.id, { ...this.objects.get(item.id), ...values });
    const set = this.members.get(item.id) ?? new Set();
    this.members.set(item.id, set);
    for (const member of members ?? []) {
      if (member["@removed"] === undefined) set.add(member.id);
      else set.delete(member.id);
    }
  }
}

async function readRound(
  client: BareClient,
  reader: Reader,
  start: string,
  between: () => void,
): Promise<string> {
  for (let link = start; ; ) {
    const { status, body, text } = await client.get(link);
    if (status !== 200) throw new Error(text);
    for (const item of body.value ?? []) reader.take(item);
    between();
    if (body["@odata.deltaLink"] !== undefined) return body["@odata.deltaLink"];
    link = String(body["@odata.nextLink"]);
  }
}

const acts = fc.array(fc.tuple(fc.nat(12), fc.nat(40), fc.nat(40)), { maxLength: 25 });
const switches = fc.record({
  deltaPageSize: fc.integer({ min: 1, max: 4 }),
  memberPageSize: fc.integer({ min: 1, max: 3 }),
  emptyPageEvery: fc.nat(2),
  emptyLastPage: fc.boolean(),
  repeats: fc.boolean(),
  replay: fc.nat(6),
  removedInFirstRound: fc.boolean(),
});

/** Two people more than a group begins with, some acts before and during the first read, the rest before two later ones. */
async function tellAndRead(
  tenant: EntraTenant,
  client: BareClient,
  [before, during, after]: readonly (readonly Act[])[],
): Promise<Reader> {
  const people = [tenant.createUser(), tenant.createUser(), tenant.createUser()];
  const groups = [tenant.createGroup({}, people), tenant.createGroup({}, people.slice(1))];
  for (const act of before ?? []) perform(tenant, people, groups, act);
  const waiting = [...(during ?? [])];
  const between = (): void => {
    const act = waiting.shift();
    if (act !== undefined) perform(tenant, people, groups, act);
  };
  const reader = new Reader();
  let users = await readRound(client, reader, "/users/delta?$select=displayName,jobTitle", between);
  let teams = await readRound(client, reader, "/groups/delta?$select=displayName,members", between);
  for (const act of [...waiting, ...(after ?? [])]) perform(tenant, people, groups, act);
  for (let round = 0; round < 2; round++) {
    users = await readRound(client, reader, users, () => {});
    teams = await readRound(client, reader, teams, () => {});
  }
  return reader;
}

test("adding up all rounds, with changes between the pages, gives the tenant", async () => {
  const history = fc.asyncProperty(switches, acts, acts, acts, async (chosen, ...told) => {
    const tenant = await startEntraTenant({ switches: chosen });
    const client = new BareClient(tenant);
    try {
      const reader = await tellAndRead(tenant, client, told);
      const live = [...tenant.live("user"), ...tenant.live("group")];
      expect([...reader.objects.keys()].toSorted()).toEqual(live.map(({ id }) => id).toSorted());
      for (const { id, kind, properties } of live) {
        expect(reader.objects.get(id)?.["displayName"]).toBe(properties["displayName"]);
        expect(reader.objects.get(id)?.["jobTitle"]).toBe(properties["jobTitle"]);
        if (kind !== "group") continue;
        const seen = [...(reader.members.get(id) ?? [])].filter((one) => reader.objects.has(one));
        expect(seen.toSorted()).toEqual(
          tenant
            .membersOf(id)
            .map((member) => member.id)
            .toSorted(),
        );
      }
    } finally {
      await client.close();
      await tenant.stop();
    }
  });
  await fc.assert(history, { numRuns: 40, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true });
}, 90_000);
