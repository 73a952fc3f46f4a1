import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import Database from "better-sqlite3";
import { ConnectionError } from "../errors.ts";
import { syncFile } from "./write-durably.ts";

/** So many copies of a file stay, the newest. */
const kept = 2;

/** `staff.schema-13.db`: a state file as it was before it was migrated; name of the file, version. */
export const upgradeCopy = /^([A-Za-z0-9][A-Za-z0-9_-]*)\.schema-(\d+)\.db$/;

/**
 * Copies a state file beside itself before it is migrated: the version that wrote it can go on with the copy. Throws ConnectionError where there is no
 * room; the file is then as it was.
 */
export function keepCopy(db: Database.Database, file: string, version: number): string {
  const copy = `${file.replace(/\.db$/, "")}.schema-${version}.db`;
  const partial = `${copy}.${process.pid}.part`;
  try {
    rmSync(partial, { force: true });
    const before = process.umask(0o077);
    try {
      db.prepare("vacuum into ?").run(partial);
    } finally {
      process.umask(before);
    }
    syncFile(partial);
    renameSync(partial, copy);
  } catch (error) {
    rmSync(partial, { force: true });
    if (!(error instanceof Database.SqliteError) && !(error instanceof Error && "syscall" in error))
      throw error;
    throw new ConnectionError(
      `the state file ${file} has to be brought to the form of this version, and there is no room for a copy of it beside (${error.message})`,
      {
        cause: error,
        hint: "make room for once its size in the state folder; until then the version that wrote it goes on with it",
      },
    );
  }
  return copy;
}

/** Removes all but the newest copies of a file. */
export function dropOldCopies(file: string): void {
  const name = basename(file).replace(/\.db$/, "");
  const versions = readdirSync(dirname(file)).flatMap((each) => {
    const [, of, version] = upgradeCopy.exec(each) ?? [];
    return of === name ? [Number(version)] : [];
  });
  for (const version of versions.sort((a, b) => b - a).slice(kept)) {
    const copy = join(dirname(file), `${name}.schema-${version}.db`);
    if (existsSync(copy)) rmSync(copy);
  }
}
