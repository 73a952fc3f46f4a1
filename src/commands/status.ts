import type { Config, ConnectionConfig } from "../config/config.ts";
import { orphanFields, orphanLines, orphansOf } from "./connection-list.ts";
import { type ConnectionStatus, type FailingObject, type Seatless, statusOf } from "./connection-status.ts";
import type { Invocation } from "./invocation.ts";
import { connectionsOf, lookAt, openConfig } from "./open.ts";
import { findingFields, findingText, lastDriftTexts } from "./output/drift.ts";
import { escaped } from "./output/escape.ts";
import { approvedFields, approvedText, approvedTogether } from "./output/held.ts";
import { isoTime } from "./output/json.ts";
import { count, counted, relative, span } from "./output/numbers.ts";
import { pauseFields, pauseText } from "./output/pause.ts";
import { policyTexts } from "./output/policies.ts";
import { protectedFields, protectedTexts } from "./output/protected.ts";
import { quarantineFields, quarantineTexts } from "./output/quarantine.ts";
import { activeAtTarget } from "./output/report.ts";
import { table, wrap } from "./output/table.ts";
import { createScreen, type Screen } from "./screen.ts";

/** `rollcall status`: a line for each connection, below it what a person has to know or do. */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const now = invocation.io.clock.now();
  const all = connectionsOf(config, invocation.arguments).map((connection) =>
    look(config, connection, invocation),
  );
  const orphans = invocation.arguments.length === 0 ? orphansOf(config) : [];
  screen.document("Status", {
    at: isoTime(now),
    connections: all.map((each) => statusFields(each, now)),
    orphans: orphans.map(orphanFields),
  });
  screen.lines(statusTable(all, screen, now));
  for (const status of all) screen.lines(remarks(status, screen, now));
  screen.lines(orphanLines(orphans, screen));
  return 0;
}

function look(config: Config, connection: ConnectionConfig, invocation: Invocation): ConnectionStatus {
  const store = lookAt(config, connection, invocation);
  try {
    return statusOf(connection, store, config.connections.length > 1);
  } finally {
    store?.close();
  }
}

function statusTable(all: readonly ConnectionStatus[], { paint }: Screen, now: number): string[] {
  const colour = (state: ConnectionStatus["state"]) => {
    if (state === "ok") return paint.add;
    return state === "quarantined" || state === "failed" ? paint.remove : paint.change;
  };
  const columns = [
    { title: paint.faint("CONNECTION") },
    { title: paint.faint("STATE") },
    { title: paint.faint("LAST RUN") },
    { title: paint.faint("PEOPLE"), align: "right" },
    { title: paint.faint("GROUPS"), align: "right" },
    { title: paint.faint("PENDING"), align: "right" },
    { title: paint.faint("HELD"), align: "right" },
    { title: paint.faint("FAILING"), align: "right" },
  ] as const;
  const rows = all.map((status) => {
    const { users, groups } = status;
    return [
      paint.strong(status.connection.name),
      colour(status.state)(status.state),
      status.lastRun === undefined
        ? ""
        : relative(status.lastRun.finishedAt ?? status.lastRun.startedAt, now),
      users === undefined ? "" : `${count(users.managedActive)}/${count(users.inScope)}`,
      groups === undefined ? "" : `${count(groups.managedActive)}/${count(groups.inScope)}`,
      status.state === "never run" ? "" : count(status.pending),
      status.state === "never run" ? "" : count(status.held),
      status.state === "never run" ? "" : count(status.failing.objects),
    ];
  });
  return table(columns, rows);
}

function remarks(status: ConnectionStatus, { paint, width, verbose }: Screen, now: number): string[] {
  const { connection, lastRun, quarantine, pause, users, groups } = status;
  const say = (mark: string, text: string) =>
    wrap(escaped(text), width - 4).map((line, at) => `  ${at === 0 ? mark : " "} ${line}`);
  const lines = [
    "",
    `${paint.strong(connection.name)}  ${escaped(`${connection.source.name} (${connection.source.type}) → ${connection.target.name} (${connection.target.type})`)}${connection.mode === "dry-run" ? paint.note("  dry-run") : ""}`,
  ];
  if (lastRun !== undefined) {
    const took =
      lastRun.finishedAt === null
        ? "not ended"
        : `${span(lastRun.finishedAt - lastRun.startedAt)}, ${lastRun.outcome ?? "not ended"}`;
    lines.push(
      ...say(
        " ",
        `last run: ${lastRun.purpose} ${lastRun.id}, ${lastRun.trigger} by ${lastRun.actor}, ${took}${lastRun.message === null ? "" : `: ${lastRun.message}`}`,
      ),
    );
  }
  if (users !== undefined && groups !== undefined) lines.push(...say(" ", activeAtTarget(users, groups)));
  if (pause !== undefined) lines.push(...say(paint.note("!"), pauseText(pause, now)));
  if (quarantine !== undefined)
    lines.push(
      ...quarantineTexts(quarantine, now).flatMap((text, at) =>
        say(at === 0 ? paint.remove("✗") : " ", text),
      ),
    );
  if (status.drift !== undefined) {
    const { findings } = status.drift;
    lines.push(...lastDriftTexts(status.drift, status.drift.open, now).flatMap((text) => say(" ", text)));
    for (const each of findings.slice(0, verbose ? undefined : 3))
      lines.push(...say(paint.note("!"), `${each.label || each.sourceId}: ${findingText(each)}`));
  }
  for (const hold of status.holds)
    lines.push(...say(paint.note("!"), `held: ${hold.message}; waits since ${relative(hold.openedAt, now)}`));
  for (const each of approvedTogether(status.approved)) {
    const mark = each.first.expiresAt <= now ? paint.note("!") : paint.add("✓");
    lines.push(...say(mark, approvedText(each, now)));
  }
  for (const text of [
    ...protectedTexts(status.protected, verbose ? status.protected.changes.length : undefined),
    ...status.unknownEntries,
  ])
    lines.push(...say(paint.note("!"), text));
  if (status.rejected > 0)
    lines.push(
      ...say(
        " ",
        `${counted(status.rejected, "change is", "changes are")} rejected (rollcall held list --rejected)`,
      ),
    );
  if (status.doubt > 0)
    lines.push(
      ...say(
        paint.note("?"),
        `${counted(status.doubt, "call")} got no answer; the next run looks what became of ${status.doubt === 1 ? "it" : "them"}`,
      ),
    );
  lines.push(...policyTexts(status, now).flatMap((text) => say(" ", text)));
  lines.push(...failingLines(status, { say, paint, verbose }, now));
  return [...lines, ...say(paint.note("→"), status.next)];
}

