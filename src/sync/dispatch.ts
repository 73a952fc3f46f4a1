import type pLimit from "p-limit";
import { TransientError } from "../errors.ts";
import type { Attributes } from "../scim/resource.ts";
import type { Attempt } from "../store/audit.ts";
import type { Done, Settlement } from "../store/outcomes.ts";
import type { WideRow } from "../store/rows.ts";
import type { Action } from "./action.ts";
import { retryAt } from "./retry.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";
import { failureOf } from "./write.ts";

/** One call that is about to be sent. */
export interface Planned {
  readonly row: WideRow;
  readonly action: Action;
  readonly before: Attributes | null;
  readonly after: Attributes;
  send(): Promise<Done>;
}

/** This many calls in a row without success end the apply: the target is down, and every further call would only be one more doubt. */
const patience = 10;

/** Calls without success, one after the other, of one phase. */
export interface Streak {
  inARow: number;
}

/** Marks a window durably, sends its calls, settles them in one commit. Throws when nothing more can be sent, after everything is settled. */
export async function dispatch(
  work: Work,
  window: readonly Planned[],
  limit: ReturnType<typeof pLimit>,
  tally: Tally,
  streak: Streak,
): Promise<void> {
  const marked = work.store.outcomes.mark(work.run, work.actor, work.clock.now(), window.map(attemptOf));
  const results = await Promise.all(
    window.map((planned, index) =>
      limit(async () => {
        const mark = marked[index];
        if (mark === undefined) throw new Error("an attempt was not marked");
        const settlement = await send(work, planned, tally, streak);
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
  if (streak.inARow >= patience) {
    throw new TransientError(
      `${work.config.name}: the target gave no usable answer ${streak.inARow} times in a row; what is left waits for the next cycle`,
      {
        outcome: "none",
      },
    );
  }
}

async function send(
  work: Work,
  planned: Planned,
  tally: Tally,
  streak: Streak,
): Promise<{ readonly settlement: Settlement; readonly fatal?: Error }> {
  const { row, action } = planned;
  const now = () => work.clock.now();
  if (streak.inARow >= patience)
    return {
      settlement: {
        type: "failed",
        code: "unavailable",
        message: "not sent: the target is not answering",
        retryAt: now(),
      },
    };
  try {
    const result = await planned.send();
    streak.inARow = 0;
    tally.done(row.kind === "group" ? `${action} group` : action);
    return { settlement: { type: "done", ...result } };
  } catch (error) {
    const failure = failureOf(error);
    if (failure.type === "unknown") {
      streak.inARow += 1;
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
    tally.setAside(row.id);
    if (failure.type === "refused") {
      streak.inARow = 0;
      const { code, status } = failure.error;
      tally.fail({ kind: row.kind, label: row.label, sourceId: row.sourceId, action, message });
      return { settlement: { type: "failed", code, message, status, retryAt: retryAt(row.failures, now()) } };
    }
    streak.inARow += 1;
    const settlement: Settlement = { type: "failed", code: "unavailable", message, retryAt: now() };
    return failure.type === "fatal" ? { settlement, fatal: failure.error } : { settlement };
  }
}

function attemptOf({ row, action, before, after }: Planned): Attempt {
  const { id: resource, kind, sourceId, targetId, matchId, reason } = row;
  return {
    resource,
    kind,
    sourceId,
    targetId: targetId ?? (action === "adopt" ? matchId : null),
    action,
    reason,
    before,
    after,
  };
}
