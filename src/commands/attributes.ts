import { connectionNamed } from "../connection.ts";
import { type AttributesView, attributesOf, type KindView, type RowView } from "./attributes-view.ts";
import { type Invocation, isSet } from "./invocation.ts";
import { connectionsOf, openConfig } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { counted } from "./output/numbers.ts";
import { cut, displayWidth, padEnd, table, wrap } from "./output/table.ts";
import { showPath } from "./output/value.ts";
import { createScreen, type Screen } from "./screen.ts";

/** `rollcall attributes`: what the directory offers, what the mapping makes of it and what the target takes, side by side. */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const [name] = invocation.arguments;
  const connections = name === undefined ? connectionsOf(config, []) : [connectionNamed(config, name)];
  for (const [at, connection] of connections.entries()) {
    const view = await attributesOf(config, connection, invocation.io);
    screen.document("Attributes", { ...view });
    if (at > 0) screen.line();
    screen.lines(viewLines(view, isSet(invocation.flags, "all"), screen));
  }
  return 0;
}

function viewLines(view: AttributesView, all: boolean, screen: Screen): readonly string[] {
  const { paint, width } = screen;
  const { source, target } = view;
  const from = `${escaped(source.name)} (${source.title})`;
  const to = `${escaped(target.name)} (${target.title})`;
  return [
    ...wrap(`${paint.strong(view.connection)}  ${from} to ${to}`, width),
    ...(target.unknown === null
      ? []
      : hung(`What the target takes is not known: ${target.unknown}`, 2, screen).map(paint.change)),
    ...view.kinds.flatMap((kind) => ["", ...kindLines(kind, view, all, screen)]),
  ];
}

function kindLines(kind: KindView, view: AttributesView, all: boolean, screen: Screen): readonly string[] {
  const { paint } = screen;
  const refused = kind.rows.filter(({ target }) => target.status === "refused");
  const title = kind.kind === "user" ? "People" : "Groups";
  return [
    `${paint.strong(title)}: ${counted(kind.rows.length, "row")}${refused.length === 0 ? "" : `, ${paint.remove(`${refused.length} not taken by the target`)}`}`,
    ...rowLines(kind.rows, all, screen),
    "",
    ...hung(`Matched by: ${kind.match.map(showPath).join(", ")}`, 2, screen),
    ...(kind.unsearchable.length === 0
      ? []
      : hung(
          `The target cannot look up by ${kind.unsearchable.map(showPath).join(", ")}: its profile says so`,
          2,
          screen,
        ).map(paint.change)),
    ...(kind.kind === "user" && view.assigned !== null
      ? hung(`Assigned: ${escaped(view.assigned)}`, 2, screen)
      : []),
    ...hung(
      `In scope: ${kind.scope === null ? "everybody whom the source does not leave out" : escaped(kind.scope)}`,
      2,
      screen,
    ),
    ...unreadLines(kind, view, all, screen),
    ...unwrittenLines(kind, view, all, screen),
  ];
}

/** From so many cells on there is room for types. */
const WIDE = 110;

function typeOf({ target }: RowView): string {
  return `${target.type ?? ""}${target.required ? ", required" : ""}`;
}

/** Directory, mapping, target: as much of each as the width allows; with `all` what was cut stands below. */
function rowLines(rows: readonly RowView[], all: boolean, screen: Screen): readonly string[] {
  const { paint, width } = screen;
  const room = width - 4;
  const path = Math.min(
    Math.floor(room * 0.52),
    Math.max(6, ...rows.map((row) => displayWidth(showPath(row.path)))),
  );
  const reads = Math.min(
    Math.floor(room * 0.23),
    Math.max(9, ...rows.map((row) => displayWidth(row.reads.join(", ")))),
  );
  const types = width < WIDE ? 0 : Math.max(...rows.map((row) => typeOf(row).length), 0) + 2;
  const made = room - path - reads - types - 4;
  const head = ["DIRECTORY", "MAPPING", "TARGET", ""];
  const lines = table(
    [{}, {}, {}, {}, {}],
    [
      ["", ...head.map(paint.faint)],
      ...rows.map((row) => [
        markOf(row, screen),
        cut(escaped(row.reads.join(", ")), reads),
        paint.faint(cut(escaped(madeBy(row)), Math.max(7, made))),
        cut(showPath(row.path), path),
        width < WIDE ? "" : paint.faint(typeOf(row)),
      ]),
    ],
  );
  const [first = "", ...rest] = lines;
  return [
    first,
    ...rest.flatMap((line, at) => {
      const row = rows[at];
      const reason = row?.target.reason ?? null;
      const text = row === undefined ? "" : escaped(madeBy(row));
      return [
        line,
        ...(all && displayWidth(text) > Math.max(7, made) ? hung(text, 5, screen).map(paint.faint) : []),
        ...(reason === null ? [] : hung(`${reason} (${row?.where ?? ""})`, 5, screen).map(paint.remove)),
      ];
    }),
  ];
}

