import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { ConfigurationError, ConnectionError } from "../errors.ts";
import { z } from "../zod.ts";
import { Audit } from "./audit.ts";
import { identityOf, stateDatabases } from "./backup.ts";
import { type BackedUpFile, type Manifest, manifest, manifestName } from "./backup-manifest.ts";
import { openDatabase, storeFailure } from "./database.ts";
import { movedOf, restoreFolder, restoreMark, takeBack } from "./house.ts";
import { Meta } from "./meta.ts";
import { Pauses } from "./pauses.ts";
import { pauseIn } from "./restore-decisions.ts";
import { readTar } from "./tar.ts";
import { syncFolder, writeDurably } from "./write-durably.ts";

/** What stands in the way of putting a backup here. */
export interface Conflict {
  /** Null: the state as a whole. */
  readonly connection: string | null;
  /** newer: more was done here since; other: it is another snapshot; missing: the backup does not have it; moved: the state here was handed over. */
  readonly is: "newer" | "other" | "missing" | "moved";
}

/** Called before each step of a restore: a test ends the process there. */
export type OnStep = (step: string) => void;

/** The head of a backup, without unpacking it. Throws ConfigurationError for what is none, or of a later form. */
export async function readManifest(file: string): Promise<Manifest> {
  for await (const { name, size, content } of readTar(createReadStream(file))) {
    if (name !== manifestName || size > 10_000_000) break;
    const pieces: Uint8Array[] = [];
    for await (const piece of content) pieces.push(piece);
    return parseManifest(Buffer.concat(pieces).toString("utf8"));
  }
  throw new ConfigurationError("this is no backup of rollcall: it does not begin with its list of contents");
}

function parseManifest(text: string): Manifest {
  const json = JSON.parse(text) as { readonly kind?: unknown; readonly format?: unknown };
  const parsed = manifest.safeParse(json);
  if (parsed.success) return parsed.data;
  if (json.kind === "rollcall-backup" && typeof json.format === "number" && json.format > 1)
    throw new ConfigurationError("a newer rollcall wrote this backup", {
      hint: "restore it with that version",
    });
  throw new ConfigurationError("the backup's list of contents is damaged", { cause: parsed.error });
}

/** Unpacks a backup beside the state and checks every byte of it. Nothing is in use yet. */
export async function unpack(folder: string, file: string, onStep: OnStep): Promise<Manifest> {
  const place = join(folder, restoreFolder);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true, mode: 0o700 });
  let head: Manifest | undefined;
  const missing = new Map<string, BackedUpFile>();
  for await (const { name, content } of readTar(createReadStream(file))) {
    if (head === undefined) {
      const pieces: Uint8Array[] = [];
      for await (const piece of content) pieces.push(piece);
      if (name !== manifestName) break;
      head = parseManifest(Buffer.concat(pieces).toString("utf8"));
      for (const each of head.files) missing.set(each.name, each);
      continue;
    }
    const wanted = missing.get(name);
    if (wanted === undefined) throw damaged(`${name} is not in its list of contents, or twice`);
    onStep(`unpack ${name}`);
    if ((await write(join(place, name), content)) !== wanted.sha256)
      throw damaged(`${name} is not what was written`);
    missing.delete(name);
  }
  if (head === undefined) throw new ConfigurationError("this is no backup of rollcall");
  for (const name of missing.keys()) throw damaged(`${name} is missing`);
  for (const { name } of head.files) checkDatabase(join(place, name), name);
  return head;
}

async function write(path: string, content: AsyncIterable<Uint8Array>): Promise<string> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const hash = createHash("sha256");
  const handle = openSync(path, "wx", 0o600);
  try {
    for await (const piece of content) {
      hash.update(piece);
      for (let at = 0; at < piece.length; ) at += writeSync(handle, piece, at);
    }
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return hash.digest("hex");
}

function checkDatabase(path: string, name: string): void {
  const db = new Database(path);
  try {
    if (db.pragma("quick_check(1)", { simple: true }) !== "ok") throw damaged(`${name} is no sound database`);
  } finally {
    db.close();
  }
}

function damaged(what: string): ConnectionError {
  return new ConnectionError(`the backup is damaged: ${what}`, { hint: "take another one" });
}

/**
 * What of the state that is here would be lost: snapshots that are newer than those of the backup, others, or not in it; and that it was handed over, so
 * that somebody else may work with the same accounts.
 */
export function conflicts(folder: string, { files }: Manifest): readonly Conflict[] {
  const lost = stateDatabases(folder)
    .filter(({ kind }) => kind === "connection")
    .flatMap(({ name }): Conflict[] => {
      const connection = name.replace(/\.db$/, "");
      const backedUp = files.find((each) => each.name === name);
      if (backedUp === undefined) return [{ connection, is: "missing" }];
      const here = identityIn(join(folder, name));
      if (here.lineage !== backedUp.lineage) return [{ connection, is: "other" }];
      const isNewer = here.serial > (backedUp.serial ?? 0) || here.lastEvent > (backedUp.lastEvent ?? 0);
      return isNewer ? [{ connection, is: "newer" }] : [];
    });
  return movedOf(folder) === undefined ? lost : [{ connection: null, is: "moved" }, ...lost];
}

function identityIn(path: string): ReturnType<typeof identityOf> {
  const db = new Database(path, { fileMustExist: true });
  try {
    return identityOf(db);
  } finally {
    db.close();
  }
}

/**
 * What was unpacked is made a state of today: brought to this version's form, told that it is of the past, and newer than everything before. It reads and
 * compares everything before it writes anything; what a person approved back then is asked about again. It begins paused, because a pause or a no that was
 * given since may be missing in it.
 */
