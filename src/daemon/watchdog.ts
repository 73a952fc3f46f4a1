import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { ServiceNotifier } from "./systemd.ts";
import type { Worker } from "./worker.ts";

/** Gives the signs of life that the service manager wants, three in each of its periods, for as long as the worker gets on. Ends with the signal. */
export async function feedWatchdog(
  worker: Pick<Worker, "isAlive">,
  notifier: ServiceNotifier,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  const { watchdogMs } = notifier;
  if (watchdogMs === undefined) return;
  let isHungry = false;
  try {
    for (;;) {
      if (worker.isAlive()) await notifier.send("WATCHDOG=1");
      else if (!isHungry)
        log.error(
          {},
          "something hangs: the service manager gets no more signs of life, and starts the daemon anew",
        );
      isHungry = !worker.isAlive();
      await clock.sleep(watchdogMs / 3, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
