/** The mapping of people, or that of groups: rows, scope, and what its switches say. */
import type { Language } from "../../mapping/expression.ts";
import { attributeRow, type ImportedRow } from "./attribute-row.ts";
import type { Translation } from "./cel.ts";
import type { ObjectMapping } from "./export-schema.ts";
import type { Note } from "./notes.ts";
import { filterRule } from "./scope.ts";

export interface ImportedKind {
  /** In the order of the export, each path once. */
  readonly rows: readonly ImportedRow[];
  /** Paths to find existing accounts by. */
  readonly match: readonly string[];
  readonly scope: ImportedScope | undefined;
  readonly notes: readonly Note[];
  /** Entra switches accounts off: there is a row for `active`. */
  readonly deactivates: boolean;
}

/** A scope rule: one line a filter, which `or` joins. */
export interface ImportedScope {
  readonly filters: readonly { readonly name: string; readonly rule: string }[];
  /** What has to hold besides the filters. */
  readonly and: readonly { readonly name: string; readonly rule: string }[];
  readonly notes: readonly Note[];
}

/** What nobody can be without, and where it comes from when the export does not tell in a way that can be used. */
const NEEDED = {
  user: [
    { path: "userName", value: "user.userPrincipalName" },
    { path: "active", value: "user.accountEnabled" },
  ],
  group: [{ path: "displayName", value: "group.displayName" }],
} as const;

export function importKind(mapping: ObjectMapping, language: Language, place: string): ImportedKind {
  const notes: Note[] = [];
  const kind = language.variable;
  const read = mapping.attributeMappings
    .map((each, at) => attributeRow(each, language, `${place}.attributeMappings[${at}]`))
    .filter((row) => row !== undefined);
  const rows = withNeeded(kind, once(read), place);
  const deactivates = kind === "group" || read.some(({ path }) => path === "active");
  return {
    rows,
    match: matchOf(kind, rows, place, notes),
    scope: scopeOf(mapping, language, `${place}.scope`),
    notes: [...notes, ...flowNotes(mapping, kind, `${place}.flowTypes`)],
    deactivates,
  };
}

/** A place of the target is written by one row: the first counts, as in the editor's list. */
function once(rows: readonly ImportedRow[]): readonly ImportedRow[] {
  const taken = new Set<string>();
  return rows.map((row) => {
    if (row.spec === undefined) return row;
    if (!taken.has(row.path)) {
      taken.add(row.path);
      return row;
    }
    const message = "an earlier mapping of the export aims at the same place";
    const note: Note = { type: "lost", place: row.place, subject: row.path, entra: row.entra, message };
    return { ...row, spec: undefined, notes: [note] };
  });
}

/** Adds what cannot be missing, said to be ours. */
export function withNeeded(
  kind: "user" | "group",
  rows: readonly ImportedRow[],
  place: string,
): readonly ImportedRow[] {
  const missing = NEEDED[kind].filter(
    ({ path }) => !rows.some((row) => row.path === path && row.spec !== undefined),
  );
  return [
    ...missing
      // Entra without a row for `active` switches nobody off: a policy says so, not a row.
      .filter(({ path }) => path !== "active" || rows.some((row) => row.path === path))
      .map(({ path, value }): ImportedRow => {
        const lost = rows.find((row) => row.path === path)?.notes[0];
        const note: Note = {
          type: "lost",
          place: lost?.place ?? place,
          subject: path,
          entra: lost?.entra ?? "no mapping",
          message: `every ${kind} needs ${path}, so this row is Rollcall's own, not Entra's: check it before the first sync`,
        };
        const spec = { value, write: "always" } as const;
        return { path, place: note.place, spec, entra: note.entra, notes: [note], matchingPriority: 0 };
      }),
    ...rows,
  ];
}