/** What the target refuses, people and groups apart from references and memberships; who waits for a seat; and who is still to lose access. */
function failingLines(
  { failing, unresolved, oldestDeactivation }: ConnectionStatus,
  { say, paint, verbose }: Pick<Screen, "paint" | "verbose"> & { say(mark: string, text: string): string[] },
  now: number,
): string[] {
  const named = (rows: readonly FailingObject[], all: number, what: string) => [
    ...rows
      .slice(0, verbose ? undefined : 3)
      .flatMap((each) => say(paint.remove("✗"), `${each.label}: ${each.why}${whenAgain(each, now)}`)),
    ...(all > 3 && !verbose ? say(" ", `and ${count(all - 3)} more ${what} (--verbose)`) : []),
  ];
  const lines = [
    ...named(failing.rows, failing.objects, "failing"),
    ...named(failing.partRows, failing.parts, "references and memberships failing"),
  ];
  if (failing.givenUp > 0)
    lines.push(
      ...say(
        paint.remove("✗"),
        `${count(failing.givenUp)} of these given up; \`rollcall retry\` tries again`,
      ),
    );
  if (failing.seats > 0)
    lines.push(
      ...say(
        paint.note("!"),
        `waiting for seats: ${count(failing.seats)} (${someOf(failing.seatless, failing.seats)}); the target has no licence left`,
      ),
    );
  if (oldestDeactivation !== undefined)
    lines.push(...say(paint.note("!"), `oldest pending deactivation: ${relative(oldestDeactivation, now)}`));
  if (unresolved > 0)
    lines.push(
      ...say(
        " ",
        `${counted(unresolved, "reference or membership waits", "references and memberships wait")} for the other side to get an account`,
      ),
    );
  return lines;
}

/** "; tried again in 6 h" */
function whenAgain({ retryAt, givenUp, since }: FailingObject, now: number): string {
  if (givenUp !== null) return `; given up since ${relative(givenUp, now)}`;
  if (since === null) return "";
  return `; tried again ${retryAt === null || retryAt <= now ? "in the next cycle" : relative(retryAt, now)}`;
}

/** "ann, ben, cem, ..." */
function someOf(seatless: readonly Seatless[], all: number): string {
  const names = seatless.slice(0, 3).map(({ label }) => label);
  return `${names.join(", ")}${all > names.length ? ", ..." : ""}`;
}

function statusFields(status: ConnectionStatus, now: number): Record<string, unknown> {
  const {
    connection,
    lastRun,
    quarantine,
    pause,
    holds,
    approved,
    drift,
    failing,
    oldestDeactivation,
    grace,
    retirement,
    ...rest
  } = status;
  return {
    connection: connection.name,
    ...rest,
    mode: connection.mode,
    source: { name: connection.source.name, type: connection.source.type },
    target: { name: connection.target.name, type: connection.target.type },
    lastRun:
      lastRun === undefined
        ? null
        : { ...lastRun, startedAt: isoTime(lastRun.startedAt), finishedAt: isoTime(lastRun.finishedAt) },
    protected: protectedFields(status.protected),
    quarantine: quarantineFields(quarantine),
    pause: pauseFields(pause),
    drift:
      drift === undefined
        ? null
        : {
            ...drift,
            at: isoTime(drift.at),
            problem: drift.problem ?? null,
            findings: drift.findings.map(findingFields),
          },
    holds: holds.map((hold) => ({
      ...hold,
      answered: hold.answered === 1,
      openedAt: isoTime(hold.openedAt),
    })),
    approved: approved.map((each) => approvedFields(each, now)),
    failing: failing.objects,
    failingReferences: failing.parts,
    givenUp: failing.givenUp,
    seats: failing.seats,
    oldestDeactivation: isoTime(oldestDeactivation),
    grace: grace === undefined ? null : { people: grace.people, firstAt: isoTime(grace.firstAt) },
    retirement: retirement === undefined ? null : { ...retirement, since: isoTime(retirement.since) },
    failures: [...failing.rows, ...failing.partRows].map((row) => ({
      ...row,
      since: isoTime(row.since),
      retryAt: isoTime(row.retryAt),
      givenUp: isoTime(row.givenUp),
    })),
    waitingForSeats: failing.seatless.map((row) => ({ ...row, since: isoTime(row.since) })),
  };
}