export function adapt(
  folder: string,
  head: Manifest,
  told: {
    readonly at: number;
    readonly actor: string;
    readonly reason: string;
    /** Nothing that a person said can be missing in it: it is a handover, and nothing stands in its way. */
    readonly isWhole: boolean;
  },
): void {
  const place = join(folder, restoreFolder);
  const moved = movedOf(folder);
  const serials = new Map<string, number>();
  for (const { name, kind } of head.files) {
    if (kind !== "connection") continue;
    const here = join(folder, name);
    const known = existsSync(here) ? identityIn(here) : undefined;
    const db = openDatabase(join(place, name), "connection", { create: false, keepCopy: false });
    try {
      const own = identityOf(db);
      const serial = Math.max(own.serial, known?.lineage === own.lineage ? known.serial : 0) + 1;
      serials.set(name.replace(/\.db$/, ""), serial);
      db.transaction(() => {
        db.exec("delete from cursor; delete from meta where key = 'last_full_at'; delete from approval");
        const meta = new Meta(db);
        meta.set("serial", String(serial));
        meta.set("restored", JSON.stringify({ at: told.at, madeAt: head.madeAt }));
        const run = db.prepare("select coalesce(max(id), 0) from run").pluck().get() as number;
        const what = { madeAt: head.madeAt, version: head.version, host: head.host };
        const audit = new Audit(db);
        audit.decisionOnAll(run, told.actor, told.at, "restore", told.reason, what);
        if (moved !== undefined) {
          const handedOver = {
            file: moved.file,
            host: moved.host,
            handedOverAt: new Date(moved.at).toISOString(),
          };
          audit.decisionOnAll(run, told.actor, told.at, "take back", told.reason, handedOver);
        }
        const pauses = new Pauses(db);
        const stands = pauseIn(here, own.lineage);
        if (stands !== undefined) {
          pauses.end();
          pauses.begin(stands);
        } else if (!told.isWhole) {
          const reason = `restored from the backup of ${head.madeAt.slice(0, 16).replace("T", " ")} UTC`;
          if (pauses.begin({ since: told.at, actor: told.actor, reason }))
            audit.decisionOnAll(run, told.actor, told.at, "pause", reason);
        }
      }).immediate();
      db.pragma("journal_mode = DELETE");
    } finally {
      db.close();
    }
  }
  for (const { name, kind } of head.files) {
    if (kind !== "claims") continue;
    const db = openDatabase(join(place, name), "target", { create: false, keepCopy: false });
    try {
      const set = db.prepare("update connection set serial = ? where name = ?");
      for (const [connection, serial] of serials) set.run(serial, connection);
      db.pragma("journal_mode = DELETE");
    } finally {
      db.close();
    }
  }
}

const mark = z.object({ files: z.array(z.string()), old: z.array(z.string()), aside: z.string() });

/** From here on the restore is decided: whatever dies, `finishRestore` brings it to its end. */
export function decide(folder: string, head: Manifest, at: number): void {
  const time = new Date(at).toISOString().replaceAll(/[:.]/g, "").slice(0, 17);
  const word: z.infer<typeof mark> = {
    files: head.files.map(({ name }) => name),
    old: stateDatabases(folder)
      .filter(({ kind }) => kind !== "retired")
      .map(({ name }) => name),
    aside: join("replaced", time),
  };
  writeDurably(join(folder, restoreFolder, restoreMark), JSON.stringify(word));
}

/**
 * Moves the files of the old state aside and those of the backup into their place, one after the other: each step can be done again. Returns the folder
 * of the old state; undefined where there was none.
 */
export function finishRestore(folder: string, onStep: OnStep): string | undefined {
  const place = join(folder, restoreFolder);
  const { files, old, aside } = mark.parse(JSON.parse(readFileSync(join(place, restoreMark), "utf8")));
  const isInstalled = (name: string) => files.includes(name) && !existsSync(join(place, name));
  for (const name of old) {
    // What lies there by now is of the backup.
    if (isInstalled(name) || !existsSync(join(folder, name))) continue;
    onStep(`aside ${name}`);
    const to = join(folder, aside, name);
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
    renameSync(join(folder, name), to);
    syncFolder(dirname(to));
  }
  for (const name of files) {
    if (isInstalled(name)) continue;
    onStep(`install ${name}`);
    const to = join(folder, name);
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
    // A retired snapshot that is here already stays: nobody works with it, and somebody may have been erased in it.
    if (name.startsWith("retired/") && existsSync(to)) rmSync(join(place, name));
    else renameSync(join(place, name), to);
    syncFolder(dirname(to));
  }
  onStep("unmark");
  takeBack(folder);
  rmSync(join(place, restoreMark));
  syncFolder(place);
  rmSync(place, { recursive: true, force: true });
  return old.length === 0 ? undefined : join(folder, aside);
}

/** Brings every file of the state here into itself. Throws ConnectionError while another process has one open. Hold all locks. */
export function closeState(folder: string): void {
  for (const { name } of stateDatabases(folder)) {
    const path = join(folder, name);
    const db = new Database(path, { fileMustExist: true, timeout: 1_000 });
    try {
      db.pragma("wal_checkpoint(TRUNCATE)");
    } catch (error) {
      throw storeFailure(error) ?? error;
    } finally {
      db.close();
    }
    if (existsSync(`${path}-wal`))
      throw new ConnectionError(`another process has the state file ${path} open`, {
        hint: "end it (a daemon: systemctl stop rollcall), and give the command again",
      });
  }
}
