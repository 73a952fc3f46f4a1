import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Audit } from "./audit.ts";
import { openDatabase } from "./database.ts";
import { Forgetting } from "./forget.ts";
import { upgradeCopy } from "./upgrade-copy.ts";

/** Files beside the snapshots in which somebody may still stand; paths. */
export interface OtherCopies {
  /** Snapshots of connections that were retired: the person is erased in them. */
  readonly retired: readonly string[];
  /** Copies from before an upgrade: removed. */
  readonly removed: readonly string[];
  /** Whole states that a restore put aside: for a person to remove. */
  readonly left: readonly string[];
}

/** What else in the state folder holds these people. With `told` they are erased there, without it is only looked at. */
export function otherCopies(
  folder: string,
  connections: ReadonlySet<string>,
  asked: {
    readonly sourceIds: readonly string[];
    readonly told: { readonly actor: string; readonly at: number; readonly reason: string } | undefined;
  },
): OtherCopies {
  const { sourceIds, told } = asked;
  const retired = filesIn(join(folder, "retired"))
    .filter((file) => file.endsWith(".db"))
    .filter((file) => eraseInRetired(file, sourceIds, told));
  const removed = [...filesIn(folder), ...filesIn(join(folder, "targets"))].filter((file) => {
    const [, name = ""] = upgradeCopy.exec(file.slice(file.lastIndexOf("/") + 1)) ?? [];
    return name !== "" && (connections.has(name) || file.includes("/targets/"));
  });
  if (told !== undefined) for (const file of removed) rmSync(file, { force: true });
  return { retired, removed, left: filesIn(join(folder, "replaced")) };
}

/** True when one of them stands in it. */
function eraseInRetired(
  file: string,
  sourceIds: readonly string[],
  told: { readonly actor: string; readonly at: number; readonly reason: string } | undefined,
): boolean {
  const db = openDatabase(file, "connection", { create: false, keepCopy: false });
  try {
    const rows = sourceIds.flatMap(
      (id) =>
        db.prepare("select id, source_id as sourceId from resource where source_id = ?").all(id) as {
          id: number;
          sourceId: string;
        }[],
    );
    if (rows.length === 0 || told === undefined) return rows.length > 0;
    const forgetting = new Forgetting(db, new Audit(db));
    for (const row of rows) forgetting.erase(row, { ...told, run: 0, accountDeleted: false });
    forgetting.scrub();
    return true;
  } finally {
    db.close();
  }
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}
