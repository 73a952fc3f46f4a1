import { ConfigurationError, ItemError } from "../errors.ts";
import type { StoredResource } from "../scim/resource.ts";
import type { WideRow } from "../store/rows.ts";
import { accountNamed } from "./bind.ts";
import { keepMeaning, type Meant, meantBy, storedMeaning } from "./meant.ts";
import type { Work } from "./work.ts";

/** The setting that gives existing groups at the target to groups of the directory. */
const setting = "policy.groups.link";

/** Which groups of the directory the configuration names; asked for before anything is read. */
export async function linkedGroupsOf(work: Work): Promise<Meant | undefined> {
  const { link } = work.config.policy.groups;
  if (link === undefined) return undefined;
  return meantBy(work, { key: "linked_groups", kind: "group", names: Object.keys(link), setting });
}

/** Call once the read is finished: from now on these are meant by these names. */
export function keepLinkedGroups(work: Work, meant: Meant): void {
  keepMeaning(work, "linked_groups", meant);
}

/** Source id of a group of the directory -> id or name of the group at the target that is to be its own. */
export function linkedGroups(work: Pick<Work, "config" | "store">): ReadonlyMap<string, string> {
  const { link } = work.config.policy.groups;
  if (link === undefined) return new Map();
  const meant = storedMeaning(work, "linked_groups");
  return new Map(
    Object.entries(link).flatMap(([name, target]) => {
      const id = meant[name];
      return id === undefined ? [] : [[id, target] as const];
    }),
  );
}

/** The group at the target that the configuration gives to this one. Throws ItemError where it is missing, or two have the name. */
export async function linkedGroup(
  work: Work,
  row: Pick<WideRow, "kind">,
  target: string,
): Promise<{ readonly path: string; readonly hits: readonly StoredResource[] }> {
  try {
    return { path: byLink, hits: [await accountNamed(work, row.kind, target)] };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ItemError("collision", `${setting}: ${error.message}; no other group is created`, {
      cause: error,
    });
  }
}

/** By what such a group was found. */
export const byLink = "id";

/** The configuration names this group: that is a person's word, and a second one is never created. */
export function isLinkedGroup(work: Pick<Work, "config" | "store">, { kind, sourceId }: WideRow): boolean {
  return kind === "group" && linkedGroups(work).has(sourceId);
}
