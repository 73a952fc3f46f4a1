import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { ConnectionError } from "../errors.ts";
import { Audit } from "./audit.ts";
import { type Db, openDatabase } from "./database.ts";
import { Meta } from "./meta.ts";

const fileOfConnection = /^([A-Za-z0-9][A-Za-z0-9_-]*)\.db$/;

/** Names of the connections that have a snapshot in the state folder. */
export function stateFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => fileOfConnection.exec(name)?.[1] ?? [])
    .sort();
}

/** Whether a connection has a snapshot. What is no name of a file has none. */
export function hasState(folder: string, connection: string): boolean {
  return fileOfConnection.test(`${connection}.db`) && existsSync(join(folder, `${connection}.db`));
}

/** The snapshot of a connection by its file alone, whatever the configuration knows of it. Hold the connection's lock to change it. */
export class StateFile {
  readonly #db: Db;
  readonly meta: Meta;
  readonly audit: Audit;

  constructor(folder: string, connection: string) {
    this.#db = openDatabase(join(folder, `${connection}.db`), "connection", { create: false });
    this.meta = new Meta(this.#db);
    this.audit = new Audit(this.#db);
  }

  /** Accounts and groups that are linked, and of these the accounts that are on. */
  counts(): { readonly linked: number; readonly active: number } {
    return this.#db
      .prepare(
        `select count(*) filter (where target_id is not null or doubt is not null) as linked,
           count(*) filter (where kind = 'user' and applied_intent = 'active') as active
         from resource`,
      )
      .get() as { linked: number; active: number };
  }

  /** The last run, 0 where there was none. */
  get lastRun(): number {
    return this.#db.prepare("select coalesce(max(id), 0) from run").pluck().get() as number;
  }

  transaction<T>(work: () => T): T {
    return this.#db.transaction(work).immediate();
  }

  /** Brings everything into the one file, so that it can be moved. */
  closeWhole(): void {
    this.#db.pragma("wal_checkpoint(TRUNCATE)");
    this.#db.close();
  }

  close(): void {
    this.#db.close();
  }
}

/** Moves a snapshot that was closed whole. Throws ConnectionError while another process has it open. */
export function moveState(from: string, to: string): void {
  if (existsSync(`${from}-wal`)) {
    throw new ConnectionError(`another process has the state file ${from} open`, {
      hint: "end it, and give the command again",
    });
  }
  renameSync(from, to);
}

/** Takes a snapshot out of use; its audit trail stays readable in the file that is named. */
export function setAside(folder: string, connection: string, at: number): string {
  const place = join(folder, "retired");
  mkdirSync(place, { recursive: true, mode: 0o700 });
  chmodSync(place, 0o700);
  const time = new Date(at).toISOString().replaceAll(":", "").slice(0, 17);
  const file = join(place, `${connection}.${time}.db`);
  moveState(join(folder, `${connection}.db`), file);
  return file;
}
