import type { Group, Person } from "../world/directory.ts";
import type { World } from "../world/world.ts";
import type { Ownership } from "./invariant.ts";

/** Whether a person is to have an active account. */
export function isOn(person: Person): boolean {
  return !person.gone && person.enabled && person.inside;
}

/** People who cannot get what they are to have until somebody else does something, by the rules that the product has to keep. */
export function isExcused(world: World, ownership: Ownership, person: Person): boolean {
  const { application, settings } = world;
  if (person.hidden || world.poison.has(person.id)) return true;
  const own = ownership.accountsOf(person.id);
  // Who leaves existing accounts alone leaves those alone too that an older state has forgotten.
  const isForgotten =
    settings.policy.existingAccounts === "leave" && world.faults.of("restored backup of the whole state") > 0;
  // A stranger holds the name: under "leave" nobody touches it, and another system's account is nobody's to give.
  return application
    .all("user")
    .some(
      (held) =>
        (isForgotten || !own.includes(held.id)) &&
        (held.resource["userName"] === person.login || held.resource["externalId"] === person.id) &&
        (settings.policy.existingAccounts === "leave" || held.resource["externalId"] === "of-another-system"),
    );
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
