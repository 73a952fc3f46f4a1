/** Whatever the checks of a mapping file refuse becomes a line about it, so that what is written always loads. */
import { checkMapping, type MappingInput } from "../../mapping/compile.ts";
import type { Problem } from "../../yaml/problem.ts";
import type { ImportedRow } from "./attribute-row.ts";
import type { Imported } from "./import.ts";
import { mappingText } from "./mapping-text.ts";
import { type ImportedKind, withNeeded } from "./object-mapping.ts";

/** The import and the text of its mapping file. The problems that are left are not those of single rows. */
export async function settled(
  imported: Imported,
  exportFile: string,
  definition: MappingInput["definition"],
): Promise<{ readonly imported: Imported; readonly text: string; readonly problems: readonly Problem[] }> {
  let current = imported;
  for (;;) {
    const text = mappingText(current, exportFile);
    const { problems } = await checkMapping({
      definition,
      mapping: { file: "mapping", text },
      scope: { include: [] },
      pushGroups: current.group !== undefined,
    });
    const next = withoutRefused(current, problems);
    if (next === undefined) return { imported: current, text, problems };
    current = next;
  }
}

/** Undefined when no row is to blame. */
function withoutRefused(imported: Imported, problems: readonly Problem[]): Imported | undefined {
  const user = refused(imported.user, "users", problems);
  const group = imported.group && refused(imported.group, "groups", problems);
  if (user === undefined && group === undefined) return undefined;
  return { ...imported, user: user ?? imported.user, group: group ?? imported.group };
}

function refused(kind: ImportedKind, name: string, problems: readonly Problem[]): ImportedKind | undefined {
  const whyNot = (row: ImportedRow) => {
    const key = `${name}.attributes.${row.path}`;
    return problems.find(({ path }) => path === key || path.startsWith(`${key}.`))?.message;
  };
  const isUnmatched = (path: string, at: number) =>
    problems.some((each) => each.path === `${name}.match.${at}` || each.path === `${name}.match[${at}]`) &&
    path !== NAMES[name];
  const rows = kind.rows.map((row): ImportedRow => {
    const message = row.spec === undefined ? undefined : whyNot(row);
    if (message === undefined) return row;
    const note = { type: "lost", place: row.place, subject: row.path, entra: row.entra, message } as const;
    return { ...row, spec: undefined, notes: [note] };
  });
  const match = kind.match.filter((path, at) => !isUnmatched(path, at));
  const changed = match.length < kind.match.length || rows.some((row, at) => row !== kind.rows[at]);
  const whole = withNeeded(name === "users" ? "user" : "group", rows, name);
  return changed
    ? { ...kind, rows: whole, match: match.length > 0 ? match : [NAMES[name] ?? ""] }
    : undefined;
}

const NAMES: Readonly<Record<string, string>> = { users: "userName", groups: "displayName" };
