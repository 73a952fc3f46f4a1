/** Opens the file of an embedded directory and brings its tables up to date. */
import { randomUUID } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { ConnectionError, isRollcallError, TransientError } from "../../errors.ts";

export type DirectoryDatabase = Database.Database;

/** "Roll" in ASCII: tells our file from any other SQLite file. */
const APPLICATION_ID = 0x526f6c6c;
const MIGRATIONS = ["0001-directory.sql"];
/** Another process holds the file for one short transaction at most. */
const BUSY_TIMEOUT_MS = 2_000;

/**
 * Opens `file`, making it (readable by the owner alone) when it does not exist. Commits are durable when they return: WAL with
 * synchronous=FULL. Throws ConnectionError when the file is something else, damaged, or of a newer version.
 */
export function openDatabase(file: string): DirectoryDatabase {
  let database: DirectoryDatabase | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, "a", 0o600));
    database = new Database(file, { timeout: BUSY_TIMEOUT_MS });
    refuseForeign(database, file);
    database.pragma("journal_mode = wal");
    database.pragma("synchronous = full");
    database.pragma("foreign_keys = on");
    database.pragma("cache_size = -65536");
    migrate(database);
    return database;
  } catch (error) {
    database?.close();
    throw explain(error, file);
  }
}

/** The random id that a directory is given when it is made. */
export function directoryId(database: DirectoryDatabase): string {
  const row = database.prepare<[], { id: string }>("select id from directory").get();
  if (row === undefined)
    throw new ConnectionError("the embedded directory has lost its id", { hint: "restore it from a backup" });
  return row.id;
}

/** Before anything is written: the file is ours and of a version that we know, or it is empty. */
function refuseForeign(database: DirectoryDatabase, file: string): void {
  const ours = database.pragma("application_id", { simple: true }) === APPLICATION_ID;
  const empty = database.prepare("select 1 from sqlite_schema limit 1").get() === undefined;
  if (!ours && !empty)
    throw new ConnectionError(`${file} is not an embedded directory`, {
      hint: "name another target, or move that file away",
    });
  const version = versionOf(database);
  if (version > MIGRATIONS.length)
    throw new ConnectionError(
      `${file} was written by a newer version (format ${version}, this one knows ${MIGRATIONS.length})`,
      { hint: "run the newer version again, or restore a backup from before the upgrade" },
    );
}

function migrate(database: DirectoryDatabase): void {
  if (versionOf(database) === MIGRATIONS.length) return;
  const run = database.transaction(() => {
    // Asked again inside the transaction: another process may have done it meanwhile.
    const version = versionOf(database);
    for (const name of MIGRATIONS.slice(version))
      database.exec(readFileSync(new URL(`./migrations/${name}`, import.meta.url), "utf8"));
    if (version === 0) database.prepare("insert into directory (only, id) values (1, ?)").run(randomUUID());
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${MIGRATIONS.length}`);
  });
  run.immediate();
}

function versionOf(database: DirectoryDatabase): number {
  return Number(database.pragma("user_version", { simple: true }));
}

/** What SQLite says, as one of our errors; a call that failed was rolled back. */
export function explain(error: unknown, file: string): Error {
  if (isRollcallError(error) || !(error instanceof Error)) return error as Error;
  const code = "code" in error ? String(error.code) : "";
  if (code.startsWith("SQLITE_BUSY"))
    return new TransientError(`the directory ${file} is in use by another process`, {
      outcome: "none",
      cause: error,
    });
  if (code.startsWith("SQLITE_FULL"))
    return new TransientError(`no space is left for the directory ${file}`, {
      outcome: "none",
      cause: error,
      hint: "free some disk space",
    });
  if (code.startsWith("SQLITE_IOERR"))
    return new TransientError(`the disk failed for the directory ${file} (${code})`, {
      outcome: "unknown",
      cause: error,
    });
  if (code === "SQLITE_NOTADB" || code.startsWith("SQLITE_CORRUPT"))
    return new ConnectionError(`${file} is damaged or not a directory (${code})`, {
      cause: error,
      hint: "restore it from a backup",
    });
  if (code.startsWith("SQLITE_") || code.startsWith("E"))
    return new ConnectionError(`the directory ${file} cannot be used (${code})`, {
      cause: error,
      hint: "check that the folder exists and that the service's user may write there",
    });
  return error;
}
