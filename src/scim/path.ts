/** SCIM paths (RFC 7644 3.5.2, RFC 7643 3.10) as mapping rows and PATCH operations use them: a strict grammar, and reading a value. */
import { fold } from "./filter.ts";
import { GROUP_SCHEMA, type Json, type Resource, USER_SCHEMA } from "./resource.ts";

/** A parsed path: `[extension:]attribute[filter].sub`. */
export interface Path {
  /** Canonical spelling: `userName`, `emails[type eq "work"].value`, `urn:...:User:department`. Equal text means equal place. */
  readonly text: string;
  /** URN of the extension that the attribute belongs to; undefined for the core schemas. */
  readonly extension: string | undefined;
  readonly attribute: string;
  /** Picks one element of a multi-valued attribute. */
  readonly filter: { readonly attribute: string; readonly value: string | boolean } | undefined;
  readonly sub: string | undefined;
}

/** What `parsePath` answers: the path, or one sentence that says what is wrong with the text. */
export type ParsedPath =
  | { readonly path: Path; readonly problem?: undefined }
  | { readonly path?: undefined; readonly problem: string };

const NAME = "[A-Za-z][A-Za-z0-9_$-]*";
const GRAMMAR = new RegExp(
  `^(?:(urn:[A-Za-z0-9][A-Za-z0-9-]*(?::[A-Za-z0-9._~$!*'()+,;=@%/-]+)+):)?(${NAME})` +
    `(?:\\[\\s*(${NAME})\\s+[eE][qQ]\\s+("(?:[^"\\\\]|\\\\.)*"|true|false)\\s*\\])?(?:\\.(\\$ref|${NAME}))?$`,
);
const MAX_LENGTH = 1000;
const POLLUTING = new Set(["__proto__", "constructor", "prototype"]);

/** Attributes of RFC 7643 4.1 and 4.2 that hold several values, each a complex one. */
const MULTI_VALUED = [
  "emails",
  "phoneNumbers",
  "ims",
  "photos",
  "addresses",
  "groups",
  "entitlements",
  "roles",
  "x509Certificates",
  "members",
];
const CORE_NAMES = [
  ...MULTI_VALUED,
  ...["id", "externalId", "schemas", "meta", "userName", "name", "displayName", "nickName", "profileUrl"],
  ...["title", "userType", "preferredLanguage", "locale", "timezone", "active", "password"],
];
const SUB_NAMES = [
  ...["formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"],
  ...["value", "display", "type", "primary", "$ref"],
  ...["streetAddress", "locality", "region", "postalCode", "country"],
];
const ENTERPRISE_NAMES = [
  "employeeNumber",
  "costCenter",
  "organization",
  "division",
  "department",
  "manager",
];
const CANONICAL = new Map(
  [...CORE_NAMES, ...SUB_NAMES, ...ENTERPRISE_NAMES].map((name) => [fold(name), name]),
);
const NOT_FOR_MAPPINGS = new Set(["id", "meta", "schemas", "groups", "members"]);

/** True for the core attributes that hold a list of complex values. */
export function isMultiValued(path: Path): boolean {
  return path.extension === undefined && MULTI_VALUED.includes(path.attribute);
}

/** True where a mapping cannot aim at: what the service alone writes (RFC 7643 3.1, 4.1.2), and members, which are synchronised one by one. */
export function isReadOnly(path: Path): boolean {
  return path.extension === undefined && NOT_FOR_MAPPINGS.has(path.attribute);
}

/** True for a reference in the enterprise extension (`manager`): flat it is the id alone, on the wire `{ value: id }`. */
export function isReference(path: Path): boolean {
  return (
    path.attribute === "manager" &&
    path.sub === undefined &&
    /:enterprise:2\.0:user$/i.test(path.extension ?? "")
  );
}

/** Parses a path; never throws. Known names get the spelling of the RFC, so `username` and `userName` are the same place. */
export function parsePath(text: string): ParsedPath {
  if (text.length > MAX_LENGTH) return { problem: `a SCIM path is at most ${MAX_LENGTH} characters long` };
  const match = GRAMMAR.exec(text);
  if (match === null) return { problem: describe(text) };
  const [, urn, attribute = "", filterName, filterValue, sub] = match;
  for (const name of [attribute, filterName, sub])
    if (name !== undefined && POLLUTING.has(name.toLowerCase()))
      return { problem: `"${name}" is not a name that a path may hold` };
  let filter: Path["filter"];
  if (filterName !== undefined && filterValue !== undefined) {
    const value = parseLiteral(filterValue);
    if (value === undefined) return { problem: "the value in [...] is not a JSON string" };
    filter = { attribute: canonical(filterName), value };
  }
  const core = urn === undefined || [USER_SCHEMA, GROUP_SCHEMA].some((schema) => fold(schema) === fold(urn));
  return finish({
    extension: core ? undefined : urn,
    attribute: canonical(attribute),
    filter,
    sub: sub && canonical(sub),
  });
}

