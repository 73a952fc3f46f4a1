import type { Departure } from "../store/departures.ts";
import { rejectedText } from "../sync/plan-blocked.ts";
import type { Invocation } from "./invocation.ts";
import { escaped } from "./output/escape.ts";
import { isoTime } from "./output/json.ts";
import { count, counted, localTime, span } from "./output/numbers.ts";
import { cut, padEnd, wrap } from "./output/table.ts";
import { type Asked, type ReportDefinition, report } from "./report-frame.ts";
import type { Screen } from "./screen.ts";

const monthMs = 30 * 86_400_000;

/** `rollcall report leavers`: who was disabled, deleted or left the scope; when the target took their access away, and who still has it. */
export async function run(invocation: Invocation): Promise<number> {
  return report(invocation, leavers);
}

const leavers: ReportDefinition<Departure> = {
  kind: "LeaversReport",
  sinceMs: monthMs,
  rows: ({ store, since = 0, now }) => store.reports.leavers(since, now),
  summary: (asked) => {
    const { medianMs, slowestMs, ...counts } = summarise(asked);
    return { ...counts, medianMs: medianMs ?? null, slowestMs: slowestMs ?? null };
  },
  columns: [
    "user",
    "source_id",
    "account_id",
    "why",
    "directory_said_at",
    "seen_at",
    "accepted_at",
    "took_seconds",
    "state",
    "waits_for",
    "returned_at",
    "run",
  ],
  cells: (row) => [
    [
      row.label,
      row.sourceId,
      row.targetId,
      row.reason,
      isoTime(row.saidAt),
      isoTime(row.seenAt),
      isoTime(row.acceptedAt),
      row.tookMs === null ? null : Math.round(row.tookMs / 1000),
      stateOf(row),
      waitsFor(row),
      isoTime(row.returnedAt),
      row.run,
    ],
  ],
  fields: (row) => ({
    user: row.label,
    sourceId: row.sourceId,
    targetId: row.targetId,
    why: row.reason,
    directorySaidAt: isoTime(row.saidAt),
    seenAt: isoTime(row.seenAt),
    acceptedAt: isoTime(row.acceptedAt),
    tookMs: row.tookMs,
    state: stateOf(row),
    waitsFor: waitsFor(row) ?? null,
    returnedAt: isoTime(row.returnedAt),
    run: row.run,
  }),
  lines,
};

type State = "done" | "waits" | "came back" | "kept by the policy" | "was off already" | "no account";

/** How it stands now with somebody who left. */
function stateOf({ returnedAt, appliedIntent, intent, acceptedAt }: Departure): State {
  if (returnedAt !== null) return acceptedAt === null ? "came back" : "done";
  if (appliedIntent === "active") return intent === "keep" ? "kept by the policy" : "waits";
  if (acceptedAt !== null) return "done";
  return appliedIntent === null ? "no account" : "was off already";
}

/** What an account that is still on waits for. */
function waitsFor(row: Departure): string | undefined {
  if (stateOf(row) !== "waits") return undefined;
  const { rejectedBy, rejectedAt, rejectedBecause, heldAs, doubt, failingSince, error } = row;
  if (rejectedBy !== null)
    return rejectedText({ actor: rejectedBy, at: rejectedAt ?? 0, reason: rejectedBecause ?? "" });
  if (heldAs !== null) return `held for approval: ${heldAs}`;
  if (doubt !== null) return "a call got no answer; its effect is looked up first";
  if (failingSince !== null) return `failing: ${error ?? "refused"}`;
  return "the next sync";
}

interface Summary {
  readonly left: number;
  readonly done: number;
  readonly waiting: number;
  readonly returned: number;
  readonly kept: number;
  readonly withoutAccount: number;
  readonly alreadyOff: number;
  /** Of those whom the target has switched off or deleted, ms. */
  readonly medianMs: number | undefined;
  readonly slowestMs: number | undefined;
  readonly slowest: string | null;
  /** Who waits longest, and for how long. */
  readonly oldestWaitMs: number | null;
}

