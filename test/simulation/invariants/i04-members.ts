import type { Person } from "../world/directory.ts";
import type { World } from "../world/world.ts";
import type { Invariant, Ownership } from "./invariant.ts";
import { isExcused, isOn, wantedMembers, wasRestored } from "./wanted.ts";

/** Groups whose members are not those of the directory. */
export function wrongMembers(world: World, ownership: Ownership): readonly string[] {
  return world.directory.groups.flatMap((group) => {
    const [id] = ownership.accountsOf(group.id);
    if (group.gone || id === undefined) return [];
    const is = world.application.get(id)?.members ?? [];
    const wanted: string[] = [];
    const free = new Set<string>();
    for (const member of wantedMembers(world, group)) {
      const person = world.directory.person(member);
      const [account] = ownership.accountsOf(member);
      if (person !== undefined && account !== undefined && !person.gone && person.inside)
        wanted.push(account);
    }
    for (const person of world.directory.people)
      if (mayStay(world, ownership, person))
        for (const account of ownership.accountsOf(person.id)) free.add(account);
    // Memberships that an older state has forgotten are left to whoever reads what a comparison tells.
    if (wasRestored(world)) for (const account of is) free.add(account);
    return differences(
      group.id,
      wanted.filter((member) => !free.has(member)),
      is.filter((member) => !free.has(member)),
    );
  });
}

/**
 * Whose memberships may be as they are: who cannot be written keeps theirs, and so does whoever left and is forgotten by an older state, whose
 * account is a stranger's now.
 */
function mayStay(world: World, ownership: Ownership, person: Person): boolean {
  return isExcused(world, ownership, person) || (wasRestored(world) && !isOn(person));
}

function differences(group: string, wanted: readonly string[], is: readonly string[]): string[] {
  const found: string[] = [];
  for (const id of new Set([...wanted, ...is])) {
    const times = is.filter((each) => each === id).length;
    if (times > 1) found.push(`${group} lists ${id} ${times} times`);
    if (times === 0) found.push(`${group} lacks ${id}`);
    if (!wanted.includes(id)) found.push(`${group} still has ${id}`);
  }
  return found;
}

export const rightMembers: Invariant = {
  id: "I4",
  sentence:
    "no group lists a member twice, and when the faults have stopped its members are those of the directory",
  watch:
    ({ world, owners, broken }) =>
    (event) => {
      if (event.type === "calm") for (const each of wrongMembers(world, owners)) broken(each);
      if (
        event.type !== "effect" ||
        event.call.method !== "members" ||
        !world.settings.target.capabilities.membersReadable
      )
        return;
      const members = world.application.get(event.id)?.members ?? [];
      const twice = members.find((id, at) => members.indexOf(id) !== at);
      if (twice !== undefined) broken(`${event.id} lists ${twice} twice`);
    },
};
