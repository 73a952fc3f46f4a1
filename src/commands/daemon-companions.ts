import type { Worker } from "../daemon/worker.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../observe/metrics.ts";
import { openControlSocket } from "./control-companion.ts";
import { openAuditDelivery } from "./daemon-audit.ts";
import { openObservation } from "./daemon-observe.ts";
import type { Invocation } from "./invocation.ts";

/** Something that serves people or programs beside the clocks: the control socket, the endpoint for metrics, notifications. */
export interface Companion {
  /** Takes in nothing new and ends what it does; `hurry` aborts when that is to be at once. Called at the same time as the worker's `stop`. */
  close(hurry: AbortSignal): Promise<void>;
}

/** What a companion is opened with, before the first clock starts. `worker.config` is the configuration in use. */
export interface CompanionContext {
  readonly invocation: Invocation;
  readonly worker: Worker;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Ends the daemon as SIGTERM does. Returns at once. */
  readonly stop: () => void;
}

/** Each throws what keeps it from opening, and then the daemon does not start. */
const openers: readonly ((context: CompanionContext) => Promise<Companion>)[] = [
  openObservation,
  openAuditDelivery,
  openControlSocket,
];

/** Opens all of them; those that are open are closed again if a later one fails. */
export async function openCompanions(context: CompanionContext): Promise<readonly Companion[]> {
  const opened: Companion[] = [];
  try {
    for (const open of openers) opened.push(await open(context));
    return opened;
  } catch (error) {
    for (const each of opened.toReversed()) await each.close(AbortSignal.abort());
    throw error;
  }
}
