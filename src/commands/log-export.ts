import type { Config } from "../config/config.ts";
import { ConfigurationError } from "../errors.ts";
import { isOfTheDisk, writeText } from "../files.ts";
import type { AuditEntry, AuditQuery } from "../store/audit.ts";
import type { Store } from "../store/store.ts";
import { filesOf } from "./files-of.ts";
import type { Invocation } from "./invocation.ts";
import { isSet, textOf } from "./invocation.ts";
import { connectionsOf, lookAt, openConfig } from "./open.ts";
import { auditFields } from "./output/audit.ts";
import { csvRecord } from "./output/csv.ts";
import { escaped } from "./output/escape.ts";
import { isoTime, jsonDocument, jsonText } from "./output/json.ts";
import { counted } from "./output/numbers.ts";

/** What of the trail is asked for. */
export interface ExportQuery extends Omit<AuditQuery, "limit" | "resource"> {
  readonly user: string | undefined;
}

const columns = [
  ...[
    "connection",
    "seq",
    "at",
    "run",
    "event",
    "object",
    "label",
    "source_id",
    "target_id",
    "action",
    "outcome",
  ],
  ...["status", "message", "reason", "actor", "configuration", "before", "after"],
] as const;

/** The file that an export is to be written to, and its form; undefined: none was asked for. */
export function exportAsked({
  flags,
}: Invocation): { readonly form: "csv" | "json-lines"; readonly file: string } | undefined {
  const [csv, lines] = [textOf(flags, "csv"), textOf(flags, "jsonLines")];
  if (csv !== undefined && lines !== undefined)
    throw new ConfigurationError("--csv and --json-lines do not go together: ask for one file at a time");
  if (csv !== undefined) return { form: "csv", file: csv };
  return lines === undefined ? undefined : { form: "json-lines", file: lines };
}

/**
 * The whole trail, or what is asked of it, as a file: everything that `rollcall log` knows, oldest first, with all values. Costs the same memory
 * however long it is. A file is for its owner alone, and is there in full or not at all.
 */
export async function exportLog(
  invocation: Invocation,
  query: ExportQuery,
  { form, file }: NonNullable<ReturnType<typeof exportAsked>>,
): Promise<number> {
  const { io, flags } = invocation;
  const config = await openConfig(invocation);
  let n = 0;
  const texts = form === "csv" ? csvTexts(entries()) : jsonTexts(entries());
  function* entries(): Iterable<Exported> {
    for (const each of exported(invocation, config, query)) {
      n += 1;
      yield each;
    }
  }
  if (file === "-") {
    for (const text of texts) {
      io.stdout.write(text);
      if (n % 1_000 === 0) await io.stdout.drained?.();
    }
    return 0;
  }
  try {
    await writeText(filesOf(io), file, "replace", texts);
  } catch (cause) {
    if (!isOfTheDisk(cause)) throw cause;
    throw new ConfigurationError(`cannot write ${file}: ${cause.message}`, {
      cause,
      hint: "name a file in a folder that you may write to, or - for standard output",
    });
  }
  if (!isSet(flags, "quiet"))
    io.stderr.write(`${counted(n, "entry", "entries")} written to ${escaped(file)}\n`);
  return 0;
}

interface Exported {
  readonly connection: string;
  readonly entry: AuditEntry;
}

function* exported(invocation: Invocation, config: Config, query: ExportQuery): Iterable<Exported> {
  for (const { name, ...connection } of connectionsOf(config, invocation.arguments)) {
    const store = lookAt(config, { name, ...connection }, invocation);
    try {
      if (store === undefined) continue;
      for (const entry of entriesOf(store, query)) yield { connection: name, entry };
    } finally {
      store?.close();
    }
  }
}

function* entriesOf(store: Store, { user, ...query }: ExportQuery): Iterable<AuditEntry> {
  if (user === undefined) yield* store.audit.each(query);
  else for (const { id } of store.people.find(user)) yield* store.audit.each({ ...query, resource: id });
}

function* jsonTexts(entries: Iterable<Exported>): Iterable<string> {
  for (const { connection, entry } of entries)
    yield `${jsonDocument("LogEntry", { connection, ...auditFields(entry) })}\n`;
}

function* csvTexts(entries: Iterable<Exported>): Iterable<string> {
  yield csvRecord(columns);
  for (const { connection, entry } of entries) {
    const { seq, at, run, event, kind, label, sourceId, targetId, action, outcome } = entry;
    const { status, message, reason, actor, config, before, after } = entry;
    const values = [before, after].map((each) => (each === null ? "" : jsonText(each)));
    const cells = [
      ...[connection, seq, isoTime(at), run, event, kind, label, sourceId, targetId, action, outcome],
      ...[status, message, reason, actor, config, ...values],
    ];
    yield csvRecord(cells.map((cell) => (typeof cell === "string" ? escaped(cell) : cell)));
  }
}
