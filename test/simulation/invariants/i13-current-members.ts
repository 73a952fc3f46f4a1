import type { Group } from "../world/directory.ts";
import type { World } from "../world/world.ts";
import type { Eyes, Invariant } from "./invariant.ts";
import { isOn } from "./wanted.ts";

/** What a person's word may have been given to, where somebody is taken out of a group. */
const approvable = ["member-removals", "not-visible", "deactivations", "deletions"];

export const currentMembers: Invariant = {
  id: "I13",
  sentence:
    "nobody is put into a group, or taken out of it, against what the directory has said ever since the last honest read",
  watch: (eyes) => (event) => {
    if (event.type !== "write" || event.call.method !== "members") return;
    const { owners, broken } = eyes;
    const { n, id, add = [], remove = [] } = event.call;
    const group = owners.owner(id);
    if (group === undefined) return;
    for (const account of add) {
      const owner = owners.owner(account);
      if (owner !== undefined && !wasEverMember(eyes, group, owner) && !mayBeUntold(eyes.world, owner))
        broken(`#${n} puts ${owner} into ${group}, where the directory does not have them`);
    }
    for (const account of remove) {
      const owner = owners.owner(account);
      if (owner !== undefined && wasAlwaysMember(eyes, group, owner) && !mayBeApproved(eyes, owner))
        broken(`#${n} takes ${owner} out of ${group}, and the directory had them there all the time`);
    }
  },
};

function mayBeApproved({ approvals }: Eyes, owner: string): boolean {
  return approvals.any(owner, approvable);
}

/** A directory without tombstones does not say who left their groups by being deleted; not before it is read as a whole. */
function mayBeUntold({ directory }: World, person: string): boolean {
  if (directory.kind.tombstones) return false;
  return [
    ...directory.since(person, 0),
    ...directory.groups.flatMap(({ id }) => directory.groupSince(id, 0)),
  ].some(({ gone }) => gone);
}

/** Whether the person was in the group, or in one inside it, at any moment of which the product may still know. */
function wasEverMember({ world, knowledge }: Eyes, group: string, person: string): boolean {
  const seen = new Set<string>();
  const open = [group];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const versions = versionsOf(world, id, Math.min(knowledge.since(group), knowledge.since(person)));
    for (const { members } of versions) {
      if (members.has(person)) return true;
      for (const member of members) if (world.directory.group(member) !== undefined) open.push(member);
    }
  }
  return false;
}

/** Whether the person was on, to be seen, and in the group itself all the time. */
function wasAlwaysMember({ world, knowledge }: Eyes, group: string, person: string): boolean {
  const since = Math.min(knowledge.since(group), knowledge.since(person));
  const people = world.directory.since(person, since);
  const groups = versionsOf(world, group, since);
  return (
    people.length > 0 &&
    people.every((each) => isOn(each) && !each.hidden) &&
    groups.length > 0 &&
    groups.every(({ gone, members }) => !gone && members.has(person))
  );
}

function versionsOf(world: World, group: string, since: number): readonly Group[] {
  return world.directory.groupSince(group, since);
}
