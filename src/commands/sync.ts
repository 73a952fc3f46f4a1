import type { Config, ConnectionConfig } from "../config/config.ts";
import { type Connection, connectionNamed } from "../connection.ts";
import { cycle } from "../cycle.ts";
import { ConfigurationError } from "../errors.ts";
import { connectionOfPlan, openPlan } from "../sync/plan-file.ts";
import { exitCodeOf, type Report } from "../sync/report.ts";
import { complain } from "./complain.ts";
import { failingParts, failingRows } from "./connection-status.ts";
import { firstThatApplies } from "./exit-code.ts";
import { filesOf } from "./files-of.ts";
import { type Invocation, isSet, textOf } from "./invocation.ts";
import { connectionsOf, openConfig, withConnection } from "./open.ts";
import { auditLines } from "./output/audit.ts";
import { isForAPerson } from "./output/drift.ts";
import { counted, listed, span } from "./output/numbers.ts";
import { type RemarkLayout, remarkLines } from "./output/remarks.ts";
import {
  activeAtTarget,
  appliedParts,
  peopleAndGroups,
  plannedParts,
  reportFields,
} from "./output/report.ts";
import { wrap } from "./output/table.ts";
import { letThroughLines, stepLines, subjectFields, subjectOf } from "./person-steps.ts";
import { headLines, subjectAsked } from "./plan.ts";
import { configurationOf, readPlanFile } from "./plan-out.ts";
import { createScreen, type Screen } from "./screen.ts";

/** `rollcall sync`: a cycle of each connection now, one after the other. What stops one does not stop the next. */
export async function run(invocation: Invocation): Promise<number> {
  const config = await openConfig(invocation);
  const text = await planText(invocation);
  const connections =
    text === undefined || invocation.arguments.length > 0
      ? connectionsOf(config, invocation.arguments)
      : [connectionNamed(config, connectionOfPlan(text))];
  if (text !== undefined && connections.length > 1)
    throw new ConfigurationError("a plan is of one connection: name that one, or none");
  const subject = subjectAsked(invocation);
  if (subject !== undefined && connections.length > 1) {
    const option = subject.user === undefined ? "--group" : "--user";
    throw new ConfigurationError(`${option} needs to know in which connection: name one`, {
      hint: connections.map((each) => each.name).join(", "),
    });
  }
  const reason = reasonOf(invocation, subject);
  const codes: number[] = [];
  for (const [at, connection] of connections.entries()) {
    if (invocation.io.signal.aborted) codes.push(1);
    else
      codes.push(await syncOne(invocation, config, connection, { isFirst: at === 0, subject, reason, text }));
  }
  return firstThatApplies(codes);
}

interface Asked {
  readonly isFirst: boolean;
  readonly subject: ReturnType<typeof subjectAsked>;
  /** Why the one person is let through. */
  readonly reason: string | undefined;
  /** Of a plan file. */
  readonly text: string | undefined;
}

/** The text of the plan that is to be applied. It says all that is done, so that nothing else can be asked for beside it. */
async function planText({ flags, io }: Invocation): Promise<string | undefined> {
  const path = textOf(flags, "plan");
  if (path === undefined) return undefined;
  const other = ["full", "reconcile", "user", "group", "reason"].find((name) => flags[name] !== undefined);
  if (other !== undefined) {
    throw new ConfigurationError(`--plan does exactly what the file lists: it does not go with --${other}`, {
      hint: "leave one of the two out",
    });
  }
  return readPlanFile(filesOf(io), path);
}

function reasonOf({ flags }: Invocation, subject: Asked["subject"]): string | undefined {
  const reason = textOf(flags, "reason")?.trim();
  if (reason === undefined) return undefined;
  if (subject?.user === undefined) {
    throw new ConfigurationError("--reason lets one person through: it goes with --user", {
      hint: "for everybody who is held: rollcall held approve",
    });
  }
  if (reason === "") throw new ConfigurationError("the reason is empty");
  return reason;
}

async function syncOne(
  invocation: Invocation,
  config: Config,
  named: ConnectionConfig,
  { isFirst, subject, reason, text }: Asked,
): Promise<number> {
  const screen = { ...createScreen(invocation), several: config.connections.length > 1 };
  try {
    return await withConnection(invocation, config, named, async (connection, clear, tell) => {
      const configuration = configurationOf(config, connection);
      const plan =
        text === undefined
          ? undefined
          : openPlan(connection.store, text, { connection: named.name, configuration });
      const report = await cycle(connection, {
        purpose: "sync",
        full: isSet(invocation.flags, "full"),
        reconcile: isSet(invocation.flags, "reconcile"),
        trigger: plan?.name ?? "on demand",
        ...subject,
        ...(plan === undefined ? {} : { plan }),
        ...(reason === undefined ? {} : { letThrough: reason }),
      });
      tell(report);
      clear();
      screen.document("Report", { ...reportFields(report), subject: subjectFields(connection, report) });
      if (!isFirst) screen.line();
      if (report.subject !== undefined) showOne(invocation, screen, connection, report);
      else show(invocation, screen, connection, report);
      return exitCodeOf(report);
    });
  } catch (error) {
    const about = screen.several ? { connection: named.name } : {};
    return complain(error, invocation.io, { json: screen.json, verbose: screen.verbose, ...about });
  }
}

