import type { Config, ConnectionConfig } from "../config/config.ts";
import { compiledMapping } from "../connection.ts";
import type { Hold } from "../store/holds.ts";
import type { WideRow } from "../store/rows.ts";
import type { Store } from "../store/store.ts";
import { type PlanItem, planner } from "../sync/plan.ts";
import { rejectedText } from "../sync/plan-blocked.ts";
import { choose, chooseIn, digestOf, type HeldChange, namesHold, type Wanted } from "./held-choice.ts";
import { type Invocation, textOf } from "./invocation.ts";
import { limitOf } from "./limit.ts";
import { lookAt, openConfig } from "./open.ts";
import { escaped, shellWord } from "./output/escape.ts";
import { changeFields, whileItWaits, whyHeld } from "./output/held.ts";
import { isoTime } from "./output/json.ts";
import { count, counted, relative } from "./output/numbers.ts";
import { planItemLines } from "./output/plan-item.ts";
import { wrap } from "./output/table.ts";
import { matchText } from "./person-steps.ts";
import { createScreen, type Screen } from "./screen.ts";

/** A held change with all that is known of it. */
interface Shown {
  readonly change: HeldChange;
  readonly row: WideRow | undefined;
  /** What would be sent; undefined for a membership. */
  readonly item: PlanItem | undefined;
}

/**
 * `rollcall held show`: everything about what is held, of a hold or of a person or group: who it is, old and new values, why, and what it costs to
 * wait. Ends with the commands that answer exactly what is shown.
 */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const { io, flags } = invocation;
  const limit = limitOf(flags, 20);
  const config = await openConfig(invocation);
  const [meant = ""] = invocation.arguments;
  const { connection, wanted } = meantBy(invocation, config, meant);
  const store = lookAt(config, connection, invocation);
  if (store === undefined) return 0;
  try {
    const changes = choose(store, wanted);
    const holds = store.holds.open().filter((hold) => changes.some((each) => each.hold === hold.id));
    const shown = changes.slice(0, Number.isFinite(limit) ? limit : undefined);
    const details = await detailsOf(invocation, connection, store, screen.json ? changes : shown);
    const digest = digestOf(changes);
    const now = io.clock.now();
    if (screen.json) {
      screen.document("HeldChanges", {
        connection: connection.name,
        digest,
        holds: holds.map((hold) => ({
          ...hold,
          answered: hold.answered === 1,
          openedAt: isoTime(hold.openedAt),
        })),
        changes: details.map(detailFields),
      });
      return 0;
    }
    const layout: Layout = { ...screen, now };
    for (const hold of holds) screen.lines(headLines(connection, hold, changes, layout));
    if (holds.length === 0) screen.line(screen.paint.strong(connection.name));
    const match = (await compiledMapping(connection)).match;
    for (const each of details) screen.lines(["", ...changeLines(each, match, layout)]);
    const more = changes.length - shown.length;
    if (more > 0) screen.lines(["", screen.paint.faint(`  ... ${count(more)} more (--limit 0 shows all)`)]);
    const where = config.connections.length > 1 ? ` --connection ${connection.name}` : "";
    screen.lines(["", ...answers(meant, wanted, changes, { digest, where }, screen)]);
    return 0;
  } finally {
    store.close();
  }
}

/** A hold by number or class, or everything; else whatever is held, or was rejected, of a person or group. */
function meantBy(
  invocation: Invocation,
  config: Config,
  meant: string,
): { readonly connection: ConnectionConfig; readonly wanted: Wanted } {
  const named = textOf(invocation.flags, "connection");
  const isHold = /^(?:\d{1,6}|all)$/.test(meant) || namesHold(invocation, config, named, meant);
  const wanted = isHold
    ? { hold: meant, only: [], rejected: false }
    : { hold: undefined, only: [meant], rejected: true };
  return { connection: chooseIn(invocation, config, named, wanted).connection, wanted };
}

interface Layout extends Pick<Screen, "paint" | "width"> {
  readonly now: number;
}

