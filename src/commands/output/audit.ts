import type { AuditEntry } from "../../store/audit.ts";
import type { Paint } from "./colour.ts";
import { escaped } from "./escape.ts";
import { isoTime } from "./json.ts";
import { count, localTime } from "./numbers.ts";
import { displayWidth, padEnd, wrap } from "./table.ts";
import { showPath, showValue } from "./value.ts";

export interface AuditLayout {
  readonly paint: Paint;
  readonly width: number;
  /** With values before and after. */
  readonly values: boolean;
  /** What the lines around say already. */
  readonly without?: readonly ("name" | "time")[];
}

const markers: Readonly<Record<string, readonly [marker: string, paint: Exclude<keyof Paint, "strong">]>> = {
  create: ["+", "add"],
  adopt: ["=", "note"],
  update: ["~", "change"],
  rename: ["»", "change"],
  deactivate: ["-", "remove"],
  reactivate: ["↺", "add"],
  delete: ["×", "remove"],
  "add members": ["*", "add"],
  "remove members": ["*", "remove"],
};

/** One attempt, or what a person decided: when, in which run, what, to whom, with which outcome; below it why it failed and what it changed. */
export function auditLines(entry: AuditEntry, layout: AuditLayout): string[] {
  const { paint, width } = layout;
  const hides = (part: "name" | "time") => layout.without?.includes(part) === true;
  const isApproval = entry.event === "approval";
  const isWord = entry.event !== "attempt";
  const [marker, colour] = isWord
    ? ([isApproval ? "✓" : "•", "note"] as const)
    : (markers[entry.action] ?? (["~", "change"] as const));
  const action = isApproval ? "approve" : entry.action;
  const when = hides("time") ? "" : `${paint.faint(`${localTime(entry.at)}  run ${entry.run}`)}  `;
  const isKnown = hides("name") && entry.kind === "user";
  const nameWidth = Math.max(16, Math.min(32, width - 62));
  const who = isKnown
    ? ""
    : `${padEnd(escaped(entry.label || entry.sourceId || (entry.kind === "connection" ? "everything" : "(forgotten)")), nameWidth)}  `;
  const head = `${when}${paint[colour](padEnd(`${marker} ${escaped(action)}`, 16))}  ${who}${outcomeText(entry, paint)}`;
  // Below the time where there is room for it.
  const indent = " ".repeat(hides("time") ? 4 : width < 100 ? 8 : 21);
  const below = (text: string) =>
    wrap(escaped(text), Math.max(30, width - indent.length)).map((line) => `${indent}${line}`);
  return [
    head.trimEnd(),
    ...(entry.message === null || entry.message === "" ? [] : below(entry.message)),
    ...(isWord ? below(wordOf(entry)) : []),
    ...(layout.values && !isWord
      ? [
          ...(entry.reason === "in scope" ? [] : below(`why: ${entry.reason}`)),
          ...changeLines(entry, layout, indent),
        ]
      : []),
  ];
}

/** What a person said, and who it was. */
function wordOf({ event, action, reason, actor }: AuditEntry): string {
  const about = event === "approval" ? `${action.replace(/^approve /, "")}: ` : "";
  return `${about}${reason} (${actor})`;
}

function outcomeText({ event, outcome, status }: AuditEntry, paint: Paint): string {
  if (event !== "attempt") return "";
  const code = status === null ? "" : ` (${status})`;
  if (outcome === "done") return paint.add("done");
  if (outcome === "found-done") return paint.add("done, found when looked up");
  if (outcome === "found-not-done") return paint.note("no effect, found when looked up");
  if (outcome === "failed") return paint.remove(`failed${code}`);
  return paint.note("no answer yet known");
}

/** Values that differ, old and new; of members how many. */
function changeLines({ before, after }: AuditEntry, { paint, width }: AuditLayout, indent: string): string[] {
  const members = after?.["members"];
  if (Array.isArray(members))
    return [`${indent}${count(members.length)} ${members.length === 1 ? "person" : "people"}`];
  const paths = [...new Set([...Object.keys(after ?? {}), ...Object.keys(before ?? {})])].filter(
    (path) => JSON.stringify(before?.[path] ?? null) !== JSON.stringify(after?.[path] ?? null),
  );
  const pathWidth = Math.max(0, ...paths.map((path) => displayWidth(showPath(path))));
  const left = width - indent.length;
  const beside = Math.floor((left - pathWidth - 5) / 2);
  // Where two values do not fit beside the path, they stand below it.
  const isBelow = before !== null && beside < 16;
  const room = isBelow ? Math.max(16, Math.floor((left - 5) / 2)) : beside;
  return paths.flatMap((path) => {
    const change =
      before === null
        ? paint.add(showValue(after?.[path], Math.max(16, left - pathWidth - 2)))
        : `${paint.remove(showValue(before[path], room))} → ${paint.add(showValue(after?.[path], room))}`;
    return isBelow
      ? [indent + showPath(path), `${indent}  ${change}`]
      : [`${indent}${padEnd(showPath(path), pathWidth)}  ${change}`];
  });
}

/** The same for other programs: every field, times in UTC. `kind` is the document's own, so the object's is called `object`. */
export function auditFields(entry: AuditEntry): Record<string, unknown> {
  const { resource: _row, kind, at, ...rest } = entry;
  return { ...rest, object: kind, at: isoTime(at) };
}
