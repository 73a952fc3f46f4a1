import type { WideRow } from "../store/rows.ts";
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

/** Who would be the last to go: reasons by row, and by group and row for memberships. */
export interface LastMembers {
  of(row: Pick<WideRow, "id" | "kind">): string | undefined;
  ofMembership(group: number, user: number): string | undefined;
}

/**
 * The members of privileged groups whose going would leave nobody active there: neither switched off nor taken out, and the group is not
 * deleted, until it has another active member.
 */
export function lastMembers(
  { store }: Pick<Work, "store">,
  groups: ReadonlyMap<number, string>,
): LastMembers {
  const objects = new Map<number, string>();
  const memberships = new Map<string, string>();
  for (const [group, label] of groups) {
    const members = store.memberships.activeMembers(group);
    if (members.length === 0) continue;
    if (store.pending.row(group)?.intent === "deleted")
      objects.set(group, `${label} is in privilegedGroups and has active members`);
    if (members.some(({ leaves, isTakenOut }) => leaves === 0 && isTakenOut === 0)) continue;
    const who = members.length === 1 ? "the last active member" : "the last active members";
    for (const { usr, leaves, isTakenOut } of members) {
      if (leaves === 1) objects.set(usr, `${who} of ${label} (privilegedGroups)`);
      if (isTakenOut === 1) memberships.set(`${group} ${usr}`, `${who} of ${label} (privilegedGroups)`);
    }
  }
  return {
    of: ({ id }) => objects.get(id),
    ofMembership: (group, user) => memberships.get(`${group} ${user}`),
  };
}

/** Names in the configuration that mean a group which is not there any more. */
export function missingPrivileged({ config, store }: Pick<Work, "config" | "store">): readonly string[] {
  const ids = storedMeaning({ store }, key);
  return config.privilegedGroups.filter((name) => !store.isPresent(ids[name] ?? name));
}
