import type { ConnectionConfig } from "../config/config.ts";
import type { ApprovedObject } from "../store/approvals.ts";
import type { FailingPart, FailureCounts } from "../store/failures.ts";
import type { KeptFinding } from "../store/findings.ts";
import type { Hold } from "../store/holds.ts";
import type { Pause } from "../store/pauses.ts";
import type { Totals } from "../store/people.ts";
import type { ProtectedChange } from "../store/protections.ts";
import type { Quarantine } from "../store/quarantines.ts";
import { type Retirement, retirementOf } from "../store/retirement.ts";
import type { WideRow } from "../store/rows.ts";
import type { RunRow } from "../store/runs.ts";
import type { Store } from "../store/store.ts";
import { type LastReconcile, lastReconcile } from "../sync/last-reconcile.ts";
import { isRestored } from "../sync/restored.ts";
import { unknownEntries } from "../sync/unknown-entries.ts";
import { approveCommand } from "./output/approve-command.ts";

export type State =
  | "ok"
  | "running"
  | "held"
  | "failing"
  /** For seats at the target. */
  | "waiting"
  | "failed"
  | "quarantined"
  /** By a person. */
  | "paused"
  | "interrupted"
  | "never run";

export interface FailingObject {
  readonly label: string;
  readonly kind: string;
  readonly sourceId: string;
  readonly why: string;
  readonly since: number | null;
  readonly retryAt: number | null;
  /** Since when it is no longer tried. */
  readonly givenUp: number | null;
}

/** A person for whom the target has no licence left. */
export interface Seatless {
  readonly label: string;
  readonly sourceId: string;
  readonly since: number | null;
}

/** How a connection is, as its snapshot knows. Counts are 0 and totals undefined when it never ran. */
export interface ConnectionStatus {
  readonly connection: ConnectionConfig;
  readonly state: State;
  readonly lastRun: RunRow | undefined;
  readonly quarantine: Quarantine | undefined;
  readonly pause: Pause | undefined;
  /** Put back from a backup, and not everything was read and compared since. */
  readonly restored: boolean;
  readonly users: Totals | undefined;
  readonly groups: Totals | undefined;
  readonly pending: number;
  readonly doubt: number;
  readonly held: number;
  readonly holds: readonly (Hold & { readonly waiting: number })[];
  /** Approved, still wanted, and not applied yet; or the approval expired before. */
  readonly approved: readonly ApprovedObject[];
  /** How many changes persons said no to. */
  readonly rejected: number;
  /** What is not sent because somebody is protected; the first of them. */
  readonly protected: { readonly count: number; readonly changes: readonly ProtectedChange[] };
  /** Names in the configuration that mean nobody, a sentence each. */
  readonly unknownEntries: readonly string[];
  readonly failing: FailureCounts & {
    readonly rows: readonly FailingObject[];
    readonly partRows: readonly FailingObject[];
    readonly seatless: readonly Seatless[];
  };
  /** References and memberships whose other side has no account. */
  readonly unresolved: number;
  /** Since when the first of those waits who are to lose an active account. */
  readonly oldestDeactivation: number | undefined;
  /** People and groups outside the pilot for whom something would be done without it. */
  readonly outside: number;
  /** People who are gone and whose accounts are deleted by and by, and when the first is. */
  readonly grace: { readonly people: number; readonly firstAt: number } | undefined;
  /** The connection is to end. */
  readonly retirement: Retirement | undefined;
  /** The last look at the whole target, and what it found and is not yet as we want it. */
  readonly drift: DriftStatus | undefined;
  /** What to type next. */
  readonly next: string;
}

interface DriftStatus extends LastReconcile {
  readonly open: ReturnType<Store["findings"]["countOpen"]>;
  readonly findings: readonly KeptFinding[];
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
  const quarantine = store.quarantine.current();
  const pause = store.pause.current();
  const failing = store.failures.counts();
  const known = {
    lastRun,
    quarantine,
    pause,
    holds,
    failing,
    refused: store.failures.objects(mostNamed).some(wasRefused),
  };
  const state = stateOf(known);
  return {
    connection,
    state,
    lastRun,
    quarantine,
    pause,
    restored: isRestored(store),
    users,
    groups,
    pending: users.pending + groups.pending,
    doubt: users.doubt + groups.doubt,
    held: holds.reduce((sum, hold) => sum + hold.waiting, 0),
    holds,
    approved: store.holds.approvals.open(),
    rejected: store.holds.rejections.count,
    protected: { count: store.protections.count, changes: store.protections.list(mostNamed) },
    unknownEntries: unknownEntries({ config: connection, store }),
    drift: driftOf(store),
    failing: {
      ...failing,
      rows: failingRows(store),
      partRows: failingParts(store),
      seatless: seatless(store),
    },
    unresolved: store.failures.unresolved(),
    oldestDeactivation: store.failures.oldestDeactivation(),
    outside: store.pending.countOutside(),
    grace: store.gone.next(),
    retirement: retirementOf(store.meta),
    next: nextCommand(connection, state, { ...known, several, pending: openOf(users) + openOf(groups) }),
  };
}

