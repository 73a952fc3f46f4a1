import type { Config, ConnectionConfig } from "../config/config.ts";
import { type Reader, readerOf } from "../connection.ts";
import { ConfigurationError } from "../errors.ts";
import type { WideRow } from "../store/rows.ts";
import type { Store } from "../store/store.ts";
import { plan } from "../sync/plan.ts";
import { shieldOf } from "../sync/protection.ts";
import { nearest } from "../yaml/suggest.ts";
import { type Explanation, explanationLines, mostLeftOut } from "./explanation.ts";
import { explanationFields } from "./explanation-fields.ts";
import { type Invocation, textOf } from "./invocation.ts";
import { connectionsOf, lookAt, openConfig } from "./open.ts";
import { shellWord } from "./output/escape.ts";
import { counted, relative } from "./output/numbers.ts";
import { createScreen } from "./screen.ts";

/** The newest so many entries of somebody's history are shown. */
const mostHistory = 50;

/** `rollcall explain`: everything that the snapshots know of one person or group; asks neither directory nor target. */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const key = invocation.arguments[0] ?? "";
  const config = await openConfig(invocation);
  const named = textOf(invocation.flags, "connection");
  const connections = connectionsOf(config, named === undefined ? [] : [named]);
  const found: Explanation[] = [];
  const looked: Looked[] = [];
  for (const connection of connections) {
    const store = lookAt(config, connection, invocation);
    try {
      const rows = store?.people.find(key) ?? [];
      const [row, another] = rows;
      if (another !== undefined) throw several(connection, key, rows);
      if (store !== undefined && row !== undefined)
        found.push(await explanationOf(invocation, config, connection, store, row));
      else looked.push(lookedIn(connection, store, key));
    } finally {
      store?.close();
    }
  }
  const now = invocation.io.clock.now();
  if (found.length === 0) throw nobody(looked, key, now);
  screen.document("Explanation", { key, found: found.map(explanationFields) });
  screen.lines(found.flatMap((each) => [...explanationLines(each, screen, now), ""]));
  return 0;
}

async function explanationOf(
  { io, arguments: [key = ""] }: Invocation,
  { connections }: Config,
  connection: ConnectionConfig,
  store: Store,
  row: WideRow,
): Promise<Explanation> {
  const { mapping, view } = await readerOf(connection);
  const parts = { store, mapping, config: connection, clock: io.clock };
  const { kind, id } = row;
  const record = store.people.record(id);
  const seen = record === undefined ? undefined : view(kind, record, io.clock.now()).attributes;
  const traces = seen === undefined || row.presence === "absent" ? [] : mapping.trace(kind, seen);
  return {
    connection: connection.name,
    several: connections.length > 1,
    key,
    source: `${connection.source.name} (${connection.source.type})`,
    target: `${connection.target.name} (${connection.target.type})`,
    row,
    record: record ?? {},
    reads: mapping.reads[kind],
    rows: mapping.rows(kind),
    traces: new Map(traces.map((each) => [each.path, each])),
    scope: { ...scopeNow(mapping, row, seen), assigned: assignedText(connection, row) },
    match: mapping.match[kind],
    protectedBy: shieldOf({ config: connection, store }).aroundMembers(row),
    held: row.holdId === null ? undefined : store.holds.open().find((hold) => hold.id === row.holdId),
    rejection: store.holds.rejections.of(id),
    groups: kind === "user" ? store.people.groupsOf(id) : [],
    members: kind === "group" ? membersOf(store, id) : undefined,
    references: store.people.references(id),
    failingParts: store.failures.partsOf(id),
    findings: store.findings.of(id),
    history: store.audit.entries({ resource: id, limit: mostHistory }),
    next: [
      ...plan(parts, { touchedUpTo: Number.MAX_SAFE_INTEGER, only: id, outside: row.outside === 1 }),
    ].filter(({ action }) => action !== "conflict"),
    lastRun: store.runs.latest(1)[0],
  };
}

function membersOf({ memberships }: Store, id: number): Explanation["members"] {
  return { ...memberships.summary(id), leftOut: memberships.leftOut(id, mostLeftOut + 1) };
}

type Scope = Pick<Explanation["scope"], "clauses" | "edited">;

