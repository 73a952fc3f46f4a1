import { resources } from "../scim/api.ts";
import { sameText } from "../scim/filter.ts";
import { knownPath, readPath } from "../scim/path.ts";
import type { Kind, StoredResource } from "../scim/resource.ts";
import type { WideRow } from "../store/rows.ts";
import { wantedOf } from "./action.ts";
import { givesUp, nameOf, uniquePaths } from "./name-conflicts.ts";
import type { Work } from "./work.ts";

/** Who holds a name that one of ours is to get. */
export type Holding =
  | { readonly type: "nobody" }
  /** One of ours who is to give it up. */
  | { readonly type: "pending"; readonly holder: WideRow; readonly path: string }
  /** One of ours who keeps it. */
  | { readonly type: "kept"; readonly holder: WideRow; readonly path: string }
  /** An account or group that is none of ours. */
  | { readonly type: "foreign"; readonly found: StoredResource; readonly path: string };

/** So many resources are looked through at most for a name that cannot be found by asking for it. */
const longestScan = 10_000;

/** What somebody is to have at a path; undefined where nothing is wanted. */
export function wantedAt(row: WideRow, path: string): string | undefined {
  const value = row.targetId === null ? row.body[path] : wantedOf(row)[path];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/**
 * Looks at the target for who holds a name that it refused to give out. Some services are exact about case when asked and not when they
 * refuse: a name that is not found is asked for in lower case too, and (`everywhere`) looked for in the list.
 */
export async function whoHolds(
  work: Work,
  row: WideRow,
  { everywhere }: { readonly everywhere: boolean },
): Promise<Holding> {
  for (const path of uniquePaths(row.kind)) {
    const value = wantedAt(row, path);
    if (value === undefined || (row.targetId !== null && isHeld(row, path, value))) continue;
    const hits = await holdersOf(work, row.kind, path, value, everywhere);
    const found = hits.find((hit) => hit.id !== row.targetId);
    if (found === undefined) continue;
    const holder = holderOf(work, row.kind, found.id);
    if (holder === undefined) return { type: "foreign", found, path };
    return { type: givesUp(holder, path, value) ? "pending" : "kept", holder, path };
  }
  return { type: "nobody" };
}

/** Whose account or group it is, or is about to be. */
function holderOf({ store }: Work, kind: Kind, targetId: string): WideRow | undefined {
  const linked = store.matches.linkedTo(kind, targetId);
  if (linked !== undefined) return store.pending.row(linked.id);
  return store.matches.found(kind).find((row) => row.matchId === targetId && row.holdId === null);
}

function isHeld(row: WideRow, path: string, value: string): boolean {
  const held = row.appliedBody[path];
  return typeof held === "string" && sameText(path, held, value);
}

async function holdersOf(
  work: Work,
  kind: Kind,
  path: string,
  value: string,
  everywhere: boolean,
): Promise<readonly StoredResource[]> {
  const api = resources(work.target, kind);
  const canAsk = work.target.capabilities.filter[kind].includes(path);
  if (canAsk) {
    for (const spelling of new Set([value, value.toLowerCase()])) {
      const hits = await api.find(path, spelling, work.abort);
      if (hits.length > 0) return hits;
    }
  }
  if (path !== nameOf(kind) || (canAsk && !everywhere)) return [];
  let seen = 0;
  for await (const each of api.list(work.abort)) {
    const theirs = readPath(each, knownPath(path));
    if (typeof theirs === "string" && sameText(path, value, theirs)) return [each];
    if (++seen >= longestScan) break;
  }
  return [];
}
