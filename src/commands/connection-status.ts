import type { ConnectionConfig } from "../config/config.ts";
import type { Hold } from "../store/holds.ts";
import type { Totals } from "../store/people.ts";
import type { Quarantine, RunRow } from "../store/runs.ts";
import type { Store } from "../store/store.ts";
import { approveCommand } from "./output/approve-command.ts";

export type State =
  | "ok"
  | "running"
  | "held"
  | "failing"
  | "failed"
  | "quarantined"
  | "interrupted"
  | "never run";

export interface FailingObject {
  readonly label: string;
  readonly kind: string;
  readonly sourceId: string;
  readonly why: string;
  readonly since: number | null;
  readonly retryAt: number | null;
}

/** How a connection is, as its snapshot knows. Counts are 0 and totals undefined when it never ran. */
export interface ConnectionStatus {
  readonly connection: ConnectionConfig;
  readonly state: State;
  readonly lastRun: RunRow | undefined;
  readonly quarantine: Quarantine | undefined;
  readonly users: Totals | undefined;
  readonly groups: Totals | undefined;
  readonly pending: number;
  readonly doubt: number;
  readonly held: number;
  readonly holds: readonly (Hold & { readonly waiting: number })[];
  readonly failing: { readonly count: number; readonly rows: readonly FailingObject[] };
  /** What to type next. */
  readonly next: string;
}

/** So many failing objects are named. */
const mostNamed = 100;

/** `several`: there are other connections, and a command has to name this one. */
export function statusOf(
  connection: ConnectionConfig,
  store: Store | undefined,
  several: boolean,
): ConnectionStatus {
  if (store === undefined) return neverRun(connection);
  const users = store.people.totals("user");
  const groups = store.people.totals("group");
  const holds = store.holds.open().map((hold) => ({
    ...hold,
    waiting: store.holds.count(hold.id),
  }));
  // Testing a connection opens a run, which says nothing about its people.
  const lastRun = store.runs.latest(20).find((run) => run.trigger !== "test");
  const quarantine = store.runs.quarantine();
  const failing = store.people.countFailing();
  const known = {
    lastRun,
    quarantine,
    holds,
    failing,
    refused: store.people.failing(mostNamed).some(wasRefused),
  };
  const state = stateOf(known);
  return {
    connection,
    state,
    lastRun,
    quarantine,
    users,
    groups,
    pending: users.pending + groups.pending,
    doubt: users.doubt + groups.doubt,
    held: holds.reduce((sum, hold) => sum + hold.waiting, 0),
    holds,
    failing: { count: failing, rows: failingRows(store) },
    next: nextCommand(connection, state, { ...known, several, pending: users.pending + groups.pending }),
  };
}

function neverRun(connection: ConnectionConfig): ConnectionStatus {
  return {
    connection,
    state: "never run",
    lastRun: undefined,
    quarantine: undefined,
    users: undefined,
    groups: undefined,
    pending: 0,
    doubt: 0,
    held: 0,
    holds: [],
    failing: { count: 0, rows: [] },
    next: `rollcall test ${connection.name}   then: rollcall plan ${connection.name}`,
  };
}

type Known = Pick<ConnectionStatus, "lastRun" | "quarantine" | "holds"> & {
  readonly failing: number;
  /** A call for somebody was refused: the log has it. */
  readonly refused: boolean;
};

/** Not so for those for whom nothing was sent, because the account is somebody else's. */
function wasRefused({ errorCode }: ReturnType<Store["people"]["failing"]>[number]): boolean {
  return errorCode !== "collision" && errorCode !== "duplicate";
}

function stateOf({ lastRun, quarantine, holds, failing }: Known): State {
  if (quarantine !== undefined) return "quarantined";
  if (lastRun === undefined) return "never run";
  if (lastRun.finishedAt === null && lastRun.outcome === null) return "running";
  if (lastRun.outcome === "failed" || lastRun.outcome === "interrupted") return lastRun.outcome;
  if (holds.length > 0) return "held";
  return failing > 0 ? "failing" : "ok";
}

function nextCommand(
  { name }: ConnectionConfig,
  state: State,
  {
    holds,
    lastRun,
    pending,
    several,
    refused,
  }: Known & { readonly pending: number; readonly several: boolean },
): string {
  const [open] = holds;
  if (state === "quarantined" || state === "failed")
    return `rollcall test ${name}   then, when it is mended: rollcall sync ${name}`;
  if (state === "never run") return `rollcall plan ${name}`;
  if (state === "running")
    return `rollcall status ${name}   (a run that was killed shows as running until the next one starts)`;
  if (open !== undefined)
    return `rollcall held list ${name}   then: ${approveCommand(open, several ? name : undefined)}`;
  if (state === "interrupted" || (lastRun?.outcome === "held" && pending > 0)) return `rollcall sync ${name}`;
  if (state === "failing" && refused) return `rollcall log ${name} --failed`;
  if (state === "failing") return `mend what is named above   then: rollcall sync ${name}`;
  return pending > 0 ? `rollcall plan ${name}   then: rollcall sync ${name}` : "nothing to do";
}

/** Who is set aside and why, at most a hundred. */
export function failingRows(store: Store): FailingObject[] {
  return store.people.failing(mostNamed).map((row) => ({
    label: row.label === "" ? row.sourceId : row.label,
    kind: row.kind,
    sourceId: row.sourceId,
    why: row.problem === null ? (row.error ?? "refused") : `the mapping fails: ${row.problem}`,
    since: row.failingSince,
    retryAt: row.retryAt,
  }));
}
