import type { ConnectionConfig } from "../config/config.ts";
import { duration } from "../duration.ts";
import { ConfigurationError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { type Invocation, isSet, textOf } from "./invocation.ts";
import { limitOf } from "./limit.ts";
import { connectionsOf, lookAt, openConfig } from "./open.ts";
import { type CsvCell, csvRecord } from "./output/csv.ts";
import { escaped } from "./output/escape.ts";
import { isoTime, jsonListDocument } from "./output/json.ts";
import { createScreen, type Screen } from "./screen.ts";
import { writeList } from "./write-list.ts";

/** What a report is asked of. */
export interface Asked {
  readonly connection: ConnectionConfig;
  readonly store: Store;
  /** Ms since 1970 UTC; undefined: everything. */
  readonly since: number | undefined;
  readonly now: number;
}

/** One report for auditors: rows that come one by one, in the three forms in which they are wanted. */
export interface ReportDefinition<Row> {
  /** Of the JSON document. */
  readonly kind: string;
  /** How far it looks back when nobody says, ms; undefined: without end. */
  readonly sinceMs: number | undefined;
  rows(asked: Asked): Iterable<Row>;
  /** The whole in numbers, for JSON. */
  summary(asked: Asked): Readonly<Record<string, unknown>>;
  /** One row for other programs: times in UTC. */
  fields(row: Row): Readonly<Record<string, unknown>>;
  readonly columns: readonly string[];
  /** The same row as records of cells below the columns, at least one. */
  cells(row: Row): readonly (readonly CsvCell[])[];
  /** For people, at most `limit` rows in full. */
  lines(asked: Asked, screen: Screen, limit: number): Iterable<string>;
}

/** Runs a report over the connections that were named: as text, as one JSON document, or as CSV (RFC 4180) into a file or standard output. */
export async function report<Row>(
  invocation: Invocation,
  definition: ReportDefinition<Row>,
): Promise<number> {
  const { flags, io } = invocation;
  const file = textOf(flags, "csv");
  const screen = createScreen(invocation);
  const limit = limitOf(flags, 50);
  if (file !== undefined && screen.json) {
    throw new ConfigurationError("--csv and --json are two forms of the same report: ask for one", {
      hint: "leave one of the two out",
    });
  }
  const now = io.clock.now();
  const since = sinceOf(invocation, now, definition.sinceMs);
  const config = await openConfig(invocation);
  const opened: Asked[] = [];
  try {
    for (const connection of connectionsOf(config, invocation.arguments)) {
      const store = lookAt(config, connection, invocation);
      if (store !== undefined) opened.push({ connection, store, since, now });
    }
    if (screen.json) await screen.pieces(json(definition, opened, since, now));
    else if (file !== undefined) await writeCsv(invocation, file, definition, opened);
    else for (const asked of opened) screen.lines(definition.lines(asked, screen, limit));
    if (opened.length === 0) screen.message("nothing to report: no connection has run yet");
    return 0;
  } finally {
    for (const { store } of opened) store.close();
  }
}

function sinceOf({ flags }: Invocation, now: number, otherwise: number | undefined): number | undefined {
  const text = textOf(flags, "since");
  if (text === undefined) return otherwise === undefined ? undefined : now - otherwise;
  const ago = duration.safeParse(text);
  if (!ago.success)
    throw new ConfigurationError(`--since expects a duration such as 90m, 24h or 30d, got "${text}"`);
  return now - ago.data;
}

function json<Row>(
  definition: ReportDefinition<Row>,
  opened: readonly Asked[],
  since: number | undefined,
  now: number,
): Iterable<string> {
  const connections = opened.map((asked) => ({
    connection: asked.connection.name,
    ...definition.summary(asked),
  }));
  const head = { at: isoTime(now), since: isoTime(since), connections };
  return jsonListDocument(definition.kind, head, "items", items(definition, opened));
}

function* items<Row>(definition: ReportDefinition<Row>, opened: readonly Asked[]): Iterable<unknown> {
  for (const asked of opened)
    for (const row of definition.rows(asked))
      yield { connection: asked.connection.name, ...definition.fields(row) };
}

function* records<Row>(definition: ReportDefinition<Row>, opened: readonly Asked[]): Iterable<string> {
  yield csvRecord(["connection", ...definition.columns]);
  for (const asked of opened)
    for (const row of definition.rows(asked))
      for (const cells of definition.cells(row)) yield csvRecord([asked.connection.name, ...cells]);
}

/** A report is about people: a file of it is for its owner, and is there in full or not at all. */
async function writeCsv<Row>(
  { io, flags }: Invocation,
  file: string,
  definition: ReportDefinition<Row>,
  opened: readonly Asked[],
): Promise<void> {
  let n = -1;
  const counted = function* () {
    for (const text of records(definition, opened)) {
      n += 1;
      yield text;
    }
  };
  await writeList(file, { io }, counted());
  if (file === "-") return;
  if (!isSet(flags, "quiet"))
    io.stderr.write(`${n} ${n === 1 ? "row" : "rows"} written to ${escaped(file)}\n`);
}