function markOf({ target }: RowView, { paint }: Screen): string {
  if (target.status === "unknown") return paint.faint("?");
  return target.status === "accepted" ? paint.add("✓") : paint.remove("✗");
}

/** A row that hands on one attribute as it is needs no words. */
function madeBy({ text, type, reads, write }: RowView): string {
  const [only = ""] = reads;
  const isPlain = reads.length === 1 && (text === `user.${only}` || text === `group.${only}`);
  const what = type === "constant" ? `always ${text}` : isPlain ? "→" : text;
  return write === "always" ? what : `${what} (${write})`;
}

function unreadLines(
  { source, kind }: KindView,
  view: AttributesView,
  all: boolean,
  screen: Screen,
): readonly string[] {
  const unread = source.filter(({ readBy }) => readBy.length === 0);
  const more = view.source.isOpen
    ? `; ${view.source.title} may have more of its own: ${kind}.<name> reads them`
    : "";
  const intro = `Offered by the directory and not read (${unread.length})${more}`;
  if (!all)
    return named(
      intro,
      unread.map(({ name }) => name),
      screen,
    );
  const read = source.filter(({ readBy }) => readBy.length > 0);
  const rows = [...read, ...unread].map(({ name, type, readBy, description }) => ({
    left: [`  ${escaped(name)}`, type],
    right: readBy.length === 0 ? escaped(description) : `read by ${readBy.map(showPath).join(", ")}`,
  }));
  return ["", ...hung(`All that the directory offers${more}:`, 0, screen), ...besides(rows, screen)];
}

/** Two short columns, and text beside them that goes on below itself. */
function besides(
  rows: readonly { readonly left: readonly string[]; readonly right: string }[],
  { width, paint }: Screen,
): readonly string[] {
  const lefts = table(
    [{}, {}],
    rows.map(({ left }) => left),
  );
  const indent = Math.max(0, ...lefts.map(displayWidth)) + 2;
  return rows.flatMap(({ right }, at) => {
    const [first = "", ...rest] = wrap(right, Math.max(20, width - indent));
    const left = padEnd(lefts[at] ?? "", indent);
    return [
      `${left}${paint.faint(first)}`,
      ...rest.map((line) => `${" ".repeat(indent)}${paint.faint(line)}`),
    ];
  });
}

function unwrittenLines(
  { unwritten }: KindView,
  view: AttributesView,
  all: boolean,
  screen: Screen,
): readonly string[] {
  if (unwritten === null) return [];
  const { paint } = screen;
  const required = unwritten.filter((each) => each.required);
  const rest = unwritten.filter((each) => !each.required);
  const warning =
    required.length === 0
      ? []
      : hung(
          `Required by the target and written by no row: ${required.map(({ path }) => showPath(path)).join(", ")}`,
          2,
          screen,
        ).map(paint.remove);
  const more = view.target.isOpen ? "; it keeps every other attribute as well" : "";
  const intro = `Taken by the target and written by nobody (${rest.length})${more}`;
  if (!all)
    return [
      ...warning,
      ...named(
        intro,
        [...new Set(rest.map(({ path, multiValued }) => showPath(multiValued ? wholeOf(path) : path)))],
        screen,
      ),
    ];
  const rows = rest.map(({ path, type, multiValued }) => ({
    left: [`  ${showPath(path)}`, type],
    right: multiValued ? "one of several" : "",
  }));
  return [
    ...warning,
    "",
    ...hung(`${intro}:`, 0, screen),
    ...besides(rows, screen).map((line) => line.trimEnd()),
  ];
}

/** Of one of several values the attribute that it is a part of. */
function wholeOf(path: string): string {
  return path.slice(0, path.lastIndexOf("."));
}

/** How many names are worth reading when nobody asked for all. */
const MOST_NAMES = 30;

function named(intro: string, names: readonly string[], screen: Screen): readonly string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, MOST_NAMES).map(escaped).join(", ");
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more: --all` : "";
  return hung(`${intro}: ${shown}${more}`, 2, screen);
}

/** Wrapped, the second line and all after it further in. */
function hung(text: string, indent: number, { width }: Screen): string[] {
  const [first = "", ...rest] = wrap(text, width - indent - 2);
  return [`${" ".repeat(indent)}${first}`, ...rest.map((line) => `${" ".repeat(indent + 2)}${line}`)];
}
