import type { Config, ConnectionConfig } from "../config/config.ts";
import { ConfigurationError } from "../errors.ts";
import { EditTally } from "../sync/edit-count.ts";
import { editItems } from "../sync/edit-item.ts";
import { planOffline } from "../sync/plan-offline.ts";
import { exitCodeOf, type Report } from "../sync/report.ts";
import { failingRows } from "./connection-status.ts";
import { type Invocation, isSet, textOf } from "./invocation.ts";
import { limitOf } from "./limit.ts";
import { openOffline } from "./open-offline.ts";
import { EditExamples, editSentence } from "./output/edit.ts";
import { escaped } from "./output/escape.ts";
import { isoTime, jsonListDocument } from "./output/json.ts";
import { count, listed, relative } from "./output/numbers.ts";
import { remarkLines } from "./output/remarks.ts";
import { peopleAndGroups, plannedParts, reportFields } from "./output/report.ts";
import { wrap } from "./output/table.ts";
import { createScreen, type Screen } from "./screen.ts";

/** Options that ask somebody, or are about what somebody was asked. */
const asking = ["full", "user", "group", "reconcile", "out"] as const;

/**
 * `rollcall plan --offline`: what the configuration, as it is now, would change for the people whom the snapshot knows. Asks neither directory nor
 * target, takes no lock, and writes nothing down. Exits as the sync would.
 */
export async function planOfflineRun(
  invocation: Invocation,
  config: Config,
  connection: ConnectionConfig,
): Promise<number> {
  refuseAsking(invocation);
  const { guest, signal } = invocation.io;
  const work = () => {
    signal.throwIfAborted();
    return planOnCopy(invocation, config, connection);
  };
  // Each needs room on the disk, and time that the cycles of the daemon go without.
  return guest === undefined ? work() : orAborted(guest.host.onCopy(work), signal);
}

/** Whoever gives up while others are before them does not wait for these. */
async function orAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(signal.reason);
  if (signal.aborted) giveUp();
  else signal.addEventListener("abort", giveUp, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

async function planOnCopy(
  invocation: Invocation,
  config: Config,
  connection: ConnectionConfig,
): Promise<number> {
  const { clock, signal, abort } = invocation.io;
  const screen = { ...createScreen(invocation), several: config.connections.length > 1 };
  const opened = await openOffline(config, connection, { clock, signal, abort });
  try {
    const readAt = opened.store.cursor?.at;
    const work = opened.begin({ purpose: "plan", trigger: "on demand" });
    const { report, before } = await planOffline(work);
    const tally = new EditTally();
    const { paint, width } = screen;
    const limit = limitOf(invocation.flags, 5);
    const examples = new EditExamples({ paint, width, detailed: screen.verbose, limit });
    if (report.plan !== undefined) {
      for (const item of editItems(work, before)) {
        tally.add(item);
        examples.add(item);
      }
    }
    const counts = tally.counts(before);
    if (screen.json) {
      // The run is one of the copy: no log knows it.
      const { run: _, ...fields } = reportFields(report);
      const items = report.plan === undefined ? [] : editItems(work, before);
      const head = { ...fields, offline: true, readAt: isoTime(readAt), edit: counts };
      await screen.pieces(jsonListDocument("OfflinePlan", head, "items", items));
      return exitCodeOf(report);
    }
    const { source, target } = connection;
    const route = `${source.name} (${source.type}) → ${target.name} (${target.type})`;
    const { users, groups } = report.totals;
    const age = readAt === undefined ? "" : `, as read ${relative(readAt, clock.now())}`;
    screen.lines([
      `${paint.strong(connection.name)}  ${escaped(route)}  ${paint.faint("offline plan")}`,
      ...wrap(
        `${peopleAndGroups(users.present, groups.present)}${age}; nobody was asked, nothing is written`,
        width - 13,
      ).map((line, at) => `  ${(at === 0 ? "snapshot" : "").padEnd(10)} ${line}`),
      "",
      ...wrap(editSentence(counts, { users: users.managedActive, groups: groups.managedActive }), width).map(
        paint.strong,
      ),
    ]);
    const lines = screen.quiet ? [] : [...examples.lines()];
    if (lines.length > 0) screen.lines(["", ...lines]);
    // The holds are those of the copy: nobody can answer them before a sync has placed them.
    const remarks = [
      ...heldLines(report, screen),
      ...remarkLines({ ...report, holds: [] }, screen, clock.now(), failingRows(opened.store)),
    ];
    if (remarks.length > 0) screen.lines(["", ...remarks]);
    screen.lines(["", ...closing(report, width)]);
    return exitCodeOf(report);
  } finally {
    await opened.close();
  }
}

function refuseAsking({ flags }: Invocation): void {
  const given = asking.find((name) => isSet(flags, name) || textOf(flags, name) !== undefined);
  if (given === undefined) return;
  throw new ConfigurationError(`--${given} asks the directory or the target: it does not go with --offline`, {
    hint: "leave one of the two out",
  });
}

function heldLines({ holds }: Report, { paint, width }: Screen): string[] {
  const texts = holds.map(
    ({ message, waiting }) => `${message}; ${count(waiting)} would wait for a person's word`,
  );
  return texts.flatMap((text) =>
    wrap(escaped(text), width - 13).map(
      (line, at) => `  ${paint.note((at === 0 ? "held" : "").padEnd(10))} ${line}`,
    ),
  );
}

/** What a sync would do in all, together with what was pending before. */
function closing(report: Report, width: number): string[] {
  if (report.plan === undefined) return ["There is no plan: see the problem above."];
  const parts = plannedParts(report).map((part) => part.replace(/^create /, "create or adopt "));
  const command = `rollcall sync ${report.connection}`;
  const rest = "and whatever the directory has to say by then";
  if (parts.length === 0)
    return wrap(`\`${command}\` would do nothing but what the directory has to say by then.`, width);
  const waiting =
    report.plan.blocked === 0 ? "" : ` Of these, ${count(report.plan.blocked)} would wait: see above.`;
  return wrap(`In all, \`${command}\` would ${listed(parts)}, ${rest}.${waiting}`, width);
}
