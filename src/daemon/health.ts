/** The pages of the endpoint: metrics, health, and how each connection is. */
import type { Clock } from "../clock.ts";
import { daysLeft } from "../expiry.ts";
import { escapeJson } from "../observe/json-escape.ts";
import type { Metrics, Snapshot } from "../observe/metrics.ts";
import { type Page, type Pages, plain } from "./http.ts";
import type { Notifier } from "./notifier.ts";
import type { Observation, Observed } from "./observation.ts";
import type { Worker } from "./worker.ts";

export interface HealthOptions {
  readonly worker: Pick<Worker, "status" | "isAlive">;
  readonly observation: Observation;
  readonly metrics: Metrics;
  /** Undefined where nobody is told of anything. */
  readonly notifier: Pick<Notifier, "states"> | undefined;
  readonly clock: Clock;
}

/**
 * `/livez`: the scheduler makes progress; if not, only a restart helps. `/readyz`: the configuration is loaded and the clocks run; no connection's
 * trouble is in it, because no restart and no other instance would mend that. `/status.json`: how each connection is.
 */
export function healthPages(options: HealthOptions): Pages {
  const { worker, observation, metrics } = options;
  return {
    "/metrics": async () => ({
      status: 200,
      type: metrics.contentType,
      text: await metrics.text(snapshotOf(options)),
    }),
    "/livez": () =>
      worker.isAlive() ? plain(200, "ok") : plain(503, "a clock stands still, or a cycle hangs"),
    "/readyz": () => (observation.isReady ? plain(200, "ok") : plain(503, "starting or stopping")),
    "/status.json": () => json(statusOf(options)),
  };
}

function snapshotOf({ observation, worker, notifier }: HealthOptions): Snapshot {
  const observed = observation.connections();
  return {
    connections: observed.map((each) => observation.state(each)),
    expiries: observation.expiries(observed),
    channels: notifier?.states() ?? [],
    configOk: observation.isConfigOk,
    configLoadedAt: worker.status().config.since,
  };
}

function statusOf({
  worker,
  observation,
  notifier,
  clock,
}: HealthOptions): Readonly<Record<string, unknown>> {
  const now = clock.now();
  const { startedAt, config, stopping } = worker.status();
  const observed = observation.connections();
  return {
    version: 1,
    at: iso(now),
    startedAt: iso(startedAt),
    alive: worker.isAlive(),
    ready: observation.isReady,
    stopping,
    config: { since: iso(config.since), ok: observation.isConfigOk },
    connections: observed.map((each) => connectionFields(each)),
    expiries: observation.expiries(observed).map((each) => ({
      place: each.place,
      what: each.what,
      name: each.name,
      endsAt: iso(each.endsAt),
      daysLeft: daysLeft(each, now),
    })),
    notifications: (notifier?.states() ?? []).map((each) => ({
      channel: each.name,
      waiting: each.waiting,
      oldest: iso(each.oldest),
      deliveredAt: iso(each.deliveredAt),
      failingSince: iso(each.failedAt),
      problem: each.problem,
      dropped: each.dropped,
    })),
  };
}

function connectionFields(observed: Observed): Readonly<Record<string, unknown>> {
  const { config, vitals, dueAt, isReadable } = observed;
  return {
    connection: config.name,
    mode: config.mode,
    state: stateOf(observed),
    dueAt: iso(dueAt),
    lastCycle: iso(vitals?.lastCycle),
    lastSuccess: iso(vitals?.lastSuccess),
    cursorAt: iso(vitals?.cursorAt),
    pending: vitals?.pending ?? null,
    unanswered: vitals?.doubt ?? (isReadable ? 0 : null),
    oldestDeactivation: iso(vitals?.oldestDeactivation),
    held: (vitals?.holds ?? []).map((hold) => ({
      class: hold.class,
      waiting: hold.waiting,
      since: iso(hold.openedAt),
    })),
    failing: vitals?.failing ?? null,
    quarantine:
      vitals?.quarantine === undefined
        ? null
        : {
            reason: vitals.quarantine.reason,
            since: iso(vitals.quarantine.since),
            nextAttempt: iso(vitals.quarantine.nextAttempt),
          },
  };
}

function stateOf({ vitals, isReadable, isRunning }: Observed): string {
  if (!isReadable) return "unreadable";
  if (vitals?.paused === true) return "paused";
  if (vitals?.quarantine !== undefined) return "quarantined";
  if (isRunning) return "running";
  if (vitals?.lastCycle === undefined) return "never run";
  if (vitals.lastSuccess !== vitals.lastCycle) return "failed";
  if (vitals.holds.length > 0) return "held";
  return vitals.failing.objects + vitals.failing.parts > 0 ? "failing" : "ok";
}

function json(value: unknown): Page {
  return { status: 200, type: "application/json", text: `${escapeJson(JSON.stringify(value))}\n` };
}

function iso(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : new Date(at).toISOString();
}