/** What a sync would look at. */
function openOf({ pending, rejected, protected: stopped }: Totals): number {
  return pending - rejected - stopped;
}

function neverRun(connection: ConnectionConfig): ConnectionStatus {
  return {
    connection,
    state: "never run",
    lastRun: undefined,
    quarantine: undefined,
    pause: undefined,
    restored: false,
    users: undefined,
    groups: undefined,
    pending: 0,
    doubt: 0,
    held: 0,
    holds: [],
    approved: [],
    rejected: 0,
    protected: { count: 0, changes: [] },
    unknownEntries: [],
    drift: undefined,
    failing: { objects: 0, parts: 0, givenUp: 0, seats: 0, rows: [], partRows: [], seatless: [] },
    unresolved: 0,
    oldestDeactivation: undefined,
    outside: 0,
    grace: undefined,
    retirement: undefined,
    next: `rollcall test ${connection.name}   then: rollcall plan ${connection.name}`,
  };
}

function driftOf(store: Store): DriftStatus | undefined {
  const last = lastReconcile(store);
  if (last === undefined) return undefined;
  return { ...last, open: store.findings.countOpen(), findings: store.findings.open(mostNamed) };
}

type Known = Pick<ConnectionStatus, "lastRun" | "quarantine" | "pause" | "holds"> & {
  readonly failing: FailureCounts;
  /** A call for somebody was refused: the log has it. */
  readonly refused: boolean;
};

/** Not so for those for whom nothing was sent, because the account is somebody else's. */
function wasRefused({ errorCode }: Pick<WideRow, "errorCode">): boolean {
  return errorCode !== "collision" && errorCode !== "duplicate";
}

function stateOf({ lastRun, quarantine, pause, holds, failing }: Known): State {
  if (pause !== undefined) return "paused";
  if (quarantine !== undefined) return "quarantined";
  if (lastRun === undefined) return "never run";
  if (lastRun.finishedAt === null && lastRun.outcome === null) return "running";
  if (lastRun.outcome === "failed" || lastRun.outcome === "interrupted") return lastRun.outcome;
  if (holds.length > 0) return "held";
  if (failing.objects + failing.parts > 0) return "failing";
  return failing.seats > 0 ? "waiting" : "ok";
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
    failing,
  }: Known & { readonly pending: number; readonly several: boolean },
): string {
  const [open] = holds;
  if (state === "paused") return `rollcall resume ${name}`;
  if (state === "quarantined" || state === "failed")
    return `rollcall test ${name}   then, when it is mended: rollcall sync ${name}`;
  if (state === "never run") return `rollcall plan ${name}`;
  if (state === "running")
    return `rollcall status ${name}   (a run that was killed shows as running until the next one starts)`;
  if (open !== undefined)
    return `rollcall held list ${name}   then: ${approveCommand(open, several ? name : undefined)}`;
  if (state === "interrupted" || (lastRun?.outcome === "held" && pending > 0)) return `rollcall sync ${name}`;
  if (state === "failing") {
    const again =
      failing.givenUp > 0
        ? `   then, when it is mended: rollcall retry${several ? ` --connection ${name}` : ""}`
        : "";
    return refused
      ? `rollcall log ${name} --failed${again}`
      : `mend what is named above   then: rollcall sync ${name}`;
  }
  if (state === "waiting") return `get more licences at the target; rollcall sync ${name} then goes on`;
  return pending > 0 ? `rollcall plan ${name}   then: rollcall sync ${name}` : "nothing to do";
}

/** Who is set aside and why, at most a hundred. */
export function failingRows(store: Store): FailingObject[] {
  return store.failures.objects(mostNamed).map((row) => ({
    label: row.label === "" ? row.sourceId : row.label,
    kind: row.kind,
    sourceId: row.sourceId,
    why: row.problem === null ? (row.error ?? "refused") : `the mapping fails: ${row.problem}`,
    since: row.failingSince,
    retryAt: row.retryAt,
    givenUp: row.givenUp,
  }));
}

/** References and memberships that are refused, by the person or group that they are of; at most a hundred. */
export function failingParts(store: Store): FailingObject[] {
  return store.failures.parts(mostNamed).map((part) => ({
    label: `${part.label === "" ? part.sourceId : part.label}, ${partText(part)}`,
    kind: part.type,
    sourceId: part.sourceId,
    why: part.error ?? "refused",
    since: part.failingSince,
    retryAt: part.retryAt,
    givenUp: part.givenUp,
  }));
}

/** "manager zoe@example.com", "without manager", "member ann@example.com", "no longer member ann@example.com" */
export function partText({ type, path, other, isRemoval }: FailingPart): string {
  if (type === "membership") return `${isRemoval === 1 ? "no longer " : ""}member ${other ?? ""}`;
  const name = path.slice(path.lastIndexOf(":") + 1);
  return other === null ? `without ${name}` : `${name} ${other}`;
}

function seatless(store: Store): Seatless[] {
  return store.failures.seats(mostNamed).map((row) => ({
    label: row.label === "" ? row.sourceId : row.label,
    sourceId: row.sourceId,
    since: row.seatsSince,
  }));
}
