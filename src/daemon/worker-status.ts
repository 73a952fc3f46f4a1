import type { Progress } from "../sync/work.ts";
import type { Loop } from "./loop.ts";
import type { Running } from "./running.ts";
import type { Doing } from "./turns.ts";

/** How the daemon is, at one moment. Times are ms since 1970 UTC. */
export interface WorkerStatus {
  readonly startedAt: number;
  /** The configuration in use. */
  readonly config: { readonly file: string; readonly digest: string; readonly since: number };
  /** The last look at a changed configuration: undefined where it was taken, or nothing changed yet. */
  readonly refused: { readonly at: number; readonly message: string } | undefined;
  readonly stopping: boolean;
  readonly connections: readonly ConnectionWork[];
}

export interface ConnectionWork {
  readonly connection: string;
  /** When the next cycle of the schedule begins, if nothing is in its way. */
  readonly nextAt: number | undefined;
  /** Since when a cycle of the schedule is due, or when the next one will be. */
  readonly dueAt: number | undefined;
  /** Who has the connection, and how far they are. */
  readonly doing: (Doing & { readonly beganAt: number; readonly progress: Progress | undefined }) | undefined;
  readonly waiting: readonly Doing[];
  /** Another process has had the connection since then, when a cycle was due. */
  readonly busySince: number | undefined;
}

/** `queue` is of everybody who has the connection or waits for it. */
export function connectionWork(
  connection: string,
  loop: Loop | undefined,
  running: Running | undefined,
  queue: readonly Doing[],
): ConnectionWork {
  const { beganAt, doing, progress } = running ?? {};
  return {
    connection,
    nextAt: loop?.nextAt(),
    dueAt: loop?.dueAt(),
    doing: doing === undefined || beganAt === undefined ? undefined : { ...doing, beganAt, progress },
    waiting: queue.filter((each) => each !== doing),
    busySince: loop?.busySince,
  };
}