async function detailsOf(
  { io }: Invocation,
  config: ConnectionConfig,
  store: Store,
  changes: readonly HeldChange[],
): Promise<readonly Shown[]> {
  const mapping = await compiledMapping(config);
  const itemOf = planner(
    { store, mapping, config, clock: io.clock },
    { touchedUpTo: Number.MAX_SAFE_INTEGER },
  );
  return changes.map((change) => {
    const row = store.pending.row(change.resource);
    const isWhole = change.grp === 0 && change.path === "";
    return { change, row, item: row === undefined || !isWhole ? undefined : itemOf(row) };
  });
}

function headLines(
  { name }: ConnectionConfig,
  hold: Hold,
  changes: readonly HeldChange[],
  { paint, width, now }: Layout,
): string[] {
  const all = changes.filter((each) => each.hold === hold.id).length;
  const say = (text: string) => wrap(escaped(text), width - 2).map((line) => `  ${line}`);
  return [
    `${paint.strong(`${name}  hold ${hold.id}  ${hold.class}`)}  ${paint.faint(`since ${relative(hold.openedAt, now)}, run ${hold.run}`)}`,
    ...say(hold.message),
    ...say(`While ${all === 1 ? "it waits" : "these wait"}: ${whileItWaits(hold.class)}.`),
  ];
}

function changeLines(
  { change, row, item }: Shown,
  match: Readonly<Record<"user" | "group", readonly string[]>>,
  { paint, width, now }: Layout,
): string[] {
  const say = (text: string) => wrap(escaped(text), width - 8).map((line) => `      ${line}`);
  const head =
    item === undefined
      ? [
          `  ${paint.remove("*")} ${paint.strong(escaped(change.label || change.sourceId))}  ${escaped(whyHeld(change))}`,
        ]
      : planItemLines({ ...withoutBlocked(item) }, { paint, width, detailed: true });
  if (row === undefined) return head;
  const where =
    row.presence === "present"
      ? `in the directory, id ${row.sourceId}`
      : `not in the directory (${row.evidence ?? "unknown"}), id ${row.sourceId}`;
  const scope = row.rule === "" ? [] : [`${row.inScope === 1 ? "in scope" : "not in scope"}: ${row.rule}`];
  return [
    ...head,
    ...say(where),
    ...scope.flatMap(say),
    ...say(`${matchText(row, match[row.kind], now)}; wanted since run ${row.touched}`),
    ...(change.rejection === undefined ? [] : say(rejectedText(change.rejection)).map(paint.note)),
  ];
}

function withoutBlocked({ blocked: _held, ...item }: PlanItem): PlanItem {
  return item;
}

/** Whoever answers with these commands answers what stands above: where it changed meanwhile, nothing is done. */
function answers(
  meant: string,
  wanted: Wanted,
  changes: readonly HeldChange[],
  { digest, where }: { readonly digest: string; readonly where: string },
  { paint, width }: Screen,
): string[] {
  const what = wanted.hold === undefined ? `--only ${shellWord(meant)}` : meant;
  const command = (word: string, expected: string) =>
    `rollcall held ${word} ${what}${where} --expect ${expected} --reason "..."`;
  const open = changes.filter((each) => each.hold !== undefined);
  const lines = [command("approve", digest)];
  if (open.length > 0) lines.push(command("reject", digestOf(open)));
  return [
    ...wrap(
      `These answer exactly ${changes.length === 1 ? "this change as it stands" : `these ${counted(changes.length, "change")} as they stand`}; if that is not so any more, nothing is done:`,
      width - 2,
    ).map((line) => `  ${line}`),
    ...lines.map((line) => `  ${paint.note("→")} ${escaped(line)}`),
    ...(wanted.hold === undefined || changes.length === 1
      ? []
      : [paint.faint("    a part of it: instead of --expect, name people or groups with --only KEY...")]),
  ];
}

function detailFields({ change, row, item }: Shown): Record<string, unknown> {
  return {
    ...changeFields(change),
    whileItWaits: whileItWaits(change.class),
    presence: row?.presence ?? null,
    evidence: row?.evidence ?? null,
    scope: row === undefined ? null : { inScope: row.inScope === 1, rule: row.rule },
    wantedSinceRun: row?.touched ?? null,
    change: item ?? null,
  };
}
