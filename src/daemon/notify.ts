/** Delivers what the outbox holds, beside the cycles and never in their way. */
import type { Clock } from "../clock.ts";
import { isRollcallError, TransientError } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Carrier, type Letter, LetterRefused } from "../observe/delivery.ts";
import type { Outbox, Outgoing } from "../store/outbox.ts";

export interface Deliveries {
  readonly outbox: Outbox;
  readonly carriers: ReadonlyMap<string, Carrier>;
  readonly clock: Clock;
  readonly log: Log;
  /** Ids of letters that a receiver has refused by themselves; kept by whoever calls, from one call to the next. */
  readonly refused: Set<string>;
}

const firstWaitMs = 30_000;
const longestWaitMs = 30 * 60_000;
/** What could not be delivered for so long is given up, counted, and shown. */
const giveUpAfterMs = 3 * 24 * 3_600_000;
/** A letter that is refused by itself is given up after so many attempts, some seven hours. */
const mostRefusals = 20;

/**
 * Delivers what is due, channel by channel at once, in each the oldest first: what cannot be delivered keeps back what came about later, but what the
 * receiver refuses by itself does not. Gives the time of the next attempt, undefined when nothing waits.
 */
export async function deliverDue(deliveries: Deliveries, signal: AbortSignal): Promise<number | undefined> {
  const nexts = await Promise.all(
    [...deliveries.carriers].map(([channel, carrier]) => deliverTo(deliveries, channel, carrier, signal)),
  );
  const times = nexts.filter((each) => each !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

async function deliverTo(
  deliveries: Deliveries,
  channel: string,
  carrier: Carrier,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { outbox, refused } = deliveries;
  let soonest = Number.POSITIVE_INFINITY;
  let outgoing = outbox.next(channel);
  for (; outgoing !== undefined; outgoing = outbox.next(channel, outgoing)) {
    signal.throwIfAborted();
    const nextAt = await attempt(deliveries, outgoing, carrier, signal);
    if (nextAt === undefined) continue;
    soonest = Math.min(soonest, nextAt);
    if (!refused.has(keyOf(outgoing))) break;
  }
  return soonest === Number.POSITIVE_INFINITY ? undefined : soonest;
}

/** Gives the time of the next attempt; undefined when it is delivered, or given up. */
async function attempt(
  { outbox, clock, log, refused }: Deliveries,
  outgoing: Outgoing,
  carrier: Carrier,
  signal: AbortSignal,
): Promise<number | undefined> {
  // A clock that was ahead, and was set back, makes nobody wait longer than the wait itself.
  const dueAt = Math.min(outgoing.nextAt, clock.now() + 24 * 3_600_000);
  if (dueAt > clock.now()) return dueAt;
  const key = keyOf(outgoing);
  try {
    await carrier.deliver(letterOf(outgoing), signal);
    outbox.delivered(outgoing, clock.now());
    refused.delete(key);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    const at = clock.now();
    const problem = isRollcallError(error) ? error.message : "an error that is a bug of ours";
    const nextAt = isHopeless(outgoing, error, at) ? undefined : at + waitAfter(outgoing, error);
    outbox.failed(outgoing, { at, problem, nextAt });
    if (error instanceof LetterRefused && nextAt !== undefined) refused.add(key);
    else refused.delete(key);
    const { channel, id: notice } = outgoing;
    log.warn(
      { channel, notice, error, attempts: outgoing.attempts + 1, givenUp: nextAt === undefined },
      "a notification could not be delivered",
    );
    return nextAt;
  }
}

/** One notice may go to several channels. */
function keyOf({ channel, id }: Outgoing): string {
  return `${channel} ${id}`;
}

function isHopeless(outgoing: Outgoing, error: unknown, now: number): boolean {
  if (now - outgoing.at >= giveUpAfterMs) return true;
  return error instanceof LetterRefused && outgoing.attempts + 1 >= mostRefusals;
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