function finish(parts: Omit<Path, "text">): ParsedPath {
  const whole: Path = { ...parts, text: "" };
  // Both spellings of the manager are one place, or the same reference would be written twice.
  const path =
    isReference({ ...whole, sub: undefined }) && parts.sub === "value" ? { ...whole, sub: undefined } : whole;
  if (isMultiValued(path) && path.sub !== undefined && path.filter === undefined)
    return {
      problem: `"${path.attribute}" holds several values: say which one, as in ${path.attribute}[type eq "work"].${path.sub}`,
    };
  if (path.attribute === "name" && path.extension === undefined && path.filter !== undefined)
    return { problem: `"name" holds one value: leave out the [...]` };
  return { path: { ...path, text: format(path) } };
}

/** The path of a text that is known to be right (a constant, or one that was checked when the mapping was compiled). */
export function knownPath(text: string): Path {
  let path = parsed.get(text);
  if (path === undefined) {
    const result = parsePath(text);
    if (result.path === undefined) throw new TypeError(`not a SCIM path: ${result.problem}`);
    path = result.path;
    if (parsed.size > 10_000) parsed.clear();
    parsed.set(text, path);
  }
  return path;
}

const parsed = new Map<string, Path>();

/**
 * The value at a path, or undefined. Names are compared without regard to case (RFC 7643 2.1); an extension's attribute may stand inside
 * the object under its URN or under the full name at the top. A reference is read as its id.
 */
export function readPath(resource: Resource, path: Path): Json | undefined {
  const top = readTop(resource, path);
  const chosen = path.filter === undefined ? top : elements(top).find((each) => matchesFilter(each, path));
  if (isReference(path)) return typeof chosen === "object" ? member(single(chosen), "value") : chosen;
  return path.sub === undefined ? chosen : member(chosen, path.sub);
}

/** The attribute as a whole: what `readPath` gives without filter and sub-attribute. */
export function readTop(resource: Resource, path: Path): Json | undefined {
  if (path.extension === undefined) return member(resource as Json, path.attribute);
  const inside = member(member(resource as Json, path.extension), path.attribute);
  return inside ?? member(resource as Json, `${path.extension}:${path.attribute}`);
}

/** True when an element of a multi-valued attribute is the one that the path's filter means. */
export function matchesFilter(element: Json, path: Path): boolean {
  if (path.filter === undefined) return true;
  const theirs = member(element, path.filter.attribute);
  return theirs !== undefined && theirs !== null && fold(String(theirs)) === fold(String(path.filter.value));
}

/** The values of an attribute as a list; some services send a single object where the RFC has a list. */
export function elements(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value as Json];
}

/** An own property by name without regard to case; undefined for anything that is not an object. */
export function member(value: Json | undefined, name: string): Json | undefined {
  const key = ownKey(value, name);
  return key === undefined || !isObject(value) ? undefined : value[key];
}

/** True for a JSON object. */
export function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The own key of an object that equals a name without regard to case; the exact spelling first. */
export function ownKey(value: Json | undefined, name: string): string | undefined {
  if (!isObject(value)) return undefined;
  if (Object.hasOwn(value, name)) return name;
  // Asked for every attribute of every record, and most often the name is not there at all: folding is for those that may be it.
  for (const key in value) {
    if (key.length === name.length && fold(key) === fold(name) && Object.hasOwn(value, key)) return key;
  }
  return undefined;
}

function single(value: Json): Json | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function canonical(name: string): string {
  return CANONICAL.get(fold(name)) ?? name;
}

function parseLiteral(text: string): string | boolean | undefined {
  try {
    return JSON.parse(text) as string | boolean;
  } catch {
    return undefined;
  }
}

function format(path: Path): string {
  const filter =
    path.filter === undefined ? "" : `[${path.filter.attribute} eq ${JSON.stringify(path.filter.value)}]`;
  const prefix = path.extension === undefined ? "" : `${path.extension}:`;
  return `${prefix}${path.attribute}${filter}${path.sub === undefined ? "" : `.${path.sub}`}`;
}

function describe(text: string): string {
  if (text.trim() === "") return "a SCIM path is not empty";
  if (/\[.*\b(and|or|not|co|sw|ew|pr|ne|gt|lt|ge|le)\b.*\]/i.test(text) && !/\beq\s+"/i.test(text))
    return `between [ and ] only a comparison with "eq" is understood, as in emails[type eq "work"].value`;
  if (/\]\s*\[|\..*\./.test(text.replace(/^urn:.*:/, "")))
    return "a SCIM path goes two levels deep at most, as in name.givenName";
  return `not a SCIM path; expected something like userName, name.givenName, emails[type eq "work"].value or urn:...:User:department`;
}
