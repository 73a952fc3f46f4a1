import { statSync } from "node:fs";
import { join } from "node:path";
import { textWithoutValues } from "../scim/without-values.ts";
import { verifyAudit } from "./audit-verify.ts";
import { stateDatabases } from "./backup.ts";
import { type Db, openDatabase } from "./database.ts";

type Facts = Readonly<Record<string, unknown>>;

/** Every file of the state: form, size. */
export function fileFacts(folder: string): readonly Facts[] {
  return stateDatabases(folder).map(({ name, kind }) => {
    const size = (end: string) =>
      statSync(join(folder, `${name}${end}`), { throwIfNoEntry: false })?.size ?? 0;
    return { name, kind, bytes: size(""), logBytes: size("-wal") };
  });
}

/**
 * What a snapshot can tell of itself without telling of anybody: counts, codes, times, and of messages the words that everybody uses. No id, no name, no
 * value.
 */
export function snapshotFacts(folder: string, connection: string): Facts {
  const db = openDatabase(join(folder, `${connection}.db`), "connection", { create: false });
  try {
    return {
      schema: db.pragma("user_version", { simple: true }),
      integrity: db.pragma("quick_check(1)", { simple: true }) === "ok",
      serial: one(db, "select value from meta where key = 'serial'"),
      lastFullAt: time(one(db, "select value from meta where key = 'last_full_at'")),
      lastReconcileAt: time(one(db, "select value from meta where key = 'last_reconcile_at'")),
      isRestored: (one(db, "select value from meta where key = 'restored'") ?? "") !== "",
      isPaused: one(db, "select 1 from pause") !== undefined,
      cursorAt: time(one(db, "select at from cursor")),
      rows: rowCounts(db),
      people: db
        .prepare(
          `select kind, presence, in_scope as inScope, intent, applied_intent as applied, target_id is not null as linked, count(*) as n
             from resource group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6`,
        )
        .all(),
      pending: db
        .prepare(
          "select kind, intent, doubt is not null as doubt, hold_id as hold, failures > 0 as failed, count(*) as n from resource where pending group by 1, 2, 3, 4, 5",
        )
        .all(),
      pendingMemberships: one(db, "select count(*) from membership where pending"),
      pendingReferences: one(db, "select count(*) from reference where pending"),
      errors: errors(db),
      holds: db
        .prepare(
          "select id, class, opened_at as openedAt, n, base, answered from hold where closed_at is null",
        )
        .all()
        .map(withTimes),
      quarantine: quarantine(db),
      runs: runs(db),
      audit: { ...verifyAudit(db), byOutcome: outcomes(db) },
    };
  } finally {
    db.close();
  }
}

function one(db: Db, sql: string): unknown {
  return db.prepare(sql).pluck().get();
}

function time(at: unknown): string | null {
  return at === undefined || at === null || !Number.isFinite(Number(at))
    ? null
    : new Date(Number(at)).toISOString();
}

/** Columns that end in At are times. */
function withTimes(row: unknown): Facts {
  return Object.fromEntries(
    Object.entries(row as Facts).map(([name, value]) => [name, name.endsWith("At") ? time(value) : value]),
  );
}

function rowCounts(db: Db): Facts {
  const tables = db
    .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name")
    .pluck()
    .all() as string[];
  return Object.fromEntries(tables.map((name) => [name, one(db, `select count(*) from "${name}"`)]));
}

/** What fails most, by code and by what is left of the message. */
function errors(db: Db): readonly Facts[] {
  const found = db
    .prepare(
      `select kind, error_code as code, error as message, failures, failing_since as failingSinceAt from resource where error is not null
         union all select 'membership', null, error, failures, failing_since from membership where error is not null
         union all select 'reference', null, error, failures, failing_since from reference where error is not null limit 5000`,
    )
    .all() as {
    kind: string;
    code: string | null;
    message: string;
    failures: number;
    failingSinceAt: number | null;
  }[];
  const groups = Map.groupBy(
    found.map((each) => ({ ...each, message: textWithoutValues(each.message) })),
    ({ kind, code, message }) => JSON.stringify([kind, code, message]),
  );
  return [...groups.values()]
    .sort((a, b) => b.length - a.length)
    .slice(0, 30)
    .map((same) => {
      const { kind = "", code = null, message = "" } = same[0] ?? {};
      const since = Math.min(...same.map((each) => each.failingSinceAt ?? Number.POSITIVE_INFINITY));
      return { kind, code, message, n: same.length, oldestAt: time(since) };
    });
}

function quarantine(db: Db): Facts | null {
  const found = db
    .prepare(
      "select reason, since as sinceAt, next_attempt as nextAt, count, message, failure from quarantine",
    )
    .get() as (Facts & { message: string; failure: string | null }) | undefined;
  if (found === undefined) return null;
  const failure = found.failure === null ? null : (JSON.parse(found.failure) as Facts);
  return {
    ...withTimes(found),
    message: textWithoutValues(found.message),
    // Where it was sent is left out: it may name a host.
    failure:
      failure === null
        ? null
        : {
            method: failure["method"],
            status: failure["status"] ?? null,
            code: textWithoutValues(String(failure["code"] ?? "")),
          },
  };
}

function runs(db: Db): readonly Facts[] {
  const found = db
    .prepare(
      `select id, purpose, started_at as startedAt, finished_at as finishedAt, read, complete, outcome, message, counts
         from run order by id desc limit 30`,
    )
    .all() as (Facts & { message: string | null; counts: string })[];
  return found.map(({ message, counts, ...rest }) => ({
    ...withTimes(rest),
    message: message === null ? null : textWithoutValues(message),
    counts: JSON.parse(counts) as Facts,
  }));
}

function outcomes(db: Db): readonly unknown[] {
  return db
    .prepare(
      `select event, case when event in ('attempt', 'outcome') then action end as action, outcome, status, count(*) as n from audit
         group by 1, 2, 3, 4 order by 5 desc limit 60`,
    )
    .all();
}
