import type { Config } from "../config/config.ts";
import type { Connection } from "../connection.ts";
import { connectionNamed } from "../connection.ts";
import { cycle } from "../cycle.ts";
import { ConfigurationError } from "../errors.ts";
import type { Reach } from "../store/pending.ts";
import { type PlanItem, plan } from "../sync/plan.ts";
import { exitCodeOf, type Report } from "../sync/report.ts";
import { actorOf } from "./actor.ts";
import { failingRows } from "./connection-status.ts";
import { filesOf } from "./files-of.ts";
import { type Invocation, isSet, textOf } from "./invocation.ts";
import { limitOf } from "./limit.ts";
import { openConfig, withConnection } from "./open.ts";
import { driftLines, isForAPerson } from "./output/drift.ts";
import { escaped, shellWord } from "./output/escape.ts";
import { jsonListDocument } from "./output/json.ts";
import { counted, listed } from "./output/numbers.ts";
import { planItemLines } from "./output/plan-item.ts";
import { planSections } from "./output/plan-sections.ts";
import { planSummary } from "./output/plan-summary.ts";
import { type RemarkLayout, remarkLines } from "./output/remarks.ts";
import { peopleAndGroups, plannedParts, readLine, reportFields } from "./output/report.ts";
import { wrap } from "./output/table.ts";
import { itemsOutside, outsideLines } from "./outside-pilot.ts";
import { letThroughLines, stepLines, subjectFields, subjectOf } from "./person-steps.ts";
import { planOfflineRun } from "./plan-offline.ts";
import { checkPlanOut, configurationOf, writePlanFile } from "./plan-out.ts";
import { createScreen, type Screen } from "./screen.ts";

/** `rollcall plan`: reads, looks up and judges like a sync, and shows what the sync would do. Exits as the sync would. */
export async function run(invocation: Invocation): Promise<number> {
  const limit = limitOf(invocation.flags, 10);
  const config = await openConfig(invocation);
  const screen = { ...createScreen(invocation), several: config.connections.length > 1 };
  const named = connectionNamed(config, invocation.arguments[0]);
  if (isSet(invocation.flags, "offline")) return planOfflineRun(invocation, config, named);
  const out = textOf(invocation.flags, "out");
  if (out !== undefined) await checkPlanOut(filesOf(invocation.io), out);
  return withConnection(invocation, config, named, async (connection, clear) => {
    const subject = subjectAsked(invocation);
    const report = await cycle(connection, {
      purpose: "plan",
      full: isSet(invocation.flags, "full"),
      reconcile: isSet(invocation.flags, "reconcile"),
      trigger: "on demand",
      ...subject,
    });
    clear();
    const file = out === undefined ? undefined : await write(invocation, config, connection, report, out);
    if (report.subject !== undefined) await showOne(invocation, screen, connection, report, file);
    else await show(invocation, screen, connection, report, { limit, file });
    if (file !== undefined && !screen.quiet) screen.lines(["", ...fileLines(file, screen)]);
    return exitCodeOf(report);
  });
}

/** A plan that was written down. */
interface Written {
  readonly path: string;
  readonly changes: number;
}

/** Nothing is written down that is not the whole plan. */
async function write(
  invocation: Invocation,
  config: Config,
  connection: Connection,
  report: Report,
  path: string,
): Promise<Written | undefined> {
  if (report.plan === undefined || report.problem !== undefined) return undefined;
  const { store, mapping, config: settings, target } = connection;
  const work = { store, mapping, config: settings, target, clock: invocation.io.clock };
  const changes = await writePlanFile(filesOf(invocation.io), path, work, reachOf(connection, report), {
    connection: settings.name,
    configuration: configurationOf(config, connection),
    run: report.run,
    madeAt: new Date(report.startedAt).toISOString(),
    madeBy: actorOf(invocation.io),
  });
  return { path, changes };
}

function fileLines({ path, changes }: Written, { paint, width }: Screen): string[] {
  const text = `${counted(changes, "change")} written to ${escaped(path)}. What is held waits for its approval all the same. To apply exactly this:`;
  return [...wrap(text, width), `  ${paint.note("→")} rollcall sync --plan ${escaped(shellWord(path))}`];
}

/** The one person or group that was asked for, if any. */
export function subjectAsked({
  flags,
}: Invocation): { readonly user?: string; readonly group?: string } | undefined {
  const user = textOf(flags, "user");
  const group = textOf(flags, "group");
  if (user !== undefined && group !== undefined)
    throw new ConfigurationError("--user and --group do not go together", {
      hint: "leave one of the two out",
    });
  const option = user === undefined ? "--group" : "--user";
  if ((user !== undefined || group !== undefined) && isSet(flags, "reconcile")) {
    throw new ConfigurationError(
      `--reconcile compares everything at the target: it does not go with ${option}`,
      { hint: "leave one of the two out" },
    );
  }
  if (user !== undefined) return { user };
  return group === undefined ? undefined : { group };
}

/** What would be applied now; after a read that was not finished, what earlier ones left. */
function itemsOf({ io }: Invocation, connection: Connection, report: Report): Iterable<PlanItem> {
  const { store, mapping, config, target } = connection;
  return plan({ store, mapping, config, target, clock: io.clock }, reachOf(connection, report));
}

function reachOf({ store }: Connection, { subject, problem, run: at }: Report): Reach {
  const touchedUpTo = problem === undefined ? at : store.meta.number("complete_run");
  return { touchedUpTo, ...(subject === undefined ? {} : { only: subject.id }) };
}

type Layout = Screen & RemarkLayout;

