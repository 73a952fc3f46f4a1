import { changedInDirectory } from "../../sync/action.ts";
import type { PlanItem } from "../../sync/plan.ts";
import type { Paint } from "./colour.ts";
import { escaped } from "./escape.ts";
import { count } from "./numbers.ts";
import { cut, displayWidth, padEnd, wrap } from "./table.ts";
import { showPath, showValue } from "./value.ts";

interface Look {
  readonly marker: string;
  readonly paint: Exclude<keyof Paint, "strong">;
}

/** How each action looks, in the order in which a plan lists them: who loses something comes first. */
export const looks: Readonly<Record<PlanItem["action"], Look>> = {
  deactivate: { marker: "-", paint: "remove" },
  delete: { marker: "×", paint: "remove" },
  adopt: { marker: "=", paint: "note" },
  create: { marker: "+", paint: "add" },
  reactivate: { marker: "↺", paint: "add" },
  rename: { marker: "»", paint: "change" },
  update: { marker: "~", paint: "change" },
  reference: { marker: "~", paint: "change" },
  members: { marker: "*", paint: "change" },
  conflict: { marker: "!", paint: "note" },
  "look up": { marker: "?", paint: "note" },
  "left alone": { marker: ".", paint: "faint" },
  none: { marker: ".", paint: "faint" },
};

export interface ItemLayout {
  readonly paint: Paint;
  readonly width: number;
  /** All values of a creation or adoption, all members, whole expressions. */
  readonly detailed: boolean;
}

/** One person or group of a plan: a line, and indented below it every value with old, new and the expression it comes from, or the reason. */
export function planItemLines(item: PlanItem, layout: ItemLayout): string[] {
  const { marker, paint } = looks[item.action];
  const label = escaped(item.label || item.sourceId);
  const shown = layout.detailed ? label : cut(label, layout.width - 16);
  const room = layout.width - 16 - displayWidth(shown);
  const head = `  ${layout.paint[paint](`${marker} ${padEnd(item.action, 11)}`)} ${layout.paint.strong(shown)}${aside(item, room, layout)}`;
  const blocked =
    item.blocked === undefined
      ? []
      : wrap(escaped(item.blocked), layout.width - 8).map((line) => `      ${layout.paint.note(line)}`);
  return [head, ...details(item, layout), ...blocked];
}

/** What stands behind the name on the same line, in so many cells. */
function aside(item: PlanItem, room: number, { paint }: ItemLayout): string {
  const { members, name } = item;
  if (members !== undefined) {
    const added = members.add.length === 0 ? [] : [paint.add(`+${count(members.add.length)}`)];
    const removed = members.remove.length === 0 ? [] : [paint.remove(`-${count(members.remove.length)}`)];
    return `  ${[...added, ...removed].join(" ")} ${paint.faint(`of ${count(members.of)}`)}`;
  }
  const kind = item.kind === "group" ? `  ${paint.faint("group")}` : "";
  const left = Math.min(40, room - displayWidth(kind) - 4);
  return name === undefined || left < 8 ? kind : `${kind}  "${cut(escaped(name), left)}"`;
}

function details(item: PlanItem, layout: ItemLayout): string[] {
  const lines: string[] = [];
  if (saysWhy(item))
    lines.push(...wrap(escaped(item.reason), layout.width - 8).map((line) => `      ${line}`));
  if (item.found !== undefined) lines.push(...foundLines(item.found, layout));
  if (item.note !== undefined)
    lines.push(
      ...wrap(escaped(item.note), layout.width - 8).map((line) => `      ${layout.paint.note(line)}`),
    );
  const brief = (item.action === "create" || item.action === "adopt") && !layout.detailed;
  // That a value goes which stands there is said in any case.
  const values = brief ? item.values.filter(({ before }) => before !== null) : item.values;
  lines.push(...valueLines({ ...item, values }, layout));
  if (item.members !== undefined) lines.push(...memberLines(item.members, layout));
  return lines;
}

/** "in scope" is why nearly everything happens; only other reasons are worth a line. */
function saysWhy({ reason }: PlanItem): boolean {
  return !["", "in scope", changedInDirectory].includes(reason);
}

function foundLines(found: NonNullable<PlanItem["found"]>, { paint }: ItemLayout): string[] {
  const owner =
    found.externalId === null || found.externalId === ""
      ? "no external id"
      : `external id ${showValue(found.externalId)}`;
  return [`      found by ${paint.note(showPath(found.by))}: ${escaped(found.targetId)}, ${owner}`];
}

/** These actions say by their name that `active` changes, and the reason says why. */
const switches: ReadonlySet<string> = new Set(["deactivate", "reactivate"]);

function valueLines(item: PlanItem, { paint, width, detailed }: ItemLayout): string[] {
  const values = item.values.filter(({ path }) => path !== "active" || !switches.has(item.action));
  if (values.length === 0) return [];
  const isNew = item.action === "create" || item.action === "adopt";
  const isReference = item.action === "reference";
  const paths = values.map(({ path }) => cut(showPath(path), 34));
  const pathWidth = Math.max(...paths.map(displayWidth));
  // Old and new share what the path and some of the expression leave.
  const room = Math.max(14, Math.min(Math.floor((width - 40) / 2), Math.floor((width - pathWidth - 27) / 2)));
  const rows = values.map(({ before, after, from }, at) => ({
    path: paths[at] ?? "",
    change:
      before === null && (isNew || (isReference && after !== null))
        ? showValue(after, room * 2)
        : `${paint.remove(showValue(before, room))} → ${isReference && after === null ? paint.remove("cleared") : paint.add(showValue(after, room))}`,
    from: from === undefined ? "" : escaped(from),
  }));
  const changeWidth = Math.min(
    width - pathWidth - 24,
    Math.max(...rows.map((row) => displayWidth(row.change))),
  );
  return rows.flatMap(({ path, change, from }) => {
    const start = `      ${padEnd(path, pathWidth)}  ${padEnd(change, changeWidth)}`;
    const left = width - displayWidth(start) - 2;
    if (from === "") return [start.trimEnd()];
    if (displayWidth(from) <= left || (!detailed && left >= 12))
      return [`${start}  ${paint.faint(cut(from, left))}`];
    const tight = `      ${padEnd(path, pathWidth)}  ${change}`;
    if (displayWidth(tight) + 2 + displayWidth(from) <= width) return [`${tight}  ${paint.faint(from)}`];
    return [
      start.trimEnd(),
      `      ${" ".repeat(pathWidth)}  ${paint.faint(detailed ? from : cut(from, width - pathWidth - 8))}`,
    ];
  });
}

/** So many names are shown of those who join or leave a group. */
const fewMembers = 5;

function memberLines(
  members: NonNullable<PlanItem["members"]>,
  { paint, width, detailed }: ItemLayout,
): string[] {
  const part = (sign: string, names: readonly string[], colour: (text: string) => string) => {
    if (names.length === 0) return [];
    const shown = detailed ? names : names.slice(0, fewMembers);
    const more = names.length > shown.length ? `, and ${count(names.length - shown.length)} more` : "";
    const lines = wrap(`${shown.map((name) => escaped(name || "(no name)")).join(", ")}${more}`, width - 10);
    return lines.map((line, at) => `      ${at === 0 ? colour(sign) : " "} ${line}`);
  };
  return [...part("+", members.add, paint.add), ...part("-", members.remove, paint.remove)];
}
