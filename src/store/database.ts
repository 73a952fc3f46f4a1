import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { ConfigurationError, ConnectionError } from "../errors.ts";
import { dropOldCopies, keepCopy } from "./upgrade-copy.ts";

export type Db = Database.Database;

/** Which set of migrations a file gets: a connection's snapshot, the claims at a target, or what persons are told. */
export type Schema = "connection" | "target" | "notices";

const folder = join(dirname(fileURLToPath(import.meta.url)), "migrations");

/**
 * Opens a state file: WAL, `synchronous=FULL` (a mark set before a call must survive a power cut), readable by its owner only,
 * checked, and migrated forward. Refuses a file that is damaged or that a newer version wrote.
 */
export function openDatabase(
  file: string,
  schema: Schema,
  options: {
    readonly create: boolean;
    /** False: a copy of it is somewhere already. */
    readonly keepCopy?: boolean;
    /** Where the migrations are; a test has others. */
    readonly migrations?: string;
  },
): Db {
  if (!options.create && !existsSync(file)) {
    throw new ConfigurationError(`there is no state file ${file} yet`, {
      hint: "run `rollcall plan` or `rollcall sync` first",
    });
  }
  makeStateFolder(dirname(file));
  const db = open(file);
  try {
    checkIntact(db, file);
    db.pragma("busy_timeout = 10000");
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    db.pragma("foreign_keys = ON");
    db.pragma(`cache_size = -${cacheKiB()}`);
    db.pragma("temp_store = MEMORY");
    db.pragma("secure_delete = ON");
    migrate(db, file, join(options.migrations ?? folder, schema), options.keepCopy !== false);
    return db;
  } catch (error) {
    db.close();
    throw mayNotWrite(error) ? cannotOpen(file, error) : (storeFailure(error) ?? error);
  }
}

/** The page cache, KiB: 16 MB, or a 32nd of the heap where Node.js is given less than half a gigabyte of it. */
function cacheKiB(): number {
  const options = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].join(" ");
  const [, megabytes] = /--max[-_]old[-_]space[-_]size=(\d+)/.exec(options) ?? [];
  return megabytes === undefined ? 16_384 : Math.min(16_384, Number(megabytes) * 32);
}

/** What a failure of the disk or the file below the snapshot means, in a sentence; undefined for any other error. */
export function storeFailure(error: unknown): ConnectionError | undefined {
  if (!(error instanceof Database.SqliteError)) return undefined;
  const [, message, hint] = failures.find(([code]) => error.code.startsWith(code)) ?? [
    "",
    `the snapshot cannot be used (${error.code})`,
    "check the disk and the state folder; nothing is sent that is not written down first",
  ];
  return new ConnectionError(message, { cause: error, hint });
}

const failures: readonly (readonly [code: string, message: string, hint: string])[] = [
  [
    "SQLITE_FULL",
    "the disk with the state folder is full",
    "free some space; what was not done is done by the next sync",
  ],
  [
    "SQLITE_READONLY",
    "the state folder cannot be written to",
    "check its owner and mode, and that its disk is mounted for writing",
  ],
  [
    "SQLITE_IOERR",
    "the disk with the state folder gives errors",
    "check that it is neither full nor failing; what was not done is done by the next sync",
  ],
  ["SQLITE_CORRUPT", "the snapshot is damaged", "put back a backup of the state folder"],
  ["SQLITE_BUSY", "another process keeps the snapshot locked", "see who has the file open"],
];

function makeStateFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ConfigurationError(`cannot make the state folder ${path}: ${reason(error)}`, {
      cause: error,
      hint: "give `state:` a folder that the account running rollcall may write to",
    });
  }
}

function open(file: string): Db {
  const before = process.umask(0o077);
  try {
    return new Database(file);
  } catch (error) {
    throw cannotOpen(file, error);
  } finally {
    process.umask(before);
  }
}

function cannotOpen(file: string, error: unknown): ConfigurationError {
  return new ConfigurationError(`cannot open the state file ${file}: ${reason(error)}`, {
    cause: error,
    hint: "check the owner and mode of the file and its folder, and the free space of the disk",
  });
}

/** A write-ahead log needs a folder that may be written to even for a read. */
function mayNotWrite(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(READONLY|CANTOPEN)/.test(error.code);
}

/** What a file is that no disk, lock or permission is to blame for. */
function isNoDatabase(error: unknown): boolean {
  return !(error instanceof Database.SqliteError) || /^SQLITE_(NOTADB|CORRUPT)/.test(error.code);
}

function checkIntact(db: Db, file: string): void {
  try {
    const answer = db.pragma("schema_version", { simple: true });
    if (typeof answer !== "number") throw new Error("no schema version");
  } catch (error) {
    if (!isNoDatabase(error)) throw error;
    throw new ConnectionError(`the state file ${file} cannot be read as a database: ${reason(error)}`, {
      cause: error,
      hint: "put back a backup of it, or move it away: the next sync then starts as a first run and matches every account again",
    });
  }
}

/** In one transaction, after a copy was put beside the file: whoever dies over it leaves the old version as it was. */
function migrate(db: Db, file: string, place: string, isCopied: boolean): void {
  const steps = readdirSync(place)
    .filter((name) => name.endsWith(".sql"))
    .sort();
  const version = Number(db.pragma("user_version", { simple: true }));
  if (version > steps.length) {
    throw new ConfigurationError(
      `the state file ${file} was written by a newer rollcall (schema ${version}; this one knows ${steps.length})`,
      { hint: "run the newer version; an older one never opens the file" },
    );
  }
  if (version === steps.length) return;
  if (version > 0 && isCopied) keepCopy(db, file, version);
  db.transaction(() => {
    // Asked again inside: of two connections that meet at one target for the first time, another process may have done it meanwhile.
    const since = Number(db.pragma("user_version", { simple: true }));
    for (const name of steps.slice(since)) db.exec(readFileSync(join(place, name), "utf8"));
    db.pragma(`user_version = ${Math.max(since, steps.length)}`);
  }).exclusive();
  dropOldCopies(file);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