type Layout = Screen & RemarkLayout;

function show({ io }: Invocation, screen: Layout, connection: Connection, report: Report): void {
  const remarks = remarkLines(report, screen, io.clock.now(), [
    ...failingRows(connection.store),
    ...failingParts(connection.store),
  ]);
  if (screen.quiet && remarks.length === 0 && !isForAPerson(report.reconcile?.found ?? {})) return;
  screen.lines(headLines(connection, report, "sync", screen));
  const parts = appliedParts(report, screen.paint);
  screen.lines(parts.map((part, at) => `  ${(at === 0 ? "applied" : "").padEnd(10)} ${part}`));
  if (remarks.length > 0) screen.lines(["", ...remarks]);
  screen.lines([
    "",
    ...wrap(closing(report, parts), screen.width).map(
      report.outcome === "done" ? screen.paint.add : screen.paint.strong,
    ),
  ]);
}

/** The last line: what it came to. */
function closing(report: Report, parts: readonly string[]): string {
  const { users, groups } = report.totals;
  const took = span(report.durationMs);
  const { listed: file } = report;
  if (file !== undefined && file.before === file.all && report.problem === undefined)
    return `Nothing to do: ${file.all === 0 ? "the plan lists nothing" : `all that the plan of run ${file.run} lists was applied before`}. 0 writes, ${took}.`;
  const wrote = parts.length === 0 ? "nothing was written" : "what is listed above was written";
  if (report.outcome === "interrupted")
    return `Stopped after ${took}; ${wrote}. The next sync does what is left.`;
  if (report.outcome === "failed" || (report.outcome === "quarantined" && report.problem !== undefined))
    return `Failed after ${took}; ${wrote}.`;
  if (report.pause !== undefined)
    return parts.length + plannedParts(report).length === 0
      ? `Paused (${took}): there was nothing to write.`
      : `Paused (${took}): ${wrote}; what is pending waits for a person.`;
  if (report.outcome === "quarantined") return `In quarantine (${took}): ${wrote}.`;
  if (parts.length > 0) {
    const end = {
      held: "the rest is held",
      failing: notAllWell(report),
      done: "all as it should be",
    };
    return `Done in ${took}: ${end[report.outcome]}; ${activeAtTarget(users, groups)}.`;
  }
  const planned = plannedParts(report);
  if (report.mode === "dry-run" && planned.length > 0)
    return `Nothing was written (dry-run, 0 writes, ${took}); with \`mode: sync\` this sync would ${listed(planned)}.`;
  const rejected = report.plan?.rejected ?? 0;
  if (report.outcome === "done" && planned.length === 0 && rejected > 0)
    return `Nothing was written (0 writes, ${took}): all as it should be but what was rejected.`;
  if (report.outcome === "done" && planned.length === 0)
    return `Nothing changed: ${peopleAndGroups(users.present, groups.present)} are as they should be. 0 writes, ${took}.`;
  const why = {
    held: "what is pending is held",
    failing: notAllWell(report),
    done: "what is pending waits",
  };
  return `Nothing was written (0 writes, ${took}): ${why[report.outcome]}.`;
}

/** What is wrong with a run that did what it could. */
function notAllWell({ waiting: { failing, failingReferences, seats } }: Report): string {
  if (failing > 0) return "some objects are failing";
  return failingReferences > 0 || seats === 0
    ? "some references or memberships are failing"
    : `${counted(seats, "person waits", "people wait")} for seats`;
}

function showOne({ io }: Invocation, screen: Layout, connection: Connection, report: Report): void {
  if (screen.json) return;
  const now = io.clock.now();
  if (screen.quiet && remarkLines(report, screen, now, []).length === 0) return;
  const one = report.purpose === "group" ? "group" : "person";
  screen.lines(headLines(connection, report, `sync of one ${one}`, screen));
  const row = subjectOf(connection, report);
  if (row !== undefined) {
    const entries = connection.store.audit.entries({ run: report.run, limit: 100 });
    const done = entries.filter(({ event }) => event === "attempt");
    screen.lines(["", ...stepLines(connection, row, report, screen, now)]);
    screen.line(
      `  ${screen.paint.strong("4 action")}   ${done.length === 0 ? nothingDone(report) : `${counted(done.length, "write")} to the target:`}`,
    );
    screen.lines(
      entries
        .flatMap((entry) => auditLines(entry, { ...screen, values: true, without: ["name", "time"] }))
        .map((line) => `    ${line}`),
    );
    screen.lines(letThroughLines(connection, row, screen));
  }
  const remarks = remarkLines(report, screen, now, [
    ...failingRows(connection.store),
    ...failingParts(connection.store),
  ]);
  if (remarks.length > 0) screen.lines(["", ...remarks]);
}

function nothingDone(report: Report): string {
  const isFine = report.outcome === "done" && (report.plan?.blocked ?? 0) === 0;
  return isFine ? "none: everything is as it should be" : "none: see below";
}
