/** Delivers what the outbox holds, beside the cycles and never in their way. */
import type { Clock } from "../clock.ts";
import { isRollcallError, TransientError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Carrier, Letter } from "../observe/delivery.ts";
import type { Outbox, Outgoing } from "../store/outbox.ts";

export interface Deliveries {
  readonly outbox: Outbox;
  readonly carriers: ReadonlyMap<string, Carrier>;
  readonly clock: Clock;
  readonly log: Log;
}

const firstWaitMs = 30_000;
const longestWaitMs = 30 * 60_000;
/** What could not be delivered for so long is given up, counted, and shown. */
const giveUpAfterMs = 3 * 24 * 3_600_000;

/** Delivers what is due, channel by channel at once, in each the oldest first. Gives the time of the next attempt, undefined when nothing waits. */
export async function deliverDue(deliveries: Deliveries, signal: AbortSignal): Promise<number | undefined> {
  const nexts = await Promise.all(
    [...deliveries.carriers].map(([channel, carrier]) => deliverTo(deliveries, channel, carrier, signal)),
  );
  const times = nexts.filter((each) => each !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

async function deliverTo(
  { outbox, clock, log }: Deliveries,
  channel: string,
  carrier: Carrier,
  signal: AbortSignal,
): Promise<number | undefined> {
  for (;;) {
    signal.throwIfAborted();
    const outgoing = outbox.next(channel);
    if (outgoing === undefined) return undefined;
    // A clock that was ahead, and was set back, makes nobody wait longer than the wait itself.
    const dueAt = Math.min(outgoing.nextAt, clock.now() + 24 * 3_600_000);
    if (dueAt > clock.now()) return dueAt;
    try {
      await carrier.deliver(letterOf(outgoing), signal);
      outbox.delivered(outgoing, clock.now());
    } catch (error) {
      signal.throwIfAborted();
      const at = clock.now();
      const problem = isRollcallError(error) ? error.message : "an error that is a bug of ours";
      const nextAt = at - outgoing.at >= giveUpAfterMs ? undefined : at + waitAfter(outgoing, error);
      outbox.failed(outgoing, { at, problem, nextAt });
      log.warn(
        {
          channel,
          notice: outgoing.id,
          error,
          attempts: outgoing.attempts + 1,
          givenUp: nextAt === undefined,
        },
        "a notification could not be delivered",
      );
    }
  }
}

function waitAfter({ attempts }: Outgoing, error: unknown): number {
  const backoff = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(attempts, 16));
  const asked = error instanceof TransientError ? error.retryAfterMs : undefined;
  return Math.max(backoff, asked ?? 0);
}

export function letterOf({ id, body }: Pick<Outgoing, "id" | "body">): Letter {
  const { title, message, next, connection, host } = JSON.parse(body) as Readonly<
    Record<"title" | "message" | "next" | "connection" | "host", string | null>
  >;
  const text = [
    message ?? "",
    ...(next === null ? [] : [`To go on:\n  ${next}`]),
    `Rollcall on ${host ?? "this machine"}${connection === null ? "" : `, connection ${connection}`}`,
  ].join("\n\n");
  return { id, title: title ?? "", text, body };
}