async function show(
  invocation: Invocation,
  screen: Layout,
  connection: Connection,
  report: Report,
  { limit, file }: { readonly limit: number; readonly file: Written | undefined },
): Promise<void> {
  const items = report.plan === undefined ? [] : itemsOf(invocation, connection, report);
  const outside = itemsOutside(invocation, connection, report);
  if (screen.json) {
    const fields = { ...reportFields(report), file: file ?? null };
    await screen.pieces(jsonListDocument("Plan", fields, "items", inTurn(items, outside)));
    return;
  }
  const { paint, width } = screen;
  const parts = plannedParts(report);
  screen.lines([...headLines(connection, report, "plan", screen), ...planSummary(report, screen)]);
  const empty =
    (report.plan?.rejected ?? 0) === 0 &&
    Object.keys(report.plan?.actions ?? {}).every((action) => action.startsWith("conflict"));
  if (!screen.quiet && !empty) {
    screen.line();
    screen.lines(planSections(items, { paint, width, detailed: screen.verbose, limit }));
  }
  if (!screen.quiet) screen.lines(outsideLines(outside, screen, limit));
  const remarks = remarkLines(report, screen, invocation.io.clock.now(), failingRows(connection.store));
  if (remarks.length > 0) screen.lines(["", ...remarks]);
  screen.lines(["", ...closing(report, parts, screen)]);
}

function* inTurn<T>(...all: readonly Iterable<T>[]): Iterable<T> {
  for (const each of all) yield* each;
}

function closing(report: Report, parts: readonly string[], { paint, width }: Screen): readonly string[] {
  const command = `rollcall sync ${report.connection}`;
  const blocked = report.plan?.blocked ?? 0;
  if (report.plan === undefined)
    return [paint.remove("There is no plan: see the problem above. Nothing was changed.")];
  if (parts.length === 0) {
    const { users, groups } = report.totals;
    const whole = peopleAndGroups(users.present, groups.present);
    const { failing, failingReferences, seats, outside } = report.waiting;
    const fine =
      !isForAPerson(report.reconcile?.found ?? {}) &&
      failing + failingReferences + seats + outside === 0 &&
      report.holds.length === 0 &&
      report.plan.rejected === 0 &&
      report.problem === undefined;
    return [
      fine
        ? paint.add(`Nothing to do: ${whole} are as they should be.`)
        : "Nothing to do but what is named above.",
    ];
  }
  if (report.mode === "dry-run") return wrap(`With \`mode: sync\`, a sync would ${listed(parts)}.`, width);
  if (report.pause !== undefined)
    return wrap(`Nothing is written while it is paused; then \`${command}\` would ${listed(parts)}.`, width);
  if (report.firstRunHeld)
    return wrap(`Nothing is written before the approval; then \`${command}\` would ${listed(parts)}.`, width);
  const { actions } = report.plan;
  const all = Object.values(actions).reduce((sum, n) => sum + n, 0);
  const leftAlone = ["left alone", "left alone group", "conflict", "conflict group"].reduce(
    (sum, action) => sum + (actions[action] ?? 0),
    0,
  );
  if (blocked > 0 && blocked === all - leftAlone)
    return wrap(
      `\`${command}\` would do nothing now: what is pending (${listed(parts)}) waits, see above.`,
      width,
    ).map(paint.strong);
  const without =
    blocked === 0
      ? ""
      : ` Of these, ${blocked === 1 ? "1 change waits" : `${blocked} changes wait`}: see above.`;
  return wrap(`\`${command}\` would ${listed(parts)}.${without}`, width).map(paint.strong);
}

/** Which connection, from where to where, and what was read and why. */
export function headLines(
  { config }: Connection,
  report: Report,
  what: string,
  { paint, width }: Pick<Screen, "paint" | "width">,
): readonly string[] {
  const { source, target } = config;
  const route = `${source.name} (${source.type}) → ${target.name} (${target.type})`;
  const first = `${paint.strong(config.name)}  ${escaped(route)}  ${paint.faint(`${what}, run ${report.run}`)}`;
  const read = wrap(readLine(report), width - 13).map(
    (line, at) => `  ${(at === 0 ? "read" : "").padEnd(10)} ${line}`,
  );
  return [first, ...read, ...driftLines(report.reconcile, { paint, width })];
}

async function showOne(
  invocation: Invocation,
  screen: Layout,
  connection: Connection,
  report: Report,
  file: Written | undefined,
): Promise<void> {
  const row = subjectOf(connection, report);
  const now = invocation.io.clock.now();
  const planned = row?.outside === 1 ? itemsOutside : itemsOf;
  const items =
    row === undefined || report.plan === undefined ? [] : [...planned(invocation, connection, report)];
  if (screen.json) {
    const subject = subjectFields(connection, report);
    const fields = { ...reportFields(report), subject, file: file ?? null };
    await screen.pieces(jsonListDocument("Plan", fields, "items", items));
    return;
  }
  const layout = { paint: screen.paint, width: screen.width - 4, detailed: true };
  const one = report.purpose === "group" ? "group" : "person";
  screen.lines(headLines(connection, report, `plan for one ${one}`, screen));
  if (row !== undefined) {
    screen.lines(["", ...stepLines(connection, row, report, screen, now)]);
    const doable = items.filter(({ action }) => action !== "conflict");
    const lines = doable.flatMap((item) => planItemLines(item, layout));
    const none = items.length === 0 ? "none: everything is as it should be" : "none: see below";
    screen.line(
      `  ${screen.paint.strong("4 action")}   ${doable.length === 0 ? none : row.outside === 1 ? "without the pilot a sync would do this:" : "a sync would do this:"}`,
    );
    screen.lines(lines.map((line) => `    ${line}`));
    screen.lines(letThroughLines(connection, row, screen));
  }
  const remarks = remarkLines(report, screen, now, failingRows(connection.store));
  if (remarks.length > 0) screen.lines(["", ...remarks]);
}
