import Database from "better-sqlite3";

type Db = Database.Database;

/** One step that a process takes at a database file. */
export interface DiskStep {
  readonly db: Db;
  readonly file: string;
  readonly sql: string;
  readonly kind: "read" | "write" | "begin" | "commit" | "rollback";
  /** After it, something is durable that was not before. */
  readonly commits: boolean;
  readonly parameters: readonly unknown[];
}

/** Who stands between a process and its files; decides about every step, and does it by calling `work`. */
export interface DiskWatcher {
  step<T>(step: DiskStep, work: () => T): T;
}

let opening: DiskWatcher | undefined;
const watchers = new WeakMap<Db, DiskWatcher>();

/** Databases opened from now on belong to this process; undefined: to nobody, and are left alone. */
export function openFor(watcher: DiskWatcher | undefined): void {
  opening = watcher;
}

type Method = (this: Database.Statement, ...given: unknown[]) => unknown;

const kinds = new WeakMap<Database.Statement, DiskStep["kind"]>();

function kindOf(statement: Database.Statement): DiskStep["kind"] {
  let kind = kinds.get(statement);
  if (kind === undefined) {
    kind = kindOfSql(statement.source, statement.readonly);
    kinds.set(statement, kind);
  }
  return kind;
}

function kindOfSql(sql: string, readonly: boolean): DiskStep["kind"] {
  const [verb] = /^\s*\w+/.exec(sql) ?? [""];
  const word = verb.trim().toLowerCase();
  if (word === "begin" || word === "savepoint") return "begin";
  if (word === "commit") return "commit";
  if (word === "rollback") return "rollback";
  return readonly || word === "release" || word === "pragma" ? "read" : "write";
}

let asking = false;

/** Asks a database something without being watched: the watcher's own questions are no step of the process. */
export function unwatched<T>(question: () => T): T {
  asking = true;
  try {
    return question();
  } finally {
    asking = false;
  }
}

function watcherOf(db: Db): DiskWatcher | undefined {
  if (asking) return undefined;
  const known = watchers.get(db);
  if (known !== undefined || opening === undefined) return known;
  watchers.set(db, opening);
  return opening;
}

let patched = false;

/** Puts the watchers between every database of this thread and its file. Only a simulation calls it; the product knows nothing of it. */
export function watchDisks(): void {
  if (patched) return;
  patched = true;
  const probe = new Database(":memory:");
  const statements = Object.getPrototypeOf(probe.prepare("select 1")) as Record<string, Method>;
  for (const name of ["run", "get", "all", "iterate"]) {
    const original = statements[name];
    if (original === undefined) throw new Error(`statements have no ${name}`);
    statements[name] = function watched(...given) {
      const { database: db, source: sql } = this;
      const watcher = watcherOf(db);
      if (watcher === undefined) return original.apply(this, given);
      const kind = kindOf(this);
      const commits = kind === "commit" || (kind === "write" && !db.inTransaction);
      return watcher.step({ db, file: db.name, sql, kind, commits, parameters: given }, () =>
        original.apply(this, given),
      );
    };
  }
  const { exec } = Database.prototype;
  // Pragmas go through statements of their own.
  Database.prototype.exec = function watched(this: Db, sql) {
    const watcher = watcherOf(this);
    if (watcher === undefined) return exec.call(this, sql);
    const kind = kindOfSql(sql, false);
    const commits = kind === "write" && !this.inTransaction;
    return watcher.step({ db: this, file: this.name, sql, kind, commits, parameters: [] }, () =>
      exec.call(this, sql),
    );
  };
  probe.close();
}
