/** PATCH as a service carries it out (RFC 7644 3.5.2), for the operations that Rollcall sends. */
import { ItemError } from "../../errors.ts";
import type { PatchOperation } from "../../scim/api.ts";
import { type Draft, writePath } from "../../scim/build.ts";
import { asElement, isEmpty } from "../../scim/compare.ts";
import {
  elements,
  isMultiValued,
  isReadOnly,
  matchesFilter,
  type Path,
  parsePath,
  readTop,
} from "../../scim/path.ts";
import type { Json, Resource } from "../../scim/resource.ts";

/** What a PATCH makes of a resource, and of a group's members where it speaks of them. */
export interface Patched {
  readonly resource: Resource;
  readonly members: { readonly add: readonly string[]; readonly remove: readonly string[] };
}

/** Applies the operations in order, all or none. `members` gives the present members, asked for only when an operation needs them. */
export function applyOperations(
  before: Resource,
  operations: readonly PatchOperation[],
  members: () => readonly string[],
): Patched {
  const draft = structuredClone(before) as Draft;
  let wanted: Set<string> | undefined;
  const held = new Set<string>();
  for (const operation of operations) {
    const path = understood(operation.path);
    if (path.extension === undefined && path.attribute === "members") {
      if (wanted === undefined) {
        for (const id of members()) held.add(id);
        wanted = new Set(held);
      }
      changeMembers(wanted, operation, path);
    } else applyOne(draft, operation, path);
  }
  const add = wanted === undefined ? [] : [...wanted.difference(held)];
  return {
    resource: draft,
    members: { add, remove: wanted === undefined ? [] : [...held.difference(wanted)] },
  };
}

function understood(text: string): Path {
  const { path, problem } = parsePath(text);
  if (path === undefined)
    throw new ItemError("invalid-value", `a change was refused: ${problem}`, { status: 400 });
  if (isReadOnly(path) && path.attribute !== "members")
    throw new ItemError("mutability", `${path.text} cannot be written`, { status: 400 });
  return path;
}

function applyOne(draft: Draft, operation: PatchOperation, path: Path): void {
  if (operation.op === "remove") {
    writePath(draft, path, null);
    return;
  }
  const value = checked(path, operation.value as Json);
  const present = elements(readTop(draft, path));
  if (path.filter !== undefined && !present.some((each) => matchesFilter(each, path)))
    throw new ItemError("invalid-value", `${path.text} has no target to ${operation.op}`, { status: 400 });
  if (operation.op === "add" && path.filter === undefined && isMultiValued(path)) {
    const fresh = elements(value).map(asElement);
    const kept = present.filter(
      (each) => !fresh.some((other) => JSON.stringify(other) === JSON.stringify(each)),
    );
    writePath(draft, path, [...kept, ...fresh]);
  } else writePath(draft, path, value);
}

function checked(path: Path, value: Json): Json {
  if (path.extension === undefined && path.attribute === "active" && typeof value !== "boolean")
    throw new ItemError("invalid-value", "active is neither true nor false", { status: 400 });
  return value;
}

function changeMembers(wanted: Set<string>, operation: PatchOperation, path: Path): void {
  if (operation.op === "remove") {
    if (path.filter === undefined) wanted.clear();
    else wanted.delete(String(path.filter.value));
    return;
  }
  if (operation.op === "replace") wanted.clear();
  for (const each of elements(operation.value as Json)) {
    const id = typeof each === "object" && each !== null && "value" in each ? each["value"] : each;
    if (typeof id !== "string" || isEmpty(id))
      throw new ItemError("invalid-value", "a member has no id", { status: 400 });
    wanted.add(id);
  }
}
