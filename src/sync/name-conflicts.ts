import { hash } from "node:crypto";
import { fold, sameText } from "../scim/filter.ts";
import type { Attributes, Kind } from "../scim/resource.ts";
import type { Reach } from "../store/pending.ts";
import type { WideRow } from "../store/rows.ts";
import { wantedOf } from "./action.ts";
import type { Work } from "./work.ts";

/** Somebody who can get a name only when another of ours has given it up. */
export interface NameConflict {
  /** Row that is to get it. */
  readonly waiting: number;
  /** Row that holds it. */
  readonly holder: number;
  readonly path: string;
}

/** The attribute that a service knows people or groups by, and refuses to give out twice. */
export function nameOf(kind: Kind): "userName" | "displayName" {
  return kind === "user" ? "userName" : "displayName";
}

/** Attributes that a service may refuse to give out twice. */
export function uniquePaths(kind: Kind): readonly string[] {
  return [nameOf(kind), "externalId"];
}

/** Who waits for whom, by what the target last accepted: swaps, chains, and a name that somebody new takes over. By the row that waits. */
export function nameConflicts(
  { store }: Pick<Work, "store">,
  kind: Kind,
  reach: Reach,
): ReadonlyMap<number, NameConflict> {
  const conflicts = new Map<number, NameConflict>();
  for (const path of uniquePaths(kind)) {
    const key = (name: string) => (path === "externalId" ? name : fold(name));
    const holders = new Map(store.names.leaving(kind, path).map(({ id, name }) => [key(name), id]));
    if (holders.size === 0) continue;
    for (const { id, name } of store.names.wanting(kind, path, reach)) {
      const holder = holders.get(key(name));
      if (holder !== undefined && holder !== id && !conflicts.has(id))
        conflicts.set(id, { waiting: id, holder, path });
    }
  }
  return conflicts;
}

/** The rows of the ring that somebody waits in, from the first that is in it; undefined for a chain, which has an end. */
export function ringOf(
  conflicts: ReadonlyMap<number, { readonly holder?: number }>,
  start: number,
): readonly number[] | undefined {
  const way: number[] = [];
  for (
    let at: number | undefined = start;
    at !== undefined && conflicts.has(at);
    at = conflicts.get(at)?.holder
  ) {
    const before = way.indexOf(at);
    if (before !== -1) return way.slice(before);
    way.push(at);
  }
  return undefined;
}

/** True when an account of ours will not hold this value any more once what is pending for it is done. */
export function givesUp(row: WideRow, path: string, value: string): boolean {
  const isPending = row.desired === null || row.applied === null || !row.desired.equals(row.applied);
  if (!isPending || (row.targetId ?? row.matchId) === null || row.problem !== null || row.outside === 1)
    return false;
  if (row.intent === "deleted") return true;
  const wanted = wantedOf(row)[path];
  return typeof wanted === "string" && wanted !== "" && !sameText(path, wanted, value);
}

/** What somebody in a ring is called while the others move up: short-lived, unlike any name of a person, and known again by its end. */
export function temporaryName(row: Pick<WideRow, "sourceId">, name: string): string {
  return `${name}${mark(row)}`;
}

/** True for a name that we gave somebody in between: nobody's hand edit, and on its way. */
export function isTemporaryName(row: Pick<WideRow, "sourceId">, name: unknown): boolean {
  return typeof name === "string" && fold(name).endsWith(mark(row));
}

/** What an account was seen to hold, with the name from before in place of a temporary one: that name is the way back. */
export function withoutTemporaryNames(
  row: Pick<WideRow, "sourceId" | "appliedBody">,
  seen: Attributes,
): Attributes {
  const names = Object.keys(seen).filter((path) => isTemporaryName(row, seen[path]));
  return names.length === 0
    ? seen
    : { ...seen, ...Object.fromEntries(names.map((path) => [path, row.appliedBody[path] ?? null])) };
}

function mark({ sourceId }: Pick<WideRow, "sourceId">): string {
  return `.${hash("sha256", sourceId, "hex").slice(0, 8)}`;
}
