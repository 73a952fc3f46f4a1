import { healthPages } from "../../src/daemon/health.ts";
import { Observation } from "../../src/daemon/observation.ts";
import { silent } from "../../src/log.ts";
import { Metrics } from "../../src/observe/metrics.ts";
import type { Station } from "./station.ts";

/** Who looks at the worker of a station since `start`: what is observed, and the pages that show it. */
export function observe({ worker, clock }: Pick<Station, "worker" | "clock">, start: number) {
  const metrics = new Metrics({ version: "1", node: "26" }, start);
  const observation = new Observation({ worker, metrics, clock, log: silent });
  const pages = healthPages({ worker, observation, metrics, notifier: undefined, clock });
  const page = async (path: string) => (await pages[path]?.())?.text ?? "";
  return { observation, page };
}
