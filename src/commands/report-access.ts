import type { Access } from "../store/access.ts";
import { changedByHand } from "../sync/action.ts";
import type { Invocation } from "./invocation.ts";
import { escaped } from "./output/escape.ts";
import { isoTime } from "./output/json.ts";
import { count, counted, localTime } from "./output/numbers.ts";
import { wrap } from "./output/table.ts";
import { type Asked, type ReportDefinition, report } from "./report-frame.ts";
import type { Screen } from "./screen.ts";

/** `rollcall report access`: who has an account and which groups through us, since when, by which rule, and what somebody changed there by hand. */
export async function run(invocation: Invocation): Promise<number> {
  return report(invocation, access);
}

/** One person with an account, and all their groups. */
interface Person {
  /** Of the person; the group of the first membership. */
  readonly row: Access;
  readonly memberships: readonly Access[];
}

const access: ReportDefinition<Person> = {
  kind: "AccessReport",
  sinceMs: undefined,
  rows: people,
  summary: summarise,
  columns: [
    "user",
    "name",
    "source_id",
    "account_id",
    "account",
    "account_since",
    "account_came_by",
    "rule",
    "why",
    "account_drift",
    "group",
    "group_source_id",
    "member_since",
    "member_drift",
  ],
  cells: ({ row, memberships }) => {
    const ofPerson = [
      row.label,
      row.name,
      row.sourceId,
      row.targetId,
      stateOf(row),
      isoTime(row.linkedAt),
      row.origin,
      row.rule,
      row.reason,
      driftOf(row),
    ];
    const of = memberships.length === 0 ? [row] : memberships;
    return of.map((each) => [
      ...ofPerson,
      each.group,
      each.groupSourceId,
      isoTime(each.memberSince),
      memberDriftOf(each),
    ]);
  },
  fields: ({ row, memberships }) => ({
    user: row.label,
    name: row.name,
    sourceId: row.sourceId,
    targetId: row.targetId,
    account: stateOf(row),
    since: isoTime(row.linkedAt),
    cameBy: row.origin,
    rule: row.rule,
    why: row.reason,
    drift: driftOf(row) ?? null,
    groups: memberships.map((each) => ({
      group: each.group,
      sourceId: each.groupSourceId,
      since: isoTime(each.memberSince),
      drift: memberDriftOf(each) ?? null,
    })),
  }),
  lines,
};

/** Rows come by person: those of one are put together. */
function* people({ store, since }: Asked): Iterable<Person> {
  let rows: Access[] = [];
  for (const row of store.reports.access(since)) {
    const [first] = rows;
    if (first !== undefined && first.resource !== row.resource) {
      yield personOf(first, rows);
      rows = [];
    }
    rows.push(row);
  }
  const [first] = rows;
  if (first !== undefined) yield personOf(first, rows);
}

function personOf(row: Access, rows: readonly Access[]): Person {
  return { row, memberships: rows.filter(({ groupSourceId }) => groupSourceId !== null) };
}

function stateOf({ appliedIntent }: Access): "active" | "switched off" {
  return appliedIntent === "active" ? "active" : "switched off";
}

function driftOf({ switchedOff, drifted }: Access): string | undefined {
  if (switchedOff !== null) return "switched off at the target by somebody else";
  return drifted === null ? undefined : changedByHand;
}

function memberDriftOf({ memberDrifted, memberDesired }: Access): string | undefined {
  if (memberDrifted === null) return undefined;
  return memberDesired === 0 ? "put in at the target by hand" : changedByHand;
}

function summarise(asked: Asked) {
  let accounts = 0;
  let active = 0;
  let memberships = 0;
  let drifted = 0;
  for (const person of people(asked)) {
    accounts += 1;
    if (person.row.appliedIntent === "active") active += 1;
    memberships += person.memberships.length;
    if (driftOf(person.row) !== undefined) drifted += 1;
    drifted += person.memberships.filter((each) => memberDriftOf(each) !== undefined).length;
  }
  return { accounts, active, switchedOff: accounts - active, memberships, drifted };
}

function* lines(asked: Asked, screen: Screen, limit: number): Iterable<string> {
  const { paint, width } = screen;
  const all = summarise(asked);
  const what = asked.since === undefined ? "accounts and groups" : "accounts and groups that are new";
  yield `${paint.strong(asked.connection.name)}  ${what}`;
  const text = `${counted(all.accounts, "account")}, ${count(all.active)} active; ${counted(all.memberships, "membership")} of groups; ${all.drifted === 0 ? "nothing changed by hand" : `${count(all.drifted)} changed at the target by hand`}`;
  for (const line of wrap(text, width - 2)) yield `  ${line}`;
  if (screen.quiet) return yield "";
  yield "";
  let shown = 0;
  for (const person of people(asked)) {
    if (shown >= limit) break;
    shown += 1;
    yield* personLines(person, screen);
  }
  if (all.accounts > shown)
    yield paint.faint(`  ... ${count(all.accounts - shown)} more (--limit 0 shows all)`);
  yield "";
}

function* personLines({ row, memberships }: Person, { paint, width }: Screen): Iterable<string> {
  const name = row.name === null || row.name === row.label ? "" : `  "${escaped(row.name)}"`;
  const state = stateOf(row) === "active" ? paint.add("active") : paint.remove("switched off");
  yield `  ${paint.strong(escaped(row.label || row.sourceId))}${name}  ${state}`;
  const since = row.linkedAt === null ? "" : ` since ${day(row.linkedAt)}`;
  const cameBy = row.origin === "adopted" ? "account taken over" : "account created";
  const why = row.rule === "" ? row.reason : `${row.reason}: ${row.rule}`;
  const groups = memberships.map((each) => {
    const drift = memberDriftOf(each);
    const from = each.memberSince === null ? "" : ` (since ${day(each.memberSince)})`;
    return `${each.group || each.groupSourceId}${from}${drift === undefined ? "" : ` [${drift}]`}`;
  });
  const drift = driftOf(row);
  const texts = [
    `${cameBy}${since}; ${why}`,
    groups.length === 0 ? "in no group" : `in ${groups.join(", ")}`,
    ...(drift === undefined ? [] : [drift]),
  ];
  for (const text of texts) for (const line of wrap(escaped(text), width - 6)) yield `      ${line}`;
}

function day(at: number): string {
  return localTime(at).slice(0, 10);
}
