import { CredentialsRefused, ProtocolError } from "../errors.ts";
import type { Quarantine } from "../store/quarantines.ts";
import type { Store } from "../store/store.ts";
import { overThreshold } from "./failure-shares.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";

/**
 * Out of use until a person mends something. The clock doubles from the connection's own interval up to a day; a sync on demand works at any
 * time, and success ends it.
 *
 *     login refused, broken protocol ---> in quarantine, nothing is asked before the next attempt
 *     too much refused              ---> in quarantine, before the next attempt only access is taken away
 */
const longestMs = 24 * 3_600_000;

/** How many of those whom the target refuses an attempt tries before their time: fewer than would be too many by themselves. */
const probes = 5;

/** What a cycle may write. */
export type Scope = "everything" | "removals" | "nothing";

/** What a scheduled cycle may do now: inside a quarantine, before its time, at most take access away. */
export function scheduledScope(quarantine: Quarantine | undefined, now: number): Scope {
  if (quarantine === undefined || isDue(quarantine, now)) return "everything";
  return isOfFailures(quarantine) ? "removals" : "nothing";
}

/** A clock that was ahead, and was set back, makes nobody wait longer than the wait itself. */
function isDue({ nextAttempt, waitMs }: Quarantine, now: number): boolean {
  return now >= nextAttempt || nextAttempt - now > waitMs;
}

/** Too much was refused; the target and the directory themselves answer as they should. */
function isOfFailures({ reason }: Quarantine): boolean {
  return reason !== "EncounteredQuarantineException";
}

/** True for what only a person can mend, and says so at once. */
export function isQuarantining(error: unknown): error is CredentialsRefused | ProtocolError {
  return error instanceof CredentialsRefused || error instanceof ProtocolError;
}

/** Puts the connection into quarantine, or leaves it there. An attempt before its time, on demand, makes the wait no longer. */
export function quarantine(
  work: Work,
  why: Pick<Quarantine, "reason" | "message"> & Partial<Pick<Quarantine, "failure">>,
): void {
  const now = work.clock.now();
  const known = work.store.quarantine.current();
  const isSame = known?.reason === why.reason;
  work.store.quarantine.impose({
    ...why,
    failure: why.failure ?? (isSame ? known?.failure : undefined),
    since: isSame ? known.since : now,
    seriesBegan: known?.seriesBegan ?? now,
    seriesCount: (known?.seriesCount ?? 0) + 1,
    evaluatedAt: now,
    ...nextAttempt(known, now, work.config.everyMs),
  });
  const { name: connection } = work.config;
  if (!isSame)
    work.log.info({ connection, run: work.run, reason: why.reason }, "the connection is in quarantine");
}

function nextAttempt(
  known: Quarantine | undefined,
  now: number,
  everyMs: number,
): Pick<Quarantine, "nextAttempt" | "waitMs"> {
  if (known !== undefined && !isDue(known, now))
    return { nextAttempt: known.nextAttempt, waitMs: known.waitMs };
  const waitMs = known === undefined ? everyMs : Math.max(everyMs, Math.min(longestMs, known.waitMs * 2));
  return { nextAttempt: now + waitMs, waitMs };
}

/** What a run did before it came to its end. */
interface Ended {
  readonly tally: Tally;
  /** It was of everybody, and nothing kept it from writing what was pending and not held. */
  readonly isWhole: boolean;
}

/**
 * What a run that came to its end says of the quarantine. One that only read or planned, or only took access away, ends none: what is wrong may
 * be wrong with writing.
 */
export async function review(work: Work, { tally, isWhole }: Ended): Promise<void> {
  const known = work.store.quarantine.current();
  const over = isWhole ? tooMuchRefused(work, tally) : undefined;
  if (over !== undefined) quarantine(work, { ...over, failure: tally.firstRefusal });
  else if (known === undefined) return;
  else if (tally.taken > 0) lift(work, known);
  else if (!isWhole) return;
  else if (!isOfFailures(known)) {
    // A run that had nothing to ask of the target asks it something.
    await work.target.users.count(work.abort);
    lift(work, known);
  } else if (work.store.failures.stillTried().objects === 0) lift(work, known);
  else quarantine(work, { reason: known.reason, message: known.message, failure: tally.firstRefusal });
}

function tooMuchRefused({ store, run }: Work, tally: Tally): ReturnType<typeof overThreshold> {
  const { writesTaken: taken, writesRefused: refused } = store.runs.countsBefore(run) ?? {};
  const before = taken === undefined || refused === undefined ? undefined : { taken, refused };
  return overThreshold(tally, before, store.failures.stillTried());
}

function lift({ store, clock, log, config, run }: Work, known: Quarantine): void {
  store.transaction(() => end(store, known, clock.now()));
  log.info({ connection: config.name, run, reason: known.reason }, "the connection is out of quarantine");
}

/** Whoever failed together with the others is tried in the next cycle, not hours later. */
function end(store: Store, known: Quarantine, at: number): void {
  store.quarantine.lift();
  if (isOfFailures(known)) store.failures.hasten(at, -1);
}

/** A person says that it is mended: the next cycle tries everything. Undefined when there was no quarantine. */
export function release(
  store: Store,
  by: { readonly actor: string; readonly reason: string; readonly at: number },
): Quarantine | undefined {
  return store.transaction(() => {
    const known = store.quarantine.current();
    if (known === undefined) return undefined;
    end(store, known, by.at);
    const run = store.runs.latest(1)[0]?.id ?? 0;
    store.audit.decisionOnAll(run, by.actor, by.at, "release quarantine", by.reason);
    return known;
  });
}

/** An attempt in a quarantine for what was refused: some of those are tried, or nothing would ever show that it is mended. */
export function probe({ store, clock }: Work): void {
  const known = store.quarantine.current();
  if (known !== undefined && isOfFailures(known)) store.failures.hasten(clock.now(), probes);
}
