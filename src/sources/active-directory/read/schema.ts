import { AndFilter, EqualityFilter, OrFilter } from "ldapts";
import type { Log } from "../../../log.ts";
import { type Searchable, searchPages } from "../client/search.ts";

/** How the values of an attribute are written on the wire. */
export type Syntax = "text" | "boolean" | "int" | "large" | "time" | "dn" | "octets" | "guid" | "sid";

export interface SchemaAttribute {
  readonly syntax: Syntax;
  readonly singleValued: boolean;
  /** Changes reach other domain controllers, and us. */
  readonly reported: boolean;
}

/** MS-ADTS 3.1.1.2.2.2. Everything else is text. */
const SYNTAXES: Readonly<Record<string, Syntax>> = {
  "2.5.5.1": "dn",
  "2.5.5.7": "dn",
  "2.5.5.14": "dn",
  "2.5.5.8": "boolean",
  "2.5.5.9": "int",
  "2.5.5.10": "octets",
  "2.5.5.11": "time",
  "2.5.5.15": "octets",
  "2.5.5.16": "large",
  "2.5.5.17": "sid",
};

const NOT_REPLICATED = 0x1;
const CONSTRUCTED = 0x4;

/** What the directory's schema says of these attributes, by name in lower case; names it does not know are missing. */
export async function readSchema(
  from: Searchable,
  schemaNamingContext: string | undefined,
  names: readonly string[],
  log: Log,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SchemaAttribute>> {
  const found = new Map<string, SchemaAttribute>();
  if (schemaNamingContext === undefined) return found;
  const search = {
    base: schemaNamingContext,
    scope: "one",
    filter: new AndFilter({
      filters: [
        new EqualityFilter({ attribute: "objectClass", value: "attributeSchema" }),
        new OrFilter({
          filters: names.map((value) => new EqualityFilter({ attribute: "lDAPDisplayName", value })),
        }),
      ],
    }),
    attributes: ["lDAPDisplayName", "attributeSyntax", "isSingleValued", "systemFlags", "linkID"],
    what: "reading the schema",
  } as const;
  for await (const page of searchPages(from, search, 500, signal)) {
    for (const entry of page) {
      const name = entry.text("ldapdisplayname")?.toLowerCase();
      if (name === undefined) continue;
      const flags = Number(entry.text("systemflags") ?? 0);
      const isBackLink = Number(entry.text("linkid") ?? 0) % 2 === 1;
      found.set(name, {
        syntax: name === "objectguid" ? "guid" : (SYNTAXES[entry.text("attributesyntax") ?? ""] ?? "text"),
        singleValued: entry.text("issinglevalued") === "TRUE",
        reported: (flags & (NOT_REPLICATED | CONSTRUCTED)) === 0 && !isBackLink,
      });
    }
  }
  if (found.size === 0)
    log.warn({}, "the schema cannot be read; attributes are taken as their names are known");
  return found;
}
