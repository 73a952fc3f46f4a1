import { badRequest, type Refusal } from "./answer.ts";
import type { Directory } from "./directory.ts";
import { DEFAULTS, type Kind } from "./schema.ts";

/** The names in `$select`, or the default set; undefined relationships and properties are refused as the service does. */
export function selected(
  directory: Directory,
  kind: Kind,
  query: URLSearchParams,
  relationships: readonly string[] = [],
): readonly string[] {
  const written = query.get("$select");
  if (written === null) return DEFAULTS[kind];
  const names = written.split(",").map((name) => name.trim());
  for (const name of names) {
    if (directory.knows(kind, name) || relationships.includes(name)) continue;
    throw unknownProperty(kind, name);
  }
  return [...new Set(names)];
}

export function unknownProperty(kind: string, name: string): Refusal {
  return badRequest(
    `Parsing OData Select and Expand failed: Could not find a property named '${name}' on type 'microsoft.graph.${kind}'.`,
    "BadRequest",
  );
}

/** Refuses options that are not in `known`, and options that are given twice. */
export function onlyOptions(query: URLSearchParams, known: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of query.keys()) {
    if (seen.has(name))
      throw badRequest(`Query option '${name}' was specified more than once.`, "BadRequest");
    seen.add(name);
    if (!known.includes(name))
      throw badRequest(`The query option '${name}' is not supported here.`, "Request_UnsupportedQuery");
  }
}

/** Advanced queries read a separate index and must say that they know it. */
export function isAdvanced(query: URLSearchParams, consistency: string | undefined): boolean {
  return consistency?.toLowerCase() === "eventual" && query.get("$count") === "true";
}
