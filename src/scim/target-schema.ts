/** What a target says that its users and groups may carry (RFC 7643 7), flat: one entry a value. */
import {
  ADDRESS_PARTS,
  ENTERPRISE_NAMES,
  NAME_PARTS,
  PLURAL_NAMES,
  SINGLE_NAMES,
  VALUE_PARTS,
} from "./core-names.ts";
import { fold } from "./filter.ts";
import { type Path, parsePath } from "./path.ts";
import { ENTERPRISE_SCHEMA, type Kind } from "./resource.ts";

export interface TargetAttribute {
  /** As a mapping row names it, but for the filter: `userName`, `name.givenName`, `emails.value`, `urn:...:User:department`. */
  readonly path: string;
  /** "string", "boolean", "reference", ...: RFC 7643 2.3. */
  readonly type: string;
  /** One of several values of the attribute that it belongs to. */
  readonly multiValued: boolean;
  readonly required: boolean;
  readonly mutability: "readWrite" | "readOnly" | "immutable" | "writeOnly";
}

/** Undefined for a kind of which nothing is published. */
export interface TargetSchema {
  readonly user: readonly TargetAttribute[] | undefined;
  readonly group: readonly TargetAttribute[] | undefined;
  /** Attributes that are not listed are kept as well. */
  readonly isOpen: boolean;
  /** What the target says of itself (RFC 7643 5), by name; undefined where it says nothing. */
  readonly supports: Readonly<Record<string, boolean>> | undefined;
}

/** The attributes that a path of a mapping row writes: one, or all parts of what it names as a whole. */
export function attributesAt(path: Path, attributes: readonly TargetAttribute[]): readonly TargetAttribute[] {
  const prefix = path.extension === undefined ? "" : `${path.extension}:`;
  const whole = fold(`${prefix}${path.attribute}${path.sub === undefined ? "" : `.${path.sub}`}`);
  return attributes.filter((each) => {
    const name = fold(each.path);
    return name === whole || name.startsWith(`${whole}.`);
  });
}

/** The path of a row without its filter, as a target lists it. */
export function listedPath(text: string): string {
  const { path } = parsePath(text);
  if (path === undefined) return text;
  const prefix = path.extension === undefined ? "" : `${path.extension}:`;
  return `${prefix}${path.attribute}${path.sub === undefined ? "" : `.${path.sub}`}`;
}

function attribute(path: string, differs: Partial<TargetAttribute> = {}): TargetAttribute {
  const type = path.endsWith(".primary") ? "boolean" : "string";
  return { path, type, multiValued: false, required: false, mutability: "readWrite", ...differs };
}

const several = (path: string) => attribute(path, { multiValued: true });

const about: Readonly<Record<string, Partial<TargetAttribute>>> = {
  userName: { required: true },
  active: { type: "boolean" },
};

/** All of RFC 7643 4.1 to 4.3 that somebody else than the target may write. */
export const CORE_ATTRIBUTES: Readonly<Record<Kind, readonly TargetAttribute[]>> = {
  user: [
    ...SINGLE_NAMES.map((name) => attribute(name, about[name])),
    ...NAME_PARTS.map((part) => attribute(`name.${part}`)),
    ...PLURAL_NAMES.flatMap((name) => VALUE_PARTS.map((part) => several(`${name}.${part}`))),
    ...ADDRESS_PARTS.map((part) => several(`addresses.${part}`)),
    ...ENTERPRISE_NAMES.map((name) => attribute(`${ENTERPRISE_SCHEMA}:${name}`)),
    attribute(`${ENTERPRISE_SCHEMA}:manager`, { type: "reference" }),
  ],
  group: [attribute("displayName", { required: true }), attribute("externalId"), several("members.value")],
};
