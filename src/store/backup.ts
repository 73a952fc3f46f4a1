import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import type { BackedUpFile } from "./backup-manifest.ts";
import { storeFailure } from "./database.ts";

/** Folders of copies for a backup, in the state folder. */
const prefix = ".backup-";
/** A copy that is older was left by a process that died, ms. */
const staleMs = 24 * 3_600_000;
/** Pages of a step: between two of them others work, and somebody may stop it. */
const pagesAtOnce = 2_000;

type Kind = BackedUpFile["kind"];

/**
 * The files of a state, in the order in which they are looked at: a snapshot never knows of a claim or an account that its copy of the others has not.
 * What is newer in the others is what a target always may be: found by looking.
 */
export function stateDatabases(folder: string): readonly { readonly name: string; readonly kind: Kind }[] {
  const plain = /^[A-Za-z0-9][A-Za-z0-9_-]*\.db$/;
  const inFolder = (below: string, pattern: RegExp, kind: Kind) =>
    existsSync(join(folder, below))
      ? readdirSync(join(folder, below))
          .filter((name) => pattern.test(name))
          .sort()
          .map((name) => ({ name: join(below, name), kind }))
      : [];
  return [
    ...inFolder("", plain, "connection"),
    ...inFolder("targets", plain, "claims"),
    ...inFolder("targets", /^[A-Za-z0-9][A-Za-z0-9_-]*\.directory\.db$/, "directory"),
    ...inFolder("retired", /\.db$/, "retired"),
  ];
}

/** Copies of a whole state as of one moment, in a folder of their own that the caller removes. */
export interface StateCopy {
  readonly folder: string;
  readonly files: readonly BackedUpFile[];
}

/**
 * Copies every file of the state while others go on to work with it: all of them are looked at within an instant, and copied as they were then.
 * Needs room for a second state in the state folder. Throws ConnectionError when the disk fails.
 */
export async function copyState(folder: string, now: number, signal: AbortSignal): Promise<StateCopy> {
  sweep(folder, now);
  const place = mkdtempSync(join(folder, prefix));
  const opened: Database.Database[] = [];
  try {
    const sources = stateDatabases(folder).map((each) => {
      const db = new Database(join(folder, each.name), { fileMustExist: true, timeout: 10_000 });
      opened.push(db);
      // From its first look on a transaction sees nothing that others write (https://www.sqlite.org/isolation.html).
      db.exec("begin");
      db.prepare("select count(*) from sqlite_schema").get();
      return { ...each, db };
    });
    const files: BackedUpFile[] = [];
    for (const { name, kind, db } of sources) {
      const copy = join(place, name);
      mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
      await db.backup(copy, {
        progress() {
          signal.throwIfAborted();
          return pagesAtOnce;
        },
      });
      files.push(await describe(copy, name, kind));
    }
    return { folder: place, files };
  } catch (error) {
    rmSync(place, { recursive: true, force: true });
    throw storeFailure(error) ?? error;
  } finally {
    for (const db of opened) db.close();
  }
}

async function describe(path: string, name: string, kind: Kind): Promise<BackedUpFile> {
  const facts = factsOf(path, kind);
  return { name, kind, size: statSync(path).size, sha256: await sha256Of(path), ...facts };
}

/** Checks a copy, and makes one file of it. */
function factsOf(
  path: string,
  kind: Kind,
): Pick<BackedUpFile, "schema" | "lineage" | "serial" | "lastEvent"> {
  const db = new Database(path);
  try {
    db.pragma("journal_mode = DELETE");
    const schema = Number(db.pragma("user_version", { simple: true }));
    return { schema, ...(kind === "connection" ? identityOf(db) : {}) };
  } finally {
    db.close();
  }
}

/** Which snapshot it is, and how far it is. */
interface SnapshotIdentity {
  readonly lineage: string;
  /** Reads that were finished. */
  readonly serial: number;
  /** Number of the newest event of the audit trail. */
  readonly lastEvent: number;
}

export function identityOf(db: Database.Database): SnapshotIdentity {
  const value = (key: string) => db.prepare("select value from meta where key = ?").pluck().get(key);
  return {
    lineage: String(value("lineage")),
    serial: Number(value("serial") ?? 0),
    lastEvent: Number(db.prepare("select max(seq) from audit").pluck().get() ?? 0),
  };
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: 262_144 })) hash.update(piece as Buffer);
  return hash.digest("hex");
}

function sweep(folder: string, now: number): void {
  for (const name of readdirSync(folder).filter((each) => each.startsWith(prefix))) {
    const { mtimeMs } = statSync(join(folder, name), { throwIfNoEntry: false }) ?? { mtimeMs: now };
    if (now - mtimeMs > staleMs) rmSync(join(folder, name), { recursive: true, force: true });
  }
}