function matchOf(
  kind: "user" | "group",
  rows: readonly ImportedRow[],
  place: string,
  notes: Note[],
): readonly string[] {
  const asked = rows
    .filter((row) => row.matchingPriority > 0)
    .toSorted((a, b) => a.matchingPriority - b.matchingPriority);
  const usable = asked.filter(
    (row) =>
      row.spec !== undefined && (row.spec.value !== undefined || typeof row.spec.constant === "string"),
  );
  const match = [...new Set(usable.map(({ path }) => path))].filter((path) => path !== "active");
  for (const row of asked)
    if (!match.includes(row.path))
      notes.push({
        type: "lost",
        place: row.place,
        subject: `${kind}s.match`,
        entra: `match by ${row.path}, precedence ${row.matchingPriority}`,
        message: "accounts cannot be found by it here, since its row was not translated",
      });
  if (match.length > 0) return match;
  const own = kind === "user" ? "userName" : "displayName";
  notes.push({
    type: "differs",
    place,
    subject: `${kind}s.match`,
    entra: "no matching attribute that could be taken over",
    message: `existing ${kind === "user" ? "accounts" : "groups"} are found by ${own}`,
  });
  return [own];
}

function scopeOf({ scope }: ObjectMapping, language: Language, place: string): ImportedScope | undefined {
  if (scope === null || scope === undefined) return undefined;
  const notes: Note[] = [];
  const subject = `scope.${language.variable}s`;
  const translation: Translation = { language, differs: () => {}, onceOnly: () => {} };
  const rulesOf = (name: "groups" | "inputFilterGroups" | "categoryFilterGroups") =>
    scope[name].map((group, at) => {
      const { rule, lost, name: title } = filterRule(group, translation);
      for (const each of lost)
        notes.push({
          type: "lost",
          place: `${place}.${name}[${at}].clauses[${each.at}]`,
          subject,
          entra: each.clause,
          message: `${each.why}. In its place stands false: the filter lets nobody in until you replace it`,
        });
      return { name: title, rule };
    });
  const filters = rulesOf("groups");
  const early = [rulesOf("inputFilterGroups"), rulesOf("categoryFilterGroups")].filter(
    (rules) => rules.length > 0,
  );
  if (filters.length + early.length === 0) return undefined;
  if (early.length > 0)
    notes.push({
      type: "differs",
      place,
      subject,
      entra: "inputFilterGroups or categoryFilterGroups",
      message:
        "whoever falls out of these filters is out of scope here and treated by policy.whenOutOfScope; Entra leaves the account as it is",
    });
  return { filters, and: early.map((rules) => ({ name: rules[0]?.name ?? "", rule: anyOf(rules) })), notes };
}

/** Filters joined by `or`, each in brackets where it needs them. */
export function anyOf(rules: readonly { readonly rule: string }[]): string {
  const [first, second] = rules;
  if (first !== undefined && second === undefined) return first.rule;
  return rules.map(({ rule }) => (/&&|\|\|/.test(rule) ? `(${rule})` : rule)).join(" || ");
}

/** "Add, Update, Delete", or the sum of 1, 2 and 4. */
function flowNotes({ flowTypes }: ObjectMapping, kind: "user" | "group", place: string): readonly Note[] {
  if (flowTypes === null || flowTypes === undefined) return [];
  const has = (name: string, bit: number) =>
    typeof flowTypes === "number" ? (flowTypes & bit) !== 0 : flowTypes.toLowerCase().includes(name);
  const note = (type: Note["type"], entra: string, message: string): Note => ({
    type,
    place,
    subject: kind === "user" ? "policy" : "policy.groups",
    entra,
    message,
  });
  const what = kind === "user" ? "accounts" : "groups";
  return [
    ...(has("add", 1)
      ? []
      : [
          note(
            "lost",
            "Create is switched off",
            `Rollcall creates ${what} for everybody in scope; keep mode: dry-run until the scope holds only ${what} that exist`,
          ),
        ]),
    ...(has("update", 2)
      ? []
      : [
          note(
            "lost",
            "Update is switched off",
            `Rollcall keeps ${what} as the mapping says; make rows write: onCreate where later changes shall not go through`,
          ),
        ]),
    ...(has("delete", 4)
      ? [
          kind === "user"
            ? note(
                "differs",
                "Delete is switched on",
                "Entra deletes the account 30 days after the person; Rollcall switches it off and keeps it. policy.deleteAfter: 30d deletes it then",
              )
            : note(
                "differs",
                "Delete is switched on",
                "Rollcall keeps groups that are gone from the directory; policy.groups.removed: delete removes them",
              ),
        ]
      : []),
  ];
}
