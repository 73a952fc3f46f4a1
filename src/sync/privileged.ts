import { keepMeaning, meantBy, storedMeaning } from "./meant.ts";
import type { Work } from "./work.ts";

const key = "privileged_groups";

/**
 * Looks up, once, which groups the configuration calls privileged: one that is renamed later stays so. A name that no group, or more than one,
 * answers to is an error: whoever wrote it relies on it.
 */
export async function namePrivilegedGroups(work: Work): Promise<void> {
  const names = work.config.privilegedGroups;
  keepMeaning(work, key, await meantBy(work, { key, kind: "group", names, setting: "privilegedGroups" }));
}

/** Rows of the privileged groups: by the ids that were looked up, and whatever goes by one of the names now. */
export function privilegedGroups({
  config,
  store,
}: Pick<Work, "config" | "store">): ReadonlyMap<number, string> {
  const ids = storedMeaning({ store }, key);
  const rows = new Map<number, string>();
  for (const name of config.privilegedGroups) {
    for (const each of new Set([name, ids[name] ?? name]))
      for (const row of store.people.named(each, "group")) rows.set(row.id, row.label || name);
  }
  return rows;
}

/**
 * Stops those members of privileged groups whose going would leave nobody active there: they are neither switched off nor taken out, and the group
 * is not deleted, until it has another active member. Call once it is known what is held: who stays for that reason stays as a member.
 */
export function stopLastMembers(work: Pick<Work, "config" | "store">): void {
  const { protections, memberships, pending } = work.store;
  for (const [group, label] of privilegedGroups(work)) {
    const members = memberships.activeMembers(group);
    const row = members.length === 0 ? undefined : pending.row(group);
    if (row === undefined) continue;
    if (row.intent === "deleted" && row.holdId === null)
      protections.stop({ resource: group }, `${label} is in privilegedGroups and has active members`);
    if (members.some(({ leaves, isTakenOut }) => leaves === 0 && isTakenOut === 0)) continue;
    const who = members.length === 1 ? "the last active member" : "the last active members";
    for (const { usr, leaves, isTakenOut } of members) {
      const reason = `${who} of ${label} (privilegedGroups)`;
      if (leaves === 1) protections.stop({ resource: usr }, reason);
      if (isTakenOut === 1) protections.stop({ resource: usr, grp: group }, reason);
    }
  }
}

/** Names in the configuration that mean a group which is not there any more. */
export function missingPrivileged({ config, store }: Pick<Work, "config" | "store">): readonly string[] {
  const ids = storedMeaning({ store }, key);
  return config.privilegedGroups.filter((name) => !store.isPresent(ids[name] ?? name));
}
