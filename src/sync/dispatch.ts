import type pLimit from "p-limit";
import type { ItemError } from "../errors.ts";
import type { Attributes } from "../scim/resource.ts";
import type { Attempt } from "../store/audit.ts";
import type { Settlement } from "../store/outcomes.ts";
import type { WideRow } from "../store/rows.ts";
import type { Done } from "../store/write-done.ts";
import { type Action, type Detour, reasonOf, takesAway } from "./action.ts";
import { checkPause, whyNotSent } from "./paused.ts";
import { nextTryOf } from "./retry.ts";
import { freesSeat, noSeatLeft, takesSeat } from "./seats.ts";
import type { Streak } from "./streak.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";
import { failureOf } from "./write.ts";

/** One call that is about to be sent. */
export interface Planned {
  readonly row: WideRow;
  readonly action: Action | Detour;
  readonly before: Attributes | null;
  readonly after: Attributes;
  /** Of a creation: when the target was last asked and had nobody. */
  readonly lookedAt?: number;
  send(): Promise<Done>;
  /** True when a refusal is no failure: it waits for somebody else, and is sent again in this run. */
  putOff?(refusal: ItemError): boolean;
}

/** Marks a window durably, sends its calls, settles them in one commit. Throws when nothing more can be sent, after everything is settled. */
export async function dispatch(
  work: Work,
  planned: readonly Planned[],
  limit: ReturnType<typeof pLimit>,
  tally: Tally,
  streak: Streak,
): Promise<void> {
  checkPause(work);
  const mayBeFree = !tally.seats.isFull;
  const window = withSeats(work, planned, tally);
  if (window.length === 0) return;
  const marked = work.store.outcomes.mark(work.run, work.actor, work.clock.now(), window.map(attemptOf));
  const results = await Promise.all(
    window.map((planned, index) =>
      limit(async () => {
        const mark = marked[index];
        if (mark === undefined) throw new Error("an attempt was not marked");
        const settlement = await send(work, planned, tally, streak, mayBeFree);
        return { marked: mark, settlement };
      }),
    ),
  );
  work.store.outcomes.settle(
    work.run,
    work.clock.now(),
    results.map(({ marked: mark, settlement }) => ({ marked: mark, settlement: settlement.settlement })),
  );
  const fatal = results.find(({ settlement }) => settlement.fatal !== undefined)?.settlement.fatal;
  if (fatal !== undefined) throw fatal;
}

async function send(
  work: Work,
  planned: Planned,
  tally: Tally,
  streak: Streak,
  mayBeFree: boolean,
): Promise<{ readonly settlement: Settlement; readonly fatal?: Error }> {
  const { row, action } = planned;
  const now = () => work.clock.now();
  if (streak.isOver)
    return { settlement: { type: "put off", message: "not sent: the target is not answering" } };
  const notSent = whyNotSent(work);
  if (notSent !== undefined) return { settlement: { type: "put off", message: notSent } };
  const needsSeat = takesSeat(row, action);
  if (needsSeat && mayBeFree && tally.seats.isFull)
    return { settlement: { type: "no seat", message: `not sent: ${noSeatLeft}` } };
  try {
    const result = await planned.send();
    streak.success();
    if (needsSeat) tally.seats.taken();
    if (freesSeat(row, action)) tally.seats.freed();
    if (!takesAway(action)) tally.taken += 1;
    tally.done(row.kind === "group" ? `${action} group` : action);
    return { settlement: { type: "done", ...result } };
  } catch (error) {
    const failure = failureOf(error);
    if (failure.type === "unknown") {
      streak.failure();
      tally.unknown += 1;
      return {
        settlement: {
          type: "unknown",
          message: failure.message,
          settleAt: now() + work.target.capabilities.settleMs,
        },
      };
    }
    const { message } = failure.error;
    if (failure.type === "refused" && planned.putOff?.(failure.error) === true) {
      streak.success();
      return { settlement: { type: "put off", message, status: failure.error.status } };
    }
    tally.setAside(row.id);
    if (failure.type === "refused") {
      streak.success();
      const { code, status } = failure.error;
      if (needsSeat && code === "seats") {
        tally.seats.refused();
        return { settlement: { type: "no seat", message, status } };
      }
      if (needsSeat && !mayBeFree) tally.seats.wasted();
      if (!takesAway(action)) tally.refuse(failure.error);
      tally.fail({ kind: row.kind, label: row.label, sourceId: row.sourceId, action, message });
      return { settlement: { type: "failed", code, message, status, retryAt: nextTryOf(work, row) } };
    }
    streak.failure(failure.error);
    const settlement: Settlement = { type: "failed", code: "unavailable", message, retryAt: now() };
    return failure.type === "fatal" ? { settlement, fatal: failure.error } : { settlement };
  }
}

/** Leaves out those for whom the target has no seat: nothing is sent for them, and they wait. */
function withSeats(work: Work, planned: readonly Planned[], tally: Tally): readonly Planned[] {
  const without = new Set<number>();
  for (const { row, action } of planned)
    if (takesSeat(row, action) && !tally.seats.mayAsk()) without.add(row.id);
  if (without.size === 0) return planned;
  work.store.outcomes.waitForSeats(work.clock.now(), [...without], noSeatLeft);
  return planned.filter(({ row }) => !without.has(row.id));
}

function attemptOf({ row, action, before, after }: Planned): Attempt {
  const { id: resource, kind, sourceId, targetId, matchId } = row;
  return {
    resource,
    kind,
    sourceId,
    targetId: targetId ?? (action === "adopt" ? matchId : null),
    action,
    reason: reasonOf(row),
    before,
    after,
  };
}