function summarise({ store, since = 0, now }: Asked): Summary {
  const times: number[] = [];
  const counts = new Map<State, number>();
  let slowest: string | null = null;
  let oldestWaitMs: number | null = null;
  for (const row of store.reports.leavers(since, now)) {
    const state = stateOf(row);
    counts.set(state, (counts.get(state) ?? 0) + 1);
    if (state === "waits") oldestWaitMs ??= row.tookMs;
    if (state !== "done" || row.tookMs === null) continue;
    slowest ??= row.label;
    times.push(row.tookMs);
  }
  const of = (state: State) => counts.get(state) ?? 0;
  return {
    left: [...counts.values()].reduce((sum, n) => sum + n, 0),
    done: of("done"),
    waiting: of("waits"),
    returned: of("came back"),
    kept: of("kept by the policy"),
    withoutAccount: of("no account"),
    alreadyOff: of("was off already"),
    medianMs: times[Math.floor(times.length / 2)],
    slowestMs: times[0],
    slowest,
    oldestWaitMs,
  };
}

function* lines(asked: Asked, screen: Screen, limit: number): Iterable<string> {
  const { paint, width } = screen;
  const { connection, since = 0, now } = asked;
  const all = summarise(asked);
  yield `${paint.strong(connection.name)}  people who left in the last ${span(now - since)}`;
  for (const text of inWords(all)) for (const line of wrap(text, width - 2)) yield `  ${line}`;
  if (all.left === 0 || screen.quiet) return yield "";
  yield "";
  const nameWidth = Math.max(20, Math.min(40, width - 48));
  yield paint.faint(`  ${"TOOK".padEnd(8)}  ${"PERSON".padEnd(nameWidth)}  ${"SEEN".padEnd(16)}  NOW`);
  let shown = 0;
  for (const row of asked.store.reports.leavers(since, now)) {
    if (shown >= limit) break;
    shown += 1;
    yield* personLines(row, screen, nameWidth);
  }
  if (all.left > shown) yield paint.faint(`  ... ${count(all.left - shown)} more (--limit 0 shows all)`);
  yield "";
}

function inWords(all: Summary): string[] {
  if (all.left === 0) return ["nobody left"];
  const { medianMs, slowestMs, slowest, oldestWaitMs } = all;
  const speed =
    medianMs === undefined || slowestMs === undefined
      ? ""
      : `: median ${span(medianMs)}, slowest ${span(slowestMs)} (${escaped(slowest ?? "")})`;
  const others = [
    [all.returned, "came back before anything was done"],
    [all.alreadyOff, "whose account was off already"],
    [all.withoutAccount, "without an account"],
    [all.kept, "kept by the policy"],
  ] as const;
  const rest = others.filter(([n]) => n > 0).map(([n, what]) => `${count(n)} ${what}`);
  return [
    `${counted(all.left, "departure")}; ${count(all.done)} switched off or deleted at the target${speed}`,
    ...(all.waiting === 0
      ? ["nobody who left still has access"]
      : [
          `${counted(all.waiting, "person still has", "people still have")} access, the first since ${span(oldestWaitMs ?? 0)}`,
        ]),
    ...(rest.length === 0 ? [] : [`besides: ${rest.join(", ")}`]),
  ];
}

function* personLines(row: Departure, { paint, width }: Screen, nameWidth: number): Iterable<string> {
  const state = stateOf(row);
  const took = row.tookMs === null ? "" : span(row.tookMs);
  const name = padEnd(cut(escaped(row.label || row.sourceId), nameWidth), nameWidth);
  const seen = localTime(row.saidAt ?? row.seenAt).slice(0, 16);
  const colour = state === "waits" ? paint.remove : state === "done" ? paint.add : paint.note;
  yield `  ${took.padEnd(8)}  ${name}  ${seen}  ${colour(state)}`;
  const waits = waitsFor(row);
  const why = waits === undefined ? row.reason : `${row.reason}; waits: ${waits}`;
  for (const line of wrap(escaped(why), width - 12)) yield `            ${paint.faint(line)}`;
}
