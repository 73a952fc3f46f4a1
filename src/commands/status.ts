import type { Config, ConnectionConfig } from "../config/config.ts";
import { type ConnectionStatus, statusOf } from "./connection-status.ts";
import type { Invocation } from "./invocation.ts";
import { connectionsOf, lookAt, openConfig } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { isoTime } from "./output/json.ts";
import { count, counted, relative, span } from "./output/numbers.ts";
import { quarantineReason } from "./output/quarantine-reason.ts";
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
  screen.document("Status", { at: isoTime(now), connections: all.map(statusFields) });
  screen.lines(statusTable(all, screen, now));
  for (const status of all) screen.lines(remarks(status, screen, now));
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
      status.state === "never run" ? "" : count(status.failing.count),
    ];
  });
  return table(columns, rows);
}

function remarks(status: ConnectionStatus, { paint, width, verbose }: Screen, now: number): string[] {
  const { connection, lastRun, quarantine, failing, users, groups } = status;
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
  if (quarantine !== undefined)
    lines.push(
      ...say(
        paint.remove("✗"),
        `in quarantine since ${relative(quarantine.since, now)} (${quarantineReason(quarantine.reason)}, ${counted(quarantine.count, "attempt")}; next ${relative(quarantine.nextAttempt, now)}): ${quarantine.message}`,
      ),
    );
  for (const hold of status.holds) lines.push(...say(paint.note("!"), `held: ${hold.message}`));
  if (status.doubt > 0)
    lines.push(
      ...say(
        paint.note("?"),
        `${counted(status.doubt, "call")} got no answer; the next run looks what became of ${status.doubt === 1 ? "it" : "them"}`,
      ),
    );
  for (const each of failing.rows.slice(0, verbose ? undefined : 3)) {
    const again =
      each.retryAt === null
        ? ""
        : `; tried again ${each.retryAt <= now ? "by the next sync" : relative(each.retryAt, now)}`;
    lines.push(...say(paint.remove("✗"), `${each.label}: ${each.why}${again}`));
  }
  if (!verbose && failing.count > 3)
    lines.push(...say(" ", `and ${count(failing.count - 3)} more failing (--verbose)`));
  return [...lines, ...say(paint.note("→"), status.next)];
}

function statusFields(status: ConnectionStatus): Record<string, unknown> {
  const { connection, lastRun, quarantine, holds, failing, ...rest } = status;
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
    quarantine:
      quarantine === undefined
        ? null
        : { ...quarantine, since: isoTime(quarantine.since), nextAttempt: isoTime(quarantine.nextAttempt) },
    holds: holds.map((hold) => ({ ...hold, openedAt: isoTime(hold.openedAt) })),
    failing: failing.count,
    failures: failing.rows.map((row) => ({
      ...row,
      since: isoTime(row.since),
      retryAt: isoTime(row.retryAt),
    })),
  };
}
