import type { PendingMembership } from "../store/memberships.ts";
import type { WideRow } from "../store/rows.ts";
import { membersReason } from "./action.ts";
import { checkPause } from "./paused.ts";
import { nextTry } from "./retry.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";
import { type CallFailure, failureOf } from "./write.ts";

/** One group while its members are changed. */
export interface GroupAtTarget {
  readonly row: WideRow;
  readonly targetId: string;
  /** Rows of people whose membership the target took in this run. */
  readonly accepted: Set<number>;
  /** Rows of people whose membership was set aside in this run. */
  readonly refused: Set<number>;
  /** False while its members are being read. */
  isRead: boolean;
}

/**
 * One request; returns whose membership was accepted. When the target refuses the whole chunk, the halves are tried, so that one bad member
 * does not keep out the others; that one is tried again on a schedule.
 */
export async function sendChunk(
  work: Work,
  group: GroupAtTarget,
  chunk: readonly PendingMembership[],
  tally: Tally,
): Promise<readonly number[]> {
  checkPause(work);
  const { row, targetId } = group;
  const add = chunk.filter((each) => each.desired === 1).map((each) => each.targetId ?? "");
  const remove = chunk.filter((each) => each.desired === 0).map((each) => each.targetId ?? "");
  const users = chunk.map((each) => each.usr);
  const now = () => work.clock.now();
  const attempt = work.store.transaction(() => {
    work.store.memberships.doubt(row.id, users, work.run, now());
    return work.store.audit.attempt(work.run, work.actor, now(), {
      resource: row.id,
      kind: "group",
      sourceId: row.sourceId,
      targetId,
      action: add.length > 0 ? "add members" : "remove members",
      reason: membersReason(chunk),
      before: null,
      after: { members: work.store.memberships.sourceIds(users) },
    });
  });
  try {
    await work.target.groups.changeMembers(targetId, { add, remove }, { signal: work.abort });
    work.store.audit.outcome(attempt, now(), work.run, "done");
    tally.done(add.length > 0 ? "add member" : "remove member", chunk.length);
    return users;
  } catch (error) {
    const failure = failureOf(error);
    const message = failure.type === "unknown" ? failure.message : failure.error.message;
    work.store.transaction(() => {
      work.store.audit.outcome(attempt, now(), work.run, failure.type === "unknown" ? "unknown" : "failed", {
        message,
      });
      if (failure.type === "unknown") work.store.memberships.unanswered(row.id, users, message);
      else work.store.memberships.undoubt(row.id, certain(work, chunk));
    });
    if (!isPerhapsOneOfThem(failure)) throw error;
    const [only, another] = chunk;
    if (only !== undefined && another === undefined) {
      refuse(work, group, only, message, tally);
      return [];
    }
    const middle = Math.ceil(chunk.length / 2);
    return [
      ...(await sendChunk(work, group, chunk.slice(0, middle), tally)),
      ...(await sendChunk(work, group, chunk.slice(middle), tally)),
    ];
  }
}

/**
 * Of whom a definite no says how they stand. A target that hides its members cannot be asked what became of an earlier call without an answer:
 * it may take effect yet, so those stay in doubt.
 */
function certain({ target }: Work, chunk: readonly PendingMembership[]): readonly number[] {
  const isClear = (each: PendingMembership) => target.capabilities.membersReadable || each.doubt === null;
  return chunk.filter(isClear).map((each) => each.usr);
}

function isPerhapsOneOfThem(failure: CallFailure): boolean {
  return (
    failure.type === "refused" && ["invalid-value", "not-found", "unresolved"].includes(failure.error.code)
  );
}

/** The target refuses this one membership; the others of the group go on. */
function refuse(
  work: Work,
  { row, refused }: GroupAtTarget,
  only: PendingMembership,
  message: string,
  tally: Tally,
): void {
  const next = nextTry(work, { ...only, isRemoval: only.desired === 0 });
  work.store.memberships.refuse(row.id, work.clock.now(), message, [{ usr: only.usr, next }]);
  refused.add(only.usr);
  const { label, sourceId } = row;
  tally.setMembersAside(row.id);
  tally.fail({ kind: "group", label, sourceId, action: "change one member", message });
}

export function chunksOf<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
