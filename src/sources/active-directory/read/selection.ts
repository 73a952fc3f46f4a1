import type { Kind } from "../../../scim/resource.ts";
import type { AttributeInfo } from "../../source.ts";
import {
  filetimes,
  groupAttributes,
  secretAttributes,
  unreported,
  userAttributes,
  viewNeeds,
} from "../attributes.ts";
import type { SchemaAttribute, Syntax } from "./schema.ts";

/** One attribute of a record: how it is called there, and how its values are read. */
export interface Selected {
  /** Its name in lower case, as entries have it. */
  readonly key: string;
  /** As the mapping spells it; the directory does not care about case. */
  readonly name: string;
  readonly syntax: Syntax;
  /** Always an array in the record, also with one value. "unknown" where neither table nor schema says: an array when several came. */
  readonly many: boolean | "unknown";
}

/** What is read of one kind, by name in lower case. */
export type Selection = ReadonlyMap<string, Selected>;

/** Attributes on the wire that a mapping's attributes stand for, with what `view` needs. */
export function wanted(kind: Kind, select: readonly string[]): readonly string[] {
  const table = kind === "user" ? userAttributes : groupAttributes;
  const names = new Map<string, string>();
  const add = (name: string) => {
    if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  };
  for (const name of select) for (const need of table[name]?.needs ?? [name]) add(need);
  for (const name of viewNeeds[kind]) add(name);
  return [...names.values()];
}

/** Known from every answer, whether asked for or not. */
const identity: readonly string[] = ["objectguid", "distinguishedname"];

/** Drops what must not or cannot be read, with a sentence for each, and decides how each of the others is read. */
export function selectionOf(
  kind: Kind,
  select: readonly string[],
  schema: ReadonlyMap<string, SchemaAttribute>,
): { readonly selection: Selection; readonly problems: readonly string[] } {
  const table = new Map(
    Object.entries(kind === "user" ? userAttributes : groupAttributes).map(([name, info]) => [
      name.toLowerCase(),
      info,
    ]),
  );
  const selection = new Map<string, Selected>();
  const problems: string[] = [];
  for (const name of wanted(kind, select)) {
    const key = name.toLowerCase();
    const known = schema.get(key);
    if (identity.includes(key)) continue;
    if (secretAttributes.has(key)) {
      problems.push(`${name} of ${kind}s holds secrets and is never read`);
    } else if (unreported.has(key) || known?.reported === false) {
      problems.push(`${name} of ${kind}s is not read, because the directory reports no changes of it`);
    } else {
      if (schema.size > 0 && known === undefined && select.includes(name)) {
        problems.push(`${name} of ${kind}s is not in the schema of this directory`);
      }
      selection.set(key, shapeOf(name, table.get(key), known));
    }
  }
  return { selection, problems };
}

function shapeOf(
  name: string,
  info: AttributeInfo | undefined,
  known: SchemaAttribute | undefined,
): Selected {
  const key = name.toLowerCase();
  const syntax = known?.syntax ?? guessedSyntax(name, info);
  if (info !== undefined) return { key, name, syntax, many: info.type === "list" };
  return { key, name, syntax, many: known === undefined ? "unknown" : !known.singleValued };
}

function guessedSyntax(name: string, info: AttributeInfo | undefined): Syntax {
  if (name === "objectGUID") return "guid";
  if (name === "objectSid") return "sid";
  if (filetimes.includes(name)) return "large";
  switch (info?.type) {
    case "boolean":
      return "boolean";
    case "int":
      return "int";
    case "timestamp":
      return "time";
    case "reference":
      return "dn";
    default:
      return "text";
  }
}
