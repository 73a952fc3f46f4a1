import type { Held } from "../world/application.ts";
import type { Group, Person } from "../world/directory.ts";
import type { World } from "../world/world.ts";
import type { Ownership } from "./invariant.ts";

/** Whether a person is to have an active account. */
export function isOn(person: Person): boolean {
  return !person.gone && person.enabled && person.inside;
}

/** People who cannot get what they are to have until somebody else does something, by the rules that the product has to keep. */
export function isExcused(world: World, owners: Ownership, person: Person): boolean {
  if (person.hidden || world.poison.has(person.id)) return true;
  return world.application.all("user").some((held) => standsInTheWay(world, owners, person, held, new Set()));
}

/** An account that holds what a person is to have, and that nobody of ours may change. */
function standsInTheWay(
  world: World,
  owners: Ownership,
  person: Person,
  held: Held,
  asked: Set<string>,
): boolean {
  const { policy } = world.settings;
  const { userName, externalId } = held.resource;
  const isNamed = userName === person.login;
  if (!isNamed && externalId !== person.id) return false;
  const owner = owners.owner(held.id);
  // Who leaves existing accounts alone leaves those alone too that an older state has forgotten.
  if (policy.existingAccounts === "leave" && (owner !== person.id || wasRestored(world))) return true;
  if (owner === person.id) return false;
  // An account that names somebody else is theirs.
  if (typeof externalId === "string" && externalId !== person.id && owner === undefined) return true;
  // Nobody's account is taken over by whoever has one already, or is found by another that carries their external id.
  if (owner === undefined) {
    const hasOne = owners.accountsOf(person.id).length > 0;
    return externalId === "of-another-system" || hasOne || (isNamed && isFoundElsewhere(world, person, held));
  }
  // Their account was given to somebody else, on the word of a person who erred.
  if (externalId === person.id) return true;
  if (!isNamed || asked.has(owner)) return false;
  asked.add(owner);
  const holder = world.directory.person(owner);
  // Who left keeps the name; who cannot get another one keeps it too.
  if (holder === undefined || holder.gone || !holder.inside || holder.hidden) return true;
  if (world.poison.has(owner)) return true;
  return world.application.all("user").some((other) => standsInTheWay(world, owners, holder, other, asked));
}

/** Another account carries the external id, which is looked for before the name, wherever the target can be asked for it. */
function isFoundElsewhere({ application, settings }: World, person: Person, held: Held): boolean {
  const filter = settings.target.capabilities.filter.user;
  if (filter.length > 0 && !filter.includes("externalId")) return false;
  return application
    .all("user")
    .some(({ id, resource }) => id !== held.id && resource["externalId"] === person.id);
}

/** An older state was put back as a whole: what was done since is forgotten, and nothing tells. */
export function wasRestored(world: World): boolean {
  return world.faults.of("restored backup of the whole state") > 0;
}

/** Ids of the people whom a group is to have as members, nested groups opened up where the policy says so. */
export function wantedMembers(world: World, group: Group): ReadonlySet<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const open = [group];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next.id)) continue;
    seen.add(next.id);
    for (const id of next.members) {
      const inner = world.directory.group(id);
      if (inner === undefined) found.add(id);
      else if (!inner.gone && world.settings.policy.groups.nested === "flatten") open.push(inner);
    }
  }
  return found;
}
