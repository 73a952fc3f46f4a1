/** An exported provisioning schema as a mapping, a scope and policies of ours. */
import { ConfigurationError } from "../../errors.ts";
import type { Language } from "../../mapping/expression.ts";
import type { ExportedSchema, ObjectMapping, Rule } from "./export-schema.ts";
import type { Note } from "./notes.ts";
import { type ImportedKind, importKind } from "./object-mapping.ts";

export interface Imported {
  /** Name of the application, as far as the export tells. */
  readonly application: string;
  readonly user: ImportedKind;
  /** Undefined: no groups are pushed. */
  readonly group: ImportedKind | undefined;
  /** About the export as a whole. */
  readonly notes: readonly Note[];
}

export type Languages = Readonly<Record<"user" | "group", Language>>;

/** Throws ConfigurationError where nothing in the export writes people into an application. */
export function importSchema(schema: ExportedSchema, file: string, languages: Languages): Imported {
  const notes: Note[] = [];
  const found: Partial<
    Record<"user" | "group", { readonly mapping: ObjectMapping; readonly place: string }>
  > = {};
  const rules = schema.synchronizationRules
    .map((rule, at) => ({ rule, place: `synchronizationRules[${at}]` }))
    .toSorted((a, b) => (a.rule.priority ?? 0) - (b.rule.priority ?? 0));
  let application = "";
  for (const { rule, place } of rules) {
    const inward = direction(rule);
    if (inward !== undefined) {
      notes.push({ type: "lost", place, subject: "source", entra: rule.name ?? "a rule", message: inward });
      continue;
    }
    application ||= rule.targetDirectoryName ?? "";
    for (const [at, mapping] of rule.objectMappings.entries()) {
      const here = `${place}.objectMappings[${at}]`;
      const kind = kindOf(mapping);
      // Policies say it: no groups are pushed.
      if (kind === "group" && mapping.enabled === false) continue;
      const skipped = whySkipped(mapping, found);
      if (skipped === undefined && kind !== undefined) found[kind] = { mapping, place: here };
      else if (skipped !== undefined)
        notes.push({
          type: "lost",
          place: here,
          subject: "mapping",
          entra: mapping.name ?? mapping.sourceObjectName ?? "an object mapping",
          message: skipped,
        });
    }
  }
  const { user, group } = found;
  if (user === undefined)
    throw new ConfigurationError(
      `${file}: no rule of the export writes people of Entra ID into an application`,
      {
        hint: notes.map(({ place, message }) => `${place}: ${message}`).join("\n"),
      },
    );
  return {
    application,
    user: importKind(user.mapping, languages.user, user.place),
    group: group && importKind(group.mapping, languages.group, group.place),
    notes,
  };
}

const ENTRA = /^(azure active directory|microsoft entra id|entra id|azure ad|aad)$/i;

/** Why a rule is none that takes people out of Entra ID; undefined when it is. */
function direction({ sourceDirectoryName, targetDirectoryName }: Rule): string | undefined {
  const source = sourceDirectoryName ?? "";
  if (source !== "" && !ENTRA.test(source))
    return `the rule reads ${source}, not Entra ID; for people of Active Directory use an active-directory source`;
  if (ENTRA.test(targetDirectoryName ?? ""))
    return "the rule writes into another Entra tenant, which is not a target of Rollcall";
  return undefined;
}

function kindOf({ sourceObjectName }: ObjectMapping): "user" | "group" | undefined {
  if (/^user$/i.test(sourceObjectName ?? "")) return "user";
  return /^group$/i.test(sourceObjectName ?? "") ? "group" : undefined;
}

function whySkipped(
  mapping: ObjectMapping,
  found: Readonly<Partial<Record<"user" | "group", unknown>>>,
): string | undefined {
  const kind = kindOf(mapping);
  if (kind === undefined)
    return `only users and groups are synchronised, this maps ${mapping.sourceObjectName ?? "something without a name"}`;
  if (mapping.enabled === false) return "the mapping is switched off";
  return found[kind] === undefined ? undefined : `only one mapping of ${kind}s is taken over, the first`;
}
