/** What the daemon opens for those who look at it and for those who are told: the endpoint for metrics and health, and notifications. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { healthPages } from "../daemon/health.ts";
import { type HttpEndpoint, openEndpoint } from "../daemon/http.ts";
import { Notifier } from "../daemon/notifier.ts";
import { Observation } from "../daemon/observation.ts";
import type { Companion, CompanionContext } from "./daemon-companions.ts";

export async function openObservation(context: CompanionContext): Promise<Companion> {
  const { invocation, worker, log, metrics } = context;
  const { clock } = invocation.io;
  const { config } = worker;
  const observation = new Observation({ worker, metrics, clock, log });
  const notifier = new Notifier({ worker, observation, clock, log, host: hostname(), randomId: randomUUID });
  let endpoint: HttpEndpoint | undefined;
  try {
    if (config.metrics !== undefined) {
      const pages = healthPages({ worker, observation, metrics, notifier, clock });
      endpoint = await openEndpoint({ ...config.metrics, pages, log });
      log.info({ host: config.metrics.host, port: endpoint.port }, "metrics and health are served");
    }
  } catch (error) {
    observation.end();
    await notifier.close();
    throw error;
  }
  notifier.start();
  return {
    async close(hurry) {
      observation.end();
      await Promise.all([notifier.close(), endpoint?.close(hurry)]);
    },
  };
}
