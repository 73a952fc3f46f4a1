/** What must be written so that a target holds what we want: as PATCH operations, or as the whole resource for targets that take PUT only. */
import type { PatchOperation } from "./api.ts";
import { type Draft, saysSomething, writePath } from "./build.ts";
import { isEmpty, sameValue } from "./compare.ts";
import { fold } from "./filter.ts";
import {
  elements,
  isReadOnly,
  knownPath,
  matchesFilter,
  ownKey,
  type Path,
  readPath,
  readTop,
} from "./path.ts";
import type { Attributes, Json, Resource } from "./resource.ts";

/**
 * The fewest operations that turn `current` into `desired`, one per path, absolute values only (a repeat is harmless):
 * - `replace path value`; an empty value is `remove path`;
 * - a path with a filter whose element is missing: one `add attribute [element]` for all paths of that element, since a replace of what is not
 *   there is an error (RFC 7644 3.5.2.3, noTarget);
 * - the last value of an element cleared: `remove attribute[filter]`.
 * `current` is what the target holds, or what it last accepted (`buildResource` makes that of flat attributes).
 */
export function difference(current: Resource, desired: Attributes): PatchOperation[] {
  const changes = Object.entries(desired)
    .map(([text, value]) => ({ path: knownPath(text), value }))
    .filter(({ path, value }) => !isReadOnly(path) && !sameValue(path, value, readPath(current, path)));
  const operations = new Map<string, PatchOperation>();
  for (const { path, value } of changes) {
    const element = path.filter && elements(readTop(current, path)).find((each) => matchesFilter(each, path));
    if (path.filter !== undefined && element === undefined) {
      const key = elementPath(path);
      if (!operations.has(key)) operations.set(key, addition(current, path, changes));
    } else if (isEmpty(value)) {
      const at = element === undefined || !emptied(element, path, changes) ? path.text : elementPath(path);
      operations.set(at, { op: "remove", path: at });
    } else operations.set(path.text, { op: "replace", path: path.text, value: onTheWire(path, value) });
  }
  return [...operations.values()];
}

/**
 * The whole resource for a PUT: what the target holds, with our values laid over it (empty ones taken away) and without what only the target
 * may write. What we do not manage stays as it is.
 */
export function overlay(current: Resource, desired: Attributes): Resource {
  const draft = structuredClone(current) as Draft;
  for (const name of ["id", "meta", "groups"]) {
    const key = ownKey(draft as Json, name);
    if (key !== undefined) delete draft[key];
  }
  for (const [text, value] of Object.entries(desired)) {
    const path = knownPath(text);
    if (!isReadOnly(path) && !sameValue(path, value, readPath(current, path))) writePath(draft, path, value);
  }
  return draft;
}

interface Wanted {
  readonly path: Path;
  readonly value: Json;
}

/** One new element with everything that the paths say of it. */
function addition(current: Resource, path: Path, changes: readonly Wanted[]): PatchOperation {
  const draft = structuredClone(current) as Draft;
  for (const { path: each, value } of changes)
    if (elementPath(each) === elementPath(path)) writePath(draft, each, value);
  const element = elements(readTop(draft, path)).find((each) => matchesFilter(each, path));
  return { op: "add", path: attributePath(path), value: element === undefined ? [] : [element] };
}

/** True when the element says nothing any more once the paths that are cleared are gone. */
function emptied(element: Json, path: Path, changes: readonly Wanted[]): boolean {
  const here = changes.filter(({ path: each }) => elementPath(each) === elementPath(path));
  if (here.some(({ value }) => !isEmpty(value))) return false;
  const cleared = new Set(here.map(({ path: each }) => fold(each.sub ?? "")));
  if (cleared.has("value") || cleared.has("")) return true;
  const rest = Object.fromEntries(
    Object.entries(element as object).filter(([name]) => !cleared.has(fold(name))),
  );
  return !saysSomething(rest, path.filter?.attribute ?? "type");
}

function onTheWire(path: Path, value: Json): Json {
  const draft: Draft = {};
  const whole: Path = { ...path, filter: undefined, sub: undefined };
  if (path.sub !== undefined) return value;
  writePath(draft, path.filter === undefined ? whole : path, value);
  const written = readTop(draft, whole) ?? value;
  return path.filter === undefined ? written : (elements(written)[0] ?? value);
}

function attributePath(path: Path): string {
  return path.extension === undefined ? path.attribute : `${path.extension}:${path.attribute}`;
}

function elementPath(path: Path): string {
  return path.text.slice(0, path.text.length - (path.sub === undefined ? 0 : path.sub.length + 1));
}