/** The rule in its parts, as far as it was the rule that decided. */
function scopeNow(
  mapping: Reader["mapping"],
  { kind, rule, inScope, presence }: WideRow,
  seen: Explanation["record"] | undefined,
): Scope {
  if (seen === undefined || presence === "absent") return { clauses: [], edited: undefined };
  const verdict = mapping.scope(kind, seen);
  if (decidedElsewhere.test(rule)) return { clauses: [], edited: undefined };
  const clauses = mapping.clauses(kind, seen);
  if (withoutPlace(rule) === withoutPlace(verdict.rule)) return { clauses, edited: undefined };
  const state =
    verdict.inScope === (inScope === 1) ? "the same" : verdict.inScope ? "in scope" : "not in scope";
  return {
    clauses,
    edited: `the rule was edited since the last cycle; now it says: ${state}, ${verdict.rule}`,
  };
}

/** Where a rule stands in its file says nothing about what it means. */
function withoutPlace(rule: string): string {
  return rule.replace(/ \([^()]*:\d+:\d+\)$/, "");
}

/** What decides before the scope rule is asked. */
const decidedElsewhere = /^(?:left out by default|scope\.assigned|policy\.groups\.push)/;

function assignedText(
  { scope: { assigned } }: ConnectionConfig,
  { kind, rule }: WideRow,
): string | undefined {
  if (assigned === undefined || kind === "group") return undefined;
  const to =
    "groups" in assigned
      ? `member of ${assigned.groups.join(" or ")}`
      : `assigned to the application ${assigned.app}`;
  return rule === "scope.assigned"
    ? `only who is ${to} is in scope (scope.assigned)`
    : `is ${to} (scope.assigned)`;
}

function several({ name }: ConnectionConfig, key: string, rows: readonly WideRow[]): ConfigurationError {
  const isAll = rows.every(({ kind }) => kind === "user");
  const lines = rows.map(({ kind, sourceId, label, presence, targetId }) => {
    const gone = presence === "absent" ? ", gone from the directory" : "";
    const account = targetId === null ? "" : `, linked to ${targetId}`;
    return `rollcall explain ${shellWord(sourceId)}   ${label || "(no name)"}${kind === "group" ? ", group" : ""}${gone}${account}`;
  });
  return new ConfigurationError(
    `${name}: ${rows.length} ${isAll ? "people" : "people or groups"} answer to that name ("${key}")`,
    { hint: ["name one by id:", ...lines].join("\n") },
  );
}

/** A snapshot in which nobody answers to the name. */
interface Looked {
  readonly name: string;
  /** Undefined: it never ran. */
  readonly at: number | undefined;
  readonly people: number;
  readonly groups: number;
  /** Somebody whose name is much like it. */
  readonly like: string | undefined;
}

function lookedIn({ name }: ConnectionConfig, store: Store | undefined, key: string): Looked {
  const at = store?.runs.latest(20).find(({ complete }) => complete === 1)?.startedAt;
  if (store === undefined) return { name, at, people: 0, groups: 0, like: undefined };
  return {
    name,
    at,
    people: store.people.totals("user").present,
    groups: store.people.totals("group").present,
    like: much(key, store.people.like(key)),
  };
}

/** The name that is most like it, with or without what stands behind its @; else one that begins so. */
function much(key: string, names: readonly string[]): string | undefined {
  const short = new Map(names.map((name) => [name.replace(/@.*$/, ""), name]));
  const found = nearest(key, names) ?? nearest(key, short.keys());
  if (found !== undefined) return short.get(found) ?? found;
  return names.find((name) => name.toLowerCase().startsWith(key.toLowerCase()));
}

/** Where was looked, what is called nearly so, and how to ask the directory itself. */
function nobody(looked: readonly Looked[], key: string, now: number): ConfigurationError {
  const where = looked.map(({ name, at, people, groups }) =>
    at === undefined
      ? `${name}: never read its directory`
      : `${name}: ${counted(people, "person", "people")} and ${counted(groups, "group")}, as of ${relative(at, now)}`,
  );
  const names = [...new Set(looked.flatMap(({ like }) => (like === undefined ? [] : [like])))];
  const meant = names.length === 0 ? "" : `, did you mean ${names.map((each) => `"${each}"`).join(" or ")}?`;
  return new ConfigurationError(
    `nobody in the snapshot of ${looked.map(({ name }) => name).join(", ")} answers to "${key}"${meant}`,
    {
      hint: [
        ...where,
        "give the login name, e-mail address or an id of a person, or the name or id of a group; somebody who was never read:",
        `rollcall plan ${looked[0]?.name ?? ""} --user ${shellWord(key)}`,
      ].join("\n"),
    },
  );
}
