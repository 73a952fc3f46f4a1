/** From the flat form to a resource and back. */
import { asElement, isEmpty } from "./compare.ts";
import { fold } from "./filter.ts";
import {
  elements,
  isMultiValued,
  isObject,
  isReference,
  knownPath,
  matchesFilter,
  member,
  ownKey,
  type Path,
  readPath,
} from "./path.ts";
import {
  type Attributes,
  GROUP_SCHEMA,
  type Json,
  type Kind,
  type Resource,
  USER_SCHEMA,
} from "./resource.ts";

/** A resource under construction. Names come from parsed paths only, which refuse everything that reaches a prototype. */
export type Draft = Record<string, Json | undefined>;

/**
 * The resource to create: nested, without empty values, `schemas` naming the extensions that are used. The first work e-mail address is marked
 * primary unless a path says otherwise: many services log people in by the primary one. `extra` comes last, e.g. `{ active: true }`.
 */
export function buildResource(kind: Kind, attributes: Attributes, extra: Attributes = {}): Resource {
  const draft: Draft = { schemas: [kind === "user" ? USER_SCHEMA : GROUP_SCHEMA] };
  for (const [text, value] of [...Object.entries(attributes), ...Object.entries(extra)])
    writePath(draft, knownPath(text), value);
  return draft;
}

/** What a resource holds at these paths, in this order; null where there is nothing. */
export function readAttributes(resource: Resource, paths: Iterable<string>): Attributes {
  const found: [string, Json][] = [];
  for (const text of paths) {
    const value = readPath(resource, knownPath(text));
    found.push([text, value === undefined || isEmpty(value) ? null : value]);
  }
  return Object.fromEntries(found);
}

/** Puts a value at a path, or takes it away when it is empty; neighbours that the path does not name stay. */
export function writePath(draft: Draft, path: Path, value: Json): void {
  if (path.extension === undefined) {
    writeAttribute(draft, path, value);
    return;
  }
  const key = ownKey(draft as Json, path.extension) ?? path.extension;
  const inside: Draft = { ...objectAt(draft, key) };
  const flat = ownKey(draft as Json, `${path.extension}:${path.attribute}`);
  if (flat !== undefined) {
    inside[path.attribute] = draft[flat];
    delete draft[flat];
  }
  writeAttribute(inside, path, value);
  if (Object.keys(inside).length === 0) delete draft[key];
  else {
    draft[key] = inside as Json;
    declare(draft, path.extension);
  }
}

function writeAttribute(container: Draft, path: Path, value: Json): void {
  const key = ownKey(container as Json, path.attribute) ?? path.attribute;
  const after = attributeWith(container[key], path, isEmpty(value) ? undefined : value);
  if (after === undefined) delete container[key];
  else container[key] = after;
}

function attributeWith(before: Json | undefined, path: Path, value: Json | undefined): Json | undefined {
  if (path.filter !== undefined) return listWith(elements(before), path, value);
  if (path.sub !== undefined) return objectWith(before, path.sub, value);
  if (value === undefined) return undefined;
  if (isReference(path)) return asElement(value);
  return isMultiValued(path) ? elements(value).map(asElement) : value;
}

function listWith(list: readonly Json[], path: Path, value: Json | undefined): Json | undefined {
  const at = list.findIndex((each) => matchesFilter(each, path));
  const before = list[at];
  const after = elementWith(before, path, value);
  if (after === undefined) return noneIfEmpty(list.filter((_, index) => index !== at));
  const others = list.map((each) =>
    isPrimary(after) && isPrimary(each) ? (objectWith(each, "primary", false) ?? each) : each,
  );
  if (before !== undefined) return others.with(at, after);
  const becomesPrimary = isWorkMail(path) && !list.some(isPrimary) && member(after, "primary") === undefined;
  return [...others, becomesPrimary ? { ...(after as object), primary: true } : after];
}

/** The element that the filter means, with the value put in; undefined when nothing that says something is left of it. */
function elementWith(before: Json | undefined, path: Path, value: Json | undefined): Json | undefined {
  const { attribute, value: chosen } = path.filter ?? { attribute: "type", value: "" };
  const base = before ?? { [attribute]: chosen };
  if (value !== undefined)
    return path.sub === undefined
      ? { ...(asElement(value) as object), [attribute]: chosen }
      : objectWith(base, path.sub, value);
  if (path.sub === undefined || path.sub === "value" || before === undefined) return undefined;
  const rest = objectWith(before, path.sub, undefined);
  return rest !== undefined && saysSomething(rest, attribute) ? rest : undefined;
}

/** True when an element holds more than what marks it. */
export function saysSomething(element: Json, filterAttribute: string): boolean {
  const marks = ["type", "primary", "display", "$ref", fold(filterAttribute)];
  return Object.entries(element as object).some(
    ([name, value]) => !marks.includes(fold(name)) && !isEmpty(value as Json),
  );
}

function objectWith(before: Json | undefined, name: string, value: Json | undefined): Json | undefined {
  const object: Draft = isObject(before) ? { ...before } : {};
  const key = ownKey(object as Json, name) ?? name;
  if (value === undefined) delete object[key];
  else object[key] = value;
  return Object.keys(object).length === 0 ? undefined : (object as Json);
}

function objectAt(draft: Draft, key: string): Draft {
  const value = draft[key];
  return isObject(value) ? value : {};
}

function declare(draft: Draft, extension: string): void {
  const schemas = elements(draft["schemas"]);
  if (!schemas.some((each) => fold(String(each)) === fold(extension)))
    draft["schemas"] = [...schemas, extension];
}

function isWorkMail(path: Path): boolean {
  return (
    path.extension === undefined &&
    path.attribute === "emails" &&
    path.filter?.attribute === "type" &&
    path.filter.value === "work"
  );
}

function isPrimary(element: Json): boolean {
  return member(element, "primary") === true;
}

function noneIfEmpty(list: readonly Json[]): Json | undefined {
  return list.length === 0 ? undefined : list;
}
