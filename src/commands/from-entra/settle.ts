/** Whatever the checks of a mapping file refuse becomes a line about it, so that what is written always loads. */
import { checkMapping, type MappingInput } from "../../mapping/compile.ts";
import type { Problem } from "../../yaml/problem.ts";
import type { ImportedRow } from "./attribute-row.ts";
import type { Imported } from "./import.ts";
import { mappingText } from "./mapping-text.ts";
import type { Note } from "./notes.ts";
import { type ImportedKind, withNeeded } from "./object-mapping.ts";

/** A row that is taken out can make another one wrong, but not for ever. */
const MOST_ROUNDS = 20;

/** The import and the text of its mapping file. The problems that are left are not those of single rows. */
export async function settled(
  imported: Imported,
  exportFile: string,
  definition: MappingInput["definition"],
): Promise<{ readonly imported: Imported; readonly text: string; readonly problems: readonly Problem[] }> {
  let current = imported;
  for (let rounds = 1; ; rounds++) {
    const text = mappingText(current, exportFile);
    const { problems } = await checkMapping({
      definition,
      mapping: { file: "mapping", text },
      scope: { include: [] },
      pushGroups: current.group !== undefined,
    });
    const next = withoutRefused(current, problems);
    if (next === undefined || rounds === MOST_ROUNDS) return { imported: current, text, problems };
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

function refused(
  kind: ImportedKind,
  name: "users" | "groups",
  problems: readonly Problem[],
): ImportedKind | undefined {
  const about = (key: string) =>
    problems.find(({ path }) => path === key || path.startsWith(`${key}.`))?.message;
  const rows = kind.rows.map((row): ImportedRow => {
    const message = row.spec === undefined ? undefined : about(`${name}.attributes.${row.path}`);
    if (message === undefined) return row;
    const note = { type: "lost", place: row.place, subject: row.path, entra: row.entra, message } as const;
    return { ...row, spec: undefined, notes: [note] };
  });
  const unmatched = kind.match.flatMap((path, at): readonly Note[] => {
    const message = path === NAMES[name] ? undefined : about(`${name}.match.${at}`);
    if (message === undefined) return [];
    const place = kind.rows.find((row) => row.path === path)?.place ?? name;
    return [{ type: "lost", place, subject: `${name}.match`, entra: `match by ${path}`, message }];
  });
  if (unmatched.length === 0 && rows.every((row, at) => row === kind.rows[at])) return undefined;
  const match = kind.match.filter((path) => !unmatched.some(({ entra }) => entra === `match by ${path}`));
  return {
    ...kind,
    rows: withNeeded(name === "users" ? "user" : "group", rows, name),
    match: match.length > 0 ? match : [NAMES[name]],
    notes: [...kind.notes, ...unmatched],
  };
}

/** What everybody has, and is found by when nothing else is left. */
const NAMES: Readonly<Record<"users" | "groups", string>> = { users: "userName", groups: "displayName" };
