import type { Connection } from "../connection.ts";
import type { WideRow } from "../store/rows.ts";
import { actionOf } from "../sync/action.ts";
import type { Report } from "../sync/report.ts";
import { escaped } from "./output/escape.ts";
import { relative } from "./output/numbers.ts";
import { wrap } from "./output/table.ts";
import { showPath } from "./output/value.ts";
import type { Screen } from "./screen.ts";

/** The person that an on-demand run was about: by what the snapshot knows, else by asking the directory who is meant. */
export async function personFor(
  { store, source }: Pick<Connection, "store" | "source">,
  key: string,
  signal: AbortSignal,
): Promise<WideRow | undefined> {
  const known = store.people.find(key, "user");
  if (known.length > 0) return known[0];
  const [id] = await source.find("user", key, signal);
  return id === undefined ? undefined : store.people.find(id, "user")[0];
}

/** Import, scope, match: what happened to one person before an action was chosen. */
export function stepLines(
  { mapping }: Pick<Connection, "mapping">,
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
    ...step("2 scope", scopeText(row), ...whyNot(row)),
    ...step("3 match", matchText(row, mapping.match.user, now)),
  ];
}

function importText(row: WideRow, report: Report): string {
  const name = row.label === "" ? row.sourceId : `${row.label} (${row.sourceId})`;
  if (row.presence === "absent") return `${name} is gone from the directory: ${row.reason}`;
  const changed =
    (report.read?.changed ?? 0) > 0 ? "changed since the last read" : "unchanged since the last read";
  return `${name}, ${changed}`;
}

/** Nobody asked the rules about somebody who is gone. */
function scopeText({ inScope, rule, presence }: WideRow): string {
  const verdict = inScope === 1 ? "in scope" : "not in scope";
  if (rule !== "") return `${verdict}: ${rule}`;
  return presence === "absent" ? `${verdict}: the rules are not asked about somebody who is gone` : verdict;
}

function whyNot(row: WideRow): readonly string[] {
  if (row.problem !== null) return [`the mapping fails: ${row.problem}`];
  return row.reason === "" || row.reason === "in scope" || row.reason === "out of scope" ? [] : [row.reason];
}

/** How somebody and an account came together, or did not. */
export function matchText(row: WideRow, paths: readonly string[], now: number): string {
  if (row.targetId !== null) {
    const how = row.origin === "adopted" ? "adopted" : "created by us";
    const when = row.linkedAt === null ? "" : ` ${relative(row.linkedAt, now)}`;
    return `linked to account ${row.targetId}, ${how}${when}`;
  }
  if (row.matchId !== null)
    return `account ${row.matchId} exists already, found by ${showPath(row.matchBy ?? "")}`;
  if (row.doubt !== null) return "unknown: a call to create the account got no answer; it is looked up first";
  if (actionOf(row) === "conflict") return "no account: the one that was found cannot be used";
  if (row.matchAt === null || row.intent !== "active") return "no account";
  return `no account at the target has the same ${paths.map(showPath).join(" or ")}`;
}
