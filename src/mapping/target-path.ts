/** Which SCIM paths a row may aim at, and what kind of value stands there (RFC 7643 4.1, 4.2, 4.3). */
import {
  ADDRESS_PARTS,
  ENTERPRISE_NAMES,
  GROUP_NAMES,
  NAME_PARTS,
  PLURAL_NAMES,
  SINGLE_NAMES,
  VALUE_PARTS,
} from "../scim/core-names.ts";
import { isMultiValued, isReadOnly, isReference, type Path, parsePath } from "../scim/path.ts";
import { ENTERPRISE_SCHEMA, type Kind } from "../scim/resource.ts";
import { didYouMean, listNames } from "../yaml/suggest.ts";

/** What a place holds: "list" for several values, "any" where only the target's own schema knows. */
export type Holds = "text" | "boolean" | "reference" | "list" | "any";

export type TargetPath =
  | { readonly path: Path; readonly holds: Holds; readonly problem?: undefined }
  | { readonly problem: string };

const USER_NAMES = [...SINGLE_NAMES, "name", ...PLURAL_NAMES, "addresses"];
const EXTENSION_NAMES = [...ENTERPRISE_NAMES, "manager"];

/** Parses a path of a mapping row and refuses what a row cannot set. */
export function parseTargetPath(kind: Kind, text: string): TargetPath {
  const parsed = parsePath(text);
  if (parsed.path === undefined) return { problem: parsed.problem };
  const { path } = parsed;
  const problem = path.extension === undefined ? coreProblem(kind, path) : extensionProblem(path);
  return problem === undefined ? { path, holds: holds(path) } : { problem };
}

function coreProblem(kind: Kind, path: Path): string | undefined {
  const { attribute } = path;
  if (attribute === "members" || attribute === "groups")
    return "memberships are not mapped: they follow the directory's groups (policy.groups)";
  if (attribute === "password") return "passwords are not synchronised";
  if (isReadOnly(path)) return `"${attribute}" is given by the target, a mapping cannot set it`;
  const names = kind === "group" ? GROUP_NAMES : USER_NAMES;
  if (!names.includes(attribute))
    return `a ${kind} has no attribute "${attribute}"${didYouMean(attribute, names) || `, expected ${listNames(names, 20)}`}`;
  if (isMultiValued(path)) return multiValuedProblem(path);
  return singleProblem(path);
}

function multiValuedProblem(path: Path): string | undefined {
  const parts = path.attribute === "addresses" ? ADDRESS_PARTS : VALUE_PARTS;
  const example = `${path.attribute}[type eq "work"].${parts[0]}`;
  // All values at once; an address has parts, so there is no list of plain values.
  if (path.filter === undefined && path.sub === undefined && path.attribute !== "addresses") return undefined;
  if (path.filter === undefined || path.sub === undefined)
    return `"${path.attribute}" holds several values: say which part of which one, as in ${example}`;
  return parts.includes(path.sub) ? undefined : unknownPart(path.attribute, path.sub, parts);
}

function singleProblem(path: Path): string | undefined {
  if (path.filter !== undefined) return `"${path.attribute}" holds one value: leave out the [...]`;
  if (path.attribute !== "name")
    return path.sub === undefined ? undefined : `"${path.attribute}" has no parts: leave out ".${path.sub}"`;
  if (path.sub === undefined) return `"name" has parts: say which one, as in name.givenName`;
  return NAME_PARTS.includes(path.sub) ? undefined : unknownPart("name", path.sub, NAME_PARTS);
}

function extensionProblem(path: Path): string | undefined {
  if (path.extension?.toLowerCase() !== ENTERPRISE_SCHEMA.toLowerCase()) return undefined;
  if (!EXTENSION_NAMES.includes(path.attribute))
    return unknownPart("the enterprise extension", path.attribute, EXTENSION_NAMES);
  return path.sub === undefined || path.attribute === "manager"
    ? undefined
    : `"${path.attribute}" has no parts: leave out ".${path.sub}"`;
}

function unknownPart(whole: string, part: string, parts: readonly string[]): string {
  return `${whole} has no "${part}"${didYouMean(part, parts) || `, expected ${listNames(parts)}`}`;
}

function holds(path: Path): Holds {
  if (isReference(path)) return "reference";
  if (path.extension === undefined && isMultiValued(path) && path.filter === undefined) return "list";
  if (path.extension === undefined)
    return path.attribute === "active" || path.sub === "primary" ? "boolean" : "text";
  return path.extension.toLowerCase() === ENTERPRISE_SCHEMA.toLowerCase() ? "text" : "any";
}
