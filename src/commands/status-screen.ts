import type { ConnectionStatus, FailingObject, Seatless } from "./connection-status.ts";
import { findingText, lastDriftTexts } from "./output/drift.ts";
import { escaped } from "./output/escape.ts";
import { approvedText, approvedTogether } from "./output/held.ts";
import { count, counted, relative, span } from "./output/numbers.ts";
import { pauseText } from "./output/pause.ts";
import { policyTexts } from "./output/policies.ts";
import { protectedTexts } from "./output/protected.ts";
import { quarantineTexts } from "./output/quarantine.ts";
import { activeAtTarget } from "./output/report.ts";
import { table, wrap } from "./output/table.ts";
import type { Screen } from "./screen.ts";

/** A line for each connection. */
export function statusTable(all: readonly ConnectionStatus[], { paint }: Screen, now: number): string[] {
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

/** What a person has to know or do about one connection, and what to type. */
export function remarks(status: ConnectionStatus, { paint, width, verbose }: Screen, now: number): string[] {
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
  if (status.restored)
    lines.push(
      ...say(
        paint.note("!"),
        "restored from a backup: nothing is written before everything was read and compared once",
      ),
    );
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
    lines.push(...say(paint.note("!"), `held: ${hold.message}; has waited for ${span(now - hold.openedAt)}`));
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
