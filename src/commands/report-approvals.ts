import type { Word } from "../store/words.ts";
import { goodForMs } from "../sync/approve.ts";
import type { Invocation } from "./invocation.ts";
import { escaped } from "./output/escape.ts";
import { isoTime } from "./output/json.ts";
import { count, counted, localTime, span } from "./output/numbers.ts";
import { wrap } from "./output/table.ts";
import { type Asked, type ReportDefinition, report } from "./report-frame.ts";
import type { Screen } from "./screen.ts";

const monthMs = 30 * 86_400_000;

/** `rollcall report approvals`: what persons let through, refused, linked, paused or undid; when, why, and what it led to. */
export async function run(invocation: Invocation): Promise<number> {
  return report(invocation, approvals);
}

/** A word with what became of it by now. */
interface Answered extends Word {
  readonly state: State;
}

/** Of a yes: used, open (not yet used), expired, or void (something else is wanted by now); of a no: in force, or over. */
type State = "used" | "open" | "expired" | "void" | "in force" | "over" | "done";

const approvals: ReportDefinition<Answered> = {
  kind: "ApprovalsReport",
  sinceMs: monthMs,
  rows: answered,
  summary: summarise,
  columns: [
    "at",
    "actor",
    "what",
    "object",
    "user_or_group",
    "source_id",
    "account_id",
    "group",
    "reason",
    "state",
    "expires_at",
    "led_to",
    "led_to_at",
    "led_to_run",
    "run",
  ],
  cells: (row) => [
    [
      isoTime(row.at),
      row.actor,
      row.action,
      row.kind,
      row.label,
      row.sourceId,
      row.targetId,
      row.group,
      row.reason,
      row.state,
      isoTime(row.expiresAt),
      row.ledTo?.action,
      isoTime(row.ledTo?.at),
      row.ledTo?.run,
      row.run,
    ],
  ],
  fields: (row) => ({
    at: isoTime(row.at),
    actor: row.actor,
    action: row.action,
    object: row.kind,
    label: row.label,
    sourceId: row.sourceId,
    targetId: row.targetId,
    group: row.group,
    reason: row.reason,
    state: row.state,
    expiresAt: isoTime(row.expiresAt),
    ledTo: row.ledTo === undefined ? null : { ...row.ledTo, at: isoTime(row.ledTo.at) },
    run: row.run,
  }),
  lines,
};

function* answered({ store, since = 0, now }: Asked): Iterable<Answered> {
  for (const word of store.reports.words(since, goodForMs)) yield { ...word, state: stateOf(word, now) };
}

function stateOf({ event, action, ledTo, expiresAt, isInForce }: Word, now: number): State {
  if (event === "approval") {
    if (ledTo !== undefined) return "used";
    if (expiresAt === null) return "void";
    return expiresAt <= now ? "expired" : "open";
  }
  if (isInForce === 1) return "in force";
  if (ledTo !== undefined) return "used";
  return action.startsWith("reject") ? "over" : "done";
}

function summarise(asked: Asked) {
  const all = { words: 0, used: 0, open: 0, expired: 0, void: 0, inForce: 0 };
  for (const { state } of answered(asked)) {
    all.words += 1;
    if (state === "used" || state === "open" || state === "expired" || state === "void") all[state] += 1;
    if (state === "in force") all.inForce += 1;
  }
  return all;
}

/** What one person said in one breath about one or many objects. */
interface Breath {
  readonly first: Answered;
  readonly words: Answered[];
}

function* lines(asked: Asked, screen: Screen, limit: number): Iterable<string> {
  const { paint } = screen;
  const { connection, since = 0, now } = asked;
  yield `${paint.strong(connection.name)}  what persons decided in the last ${span(now - since)}`;
  let said = 0;
  for (const breath of breaths(answered(asked))) {
    said += 1;
    if (said === 1) yield "";
    if (said <= limit) yield* breathLines(breath, screen);
  }
  if (said === 0) yield "  nothing";
  if (said > limit) yield paint.faint(`  ... ${count(said - limit)} more (--limit 0 shows all)`);
  yield "";
}

function* breaths(words: Iterable<Answered>): Iterable<Breath> {
  let breath: Breath | undefined;
  for (const word of words) {
    const { first } = breath ?? {};
    const isSame =
      first !== undefined &&
      first.at === word.at &&
      first.actor === word.actor &&
      first.action === word.action &&
      first.reason === word.reason;
    if (breath !== undefined && isSame) breath.words.push(word);
    else {
      if (breath !== undefined) yield breath;
      breath = { first: word, words: [word] };
    }
  }
  if (breath !== undefined) yield breath;
}

/** So many names are shown of those whom one word is about. */
const fewNames = 5;

function* breathLines({ first, words }: Breath, { paint, width }: Screen): Iterable<string> {
  const n = first.resource === 0 ? "" : `  ${paint.faint(counted(words.length, "change"))}`;
  yield `  ${localTime(first.at).slice(0, 16)}  ${paint.strong(escaped(first.action))}${n}  ${paint.note(escaped(first.actor))}`;
  const names = words.slice(0, fewNames).map(nameOf);
  const more = words.length > fewNames ? `, and ${count(words.length - fewNames)} more` : "";
  const texts = [
    first.reason === "" ? "no reason given" : `"${first.reason}"`,
    ...(first.resource === 0 ? [] : [`${names.join(", ")}${more}`]),
    ...becameOf(words),
  ];
  for (const text of texts) for (const line of wrap(escaped(text), width - 8)) yield `        ${line}`;
}

function nameOf({ label, sourceId, group }: Answered): string {
  const who = label || sourceId;
  return group === null ? who : `${who} in ${group}`;
}

const outcomes: Readonly<Record<State, string>> = {
  used: "used",
  open: "still open",
  expired: "expired without being used",
  void: "no longer what is wanted, never used",
  "in force": "still in force",
  over: "over: something else is wanted by now",
  done: "",
};

/** "used 11 of 12: deactivate, first 2026-11-22 10:02 in run 5; 1 expired without being used" */
function becameOf(words: readonly Answered[]): string[] {
  const byState = Map.groupBy(words, ({ state }) => state);
  const parts = [...byState].flatMap(([state, of]) => {
    if (state === "done") return [];
    const share =
      words.length === 1
        ? outcomes[state]
        : `${count(of.length)} of ${count(words.length)} ${outcomes[state]}`;
    const [one] = of;
    if (state === "open" && one?.expiresAt !== null && one !== undefined)
      return [`${share} until ${localTime(one.expiresAt).slice(0, 16)}`];
    const led = of.flatMap(({ ledTo }) => (ledTo === undefined ? [] : [ledTo]));
    const [hit] = led.toSorted((a, b) => a.at - b.at);
    if (hit === undefined) return [share];
    if (hit.action === "undo") return [`done in run ${hit.run}`];
    const actions = [...new Set(led.map(({ action }) => action))].join(", ");
    return [`${share}: ${actions}, ${localTime(hit.at).slice(0, 16)} in run ${hit.run}`];
  });
  return parts.length === 0 ? [] : [parts.join("; ")];
}
