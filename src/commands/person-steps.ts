import type { Connection } from "../connection.ts";
import type { GroupMembers } from "../store/group-members.ts";
import type { HoldClass } from "../store/holds.ts";
import { rejectedMark } from "../store/rejections.ts";
import type { WideRow } from "../store/rows.ts";
import { actionOf } from "../sync/action.ts";
import type { Report } from "../sync/report.ts";
import { escaped, shellWord } from "./output/escape.ts";
import { count, counted, relative } from "./output/numbers.ts";
import { wrap } from "./output/table.ts";
import { showPath } from "./output/value.ts";
import type { Screen } from "./screen.ts";

/** The person or group that an on-demand run was about. */
export function subjectOf({ store }: Pick<Connection, "store">, { subject }: Report): WideRow | undefined {
  return subject === undefined ? undefined : store.pending.row(subject.id);
}

/** The same for other programs: what the directory says, whether it is in scope and why, and the account. */
export function subjectFields(
  connection: Pick<Connection, "store">,
  report: Report,
): Record<string, unknown> | null {
  const row = subjectOf(connection, report);
  if (row === undefined) return null;
  const {
    kind,
    sourceId,
    label,
    presence,
    evidence,
    rule,
    intent,
    reason,
    problem,
    targetId,
    origin,
    matchId,
  } = row;
  const rejection = connection.store.holds.rejections.of(row.id);
  return {
    kind,
    sourceId,
    label,
    presence,
    evidence,
    scope: { inScope: row.inScope === 1, rule },
    intent,
    reason,
    problem,
    account: targetId === null ? null : { id: targetId, origin },
    found: matchId,
    held: classHolding(connection, row) ?? null,
    rejected: rejection ?? null,
    ...(kind === "group" ? { members: connection.store.memberships.summary(row.id) } : {}),
  };
}

/** The class of the hold under which somebody waits. */
function classHolding({ store }: Pick<Connection, "store">, row: WideRow): HoldClass | undefined {
  if (row.holdId === null || row.holdId === rejectedMark) return undefined;
  return store.holds.open().find((hold) => hold.id === row.holdId)?.class;
}

/** How one person is let through who is held: by name, and for a reason. */
export function letThroughLines(
  connection: Pick<Connection, "store" | "config">,
  row: WideRow,
  { paint, width }: Pick<Screen, "paint" | "width">,
): string[] {
  const rejection = connection.store.holds.rejections.of(row.id);
  const name = classHolding(connection, row);
  if (row.kind !== "user" || (name === undefined && rejection === undefined)) return [];
  const key = row.label === "" ? row.sourceId : row.label;
  const why = name === undefined ? "A person said no to this." : `This waits for a person's word (${name}).`;
  const command = `rollcall sync ${connection.config.name} --user ${shellWord(key)} --reason "..."`;
  return [
    ...wrap(`${why} To let this one person through:`, width - 13).map((line) => `             ${line}`),
    `  ${paint.note("→")} ${escaped(command)}`,
  ];
}

/** Import, scope, match: what happened to one person or group before an action was chosen; of a group also its members. */
export function stepLines(
  { mapping, store }: Pick<Connection, "mapping" | "store">,
  row: WideRow,
  report: Report,
  { paint, width }: Pick<Screen, "paint" | "width">,
  now: number,
): string[] {
  const step = (title: string, ...texts: readonly string[]) =>
    texts
      .flatMap((text) => wrap(escaped(text), width - 15))
      .map((line, at) => `  ${at === 0 ? paint.strong(title.padEnd(10)) : " ".repeat(10)} ${line}`);
  return [
    ...step("1 import", importText(row, report)),
    ...step("2 scope", scopeText(row), ...whyNot(row), ...outsideTexts(row)),
    ...step("3 match", matchText(row, mapping.match[row.kind], now)),
    ...(row.kind === "group" ? step("  members", ...memberTexts(store.memberships.summary(row.id))) : []),
  ];
}

function importText(row: WideRow, report: Report): string {
  const name = row.label === "" ? row.sourceId : `${row.label} (${row.sourceId})`;
  if (row.presence === "absent")
    return `${name} is gone from the directory: ${row.reason}${row.evidence === null ? "" : ` (${row.evidence})`}`;
  const changed =
    (report.read?.changed ?? 0) > 0 ? "changed since the last read" : "unchanged since the last read";
  return `${name}, ${changed}`;
}

/** How many the group has, and who of them is left out and why. */
export function memberTexts({ listed, wanted, applied, without, unknown }: GroupMembers): readonly string[] {
  const shown = without.slice(0, fewNames).map(({ label, sourceId }) => label || sourceId);
  return [
    `${count(listed)} in the directory, ${count(wanted)} wanted at the target, ${count(applied)} there by our doing`,
    ...(without.length === 0
      ? []
      : [
          `${counted(without.length, "member has", "members have")} no account yet and ${without.length === 1 ? "is" : "are"} not created by this: ${shown.join(", ")}${without.length > shown.length ? ", ..." : ""}`,
        ]),
    ...(unknown === 0
      ? []
      : [`${counted(unknown, "member was", "members were")} never read: a sync of everybody reads them`]),
  ];
}

const fewNames = 5;

/** Nobody asked the rules about somebody who is gone. */
function scopeText({ inScope, rule, presence }: WideRow): string {
  const verdict = inScope === 1 ? "in scope" : "not in scope";
  if (rule !== "") return `${verdict}: ${rule}`;
  return presence === "absent" ? `${verdict}: the rules are not asked about somebody who is gone` : verdict;
}

function outsideTexts({ outside }: WideRow): readonly string[] {
  return outside === 1 ? ["not in the pilot: nothing is sent"] : [];
}

function whyNot(row: WideRow): readonly string[] {
  if (row.problem !== null) return [`the mapping fails: ${row.problem}`];
  return row.reason === "" || row.reason === "in scope" || row.reason === "out of scope" ? [] : [row.reason];
}

/** How somebody and an account came together, or did not. */
export function matchText(row: WideRow, paths: readonly string[], now: number): string {
  const thing = row.kind === "group" ? "group" : "account";
  if (row.targetId !== null) {
    const how = row.origin === "adopted" ? "adopted" : "created by us";
    const when = row.linkedAt === null ? "" : ` ${relative(row.linkedAt, now)}`;
    return `linked to ${thing} ${row.targetId}, ${how}${when}`;
  }
  if (row.matchId !== null)
    return `${thing} ${row.matchId} exists already, found by ${showPath(row.matchBy ?? "")}`;
  if (row.doubt !== null)
    return `unknown: a call to create the ${thing} got no answer; it is looked up first`;
  if (actionOf(row) === "conflict") return `no ${thing}: the one that was found cannot be used`;
  if (row.matchAt === null || row.intent !== "active") return `no ${thing}`;
  return `no ${thing} at the target has the same ${paths.map(showPath).join(" or ")}`;
}
