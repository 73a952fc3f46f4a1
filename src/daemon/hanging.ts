import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { awake } from "./clock-watch.ts";
import type { Running } from "./running.ts";

/** Work that shows no sign of life for so long is cut off: longer than any directory or target makes somebody wait. */
const hangsAfterMs = 2 * 3_600_000;

/** What was cut off and does not end by then never will. */
const endsWithinMs = 5 * 60_000;

const lookMs = 60_000;

/** Cuts off what hangs, until the signal aborts. */
export async function cutHanging(
  all: Iterable<Running>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(lookMs, signal);
      for (const running of all) {
        if (running.abort.aborted || silentMs(running, awake(clock)) < hangsAfterMs) continue;
        const { connection, doing } = running;
        log.error(
          { connection, doing: doing.what, hours: hangsAfterMs / 3_600_000 },
          "no sign of life for too long: its calls are cut off",
        );
        running.cut();
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Whether this will never end by itself. `now` is time awake. */
export function isHung(running: Running, now: number): boolean {
  return silentMs(running, now) >= hangsAfterMs + endsWithinMs;
}

/** Whoever still waits for a turn or a place is as well as those before. */
function silentMs({ beganAt, movedAt }: Running, now: number): number {
  return beganAt === undefined ? 0 : now - movedAt;
}
