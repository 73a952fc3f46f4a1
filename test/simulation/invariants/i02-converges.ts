import type { Json } from "../../../src/scim/resource.ts";
import type { Person } from "../world/directory.ts";
import type { World } from "../world/world.ts";
import type { Invariant, Ownership } from "./invariant.ts";
import { isExcused, isOn, wasRestored } from "./wanted.ts";

/** What people and groups lack at the target, a sentence each. */
export function lacking(world: World, ownership: Ownership): readonly string[] {
  const people = world.directory.people
    .filter((person) => isOn(person) && !isExcused(world, ownership, person))
    .flatMap((person) => lackingPerson(world, ownership, person));
  const groups = world.directory.groups.flatMap((group) => {
    const [id] = ownership.accountsOf(group.id);
    if (group.gone) {
      // One that was made and deleted in the time that an older state forgot is nobody's.
      return world.settings.policy.groups.removed === "delete" && id !== undefined && !wasRestored(world)
        ? [`${group.id} is still there`]
        : [];
    }
    const name = id === undefined ? undefined : world.application.get(id)?.resource["displayName"];
    return name === group.name ? [] : [`${group.id} is called ${name} instead of ${group.name}`];
  });
  return [...people, ...groups];
}

function lackingPerson(world: World, ownership: Ownership, person: Person): readonly string[] {
  const [id] = ownership.accountsOf(person.id);
  const held = id === undefined ? undefined : world.application.get(id)?.resource;
  if (held === undefined) return [`${person.id} has no account`];
  const mails = (held["emails"] ?? []) as readonly { readonly type?: Json; readonly value?: Json }[];
  const values: readonly (readonly [name: string, wanted: unknown, is: unknown])[] = [
    ["userName", person.login, held["userName"]],
    ["displayName", person.name, held["displayName"]],
    ["title", person.title, held["title"]],
    ["mail", person.mail, mails.find((each) => each.type === "work")?.value],
    ["active", true, held["active"]],
    ...managerOf(world, ownership, person, held),
  ];
  return values
    .filter(([, wanted, is]) => wanted !== is)
    .map(([name, wanted, is]) => `${person.id}: ${name} is ${String(is)} instead of ${String(wanted)}`);
}

/** The manager's account, where the manager is somebody who has one. */
function managerOf(
  world: World,
  ownership: Ownership,
  person: Person,
  held: { readonly [name: string]: unknown },
) {
  const manager = person.manager === undefined ? undefined : world.directory.person(person.manager);
  if (manager !== undefined && !isOn(manager)) return [];
  const wanted = manager === undefined ? undefined : ownership.accountsOf(manager.id)[0];
  if (manager !== undefined && cannotBeLinked(world, manager, wanted)) return [];
  const enterprise = held["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] as
    | { readonly manager?: { readonly value?: string } | string }
    | undefined;
  const is = typeof enterprise?.manager === "string" ? enterprise.manager : enterprise?.manager?.value;
  return [["manager", wanted, is]] as const;
}

/** Nobody is linked to an account that was there before, or that an older state has forgotten, while the target refuses to have it taken over. */
function cannotBeLinked(world: World, { id }: Person, account: string | undefined): boolean {
  if (!world.poison.has(id) || account === undefined) return false;
  const isForgotten = world.faults.of("restored backup of the whole state") > 0;
  return isForgotten || world.application.get(account)?.madeBy !== "product";
}

export const converges: Invariant = {
  id: "I2",
  sentence: "when the faults have stopped, the target comes to hold what the directory says",
  watch:
    ({ world, owners, broken }) =>
    (event) => {
      if (event.type === "calm") for (const each of lacking(world, owners)) broken(each);
    },
};
