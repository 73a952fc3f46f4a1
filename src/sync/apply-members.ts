import pLimit from "p-limit";
import { ItemError } from "../errors.ts";
import type { PendingMembership } from "../store/memberships.ts";
import type { Reach } from "../store/pending.ts";
import type { WideRow } from "../store/rows.ts";
import { everyOne } from "./every-one.ts";
import { isWaiting, retryAt } from "./retry.ts";
import { Streak } from "./streak.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";
import { failureOf } from "./write.ts";

/** How often a group is read and corrected before it is set aside. */
const rounds = 2;

/** Brings memberships to what is wanted: read, send the difference in chunks, read again. Never two calls on one group at a time. */
export async function applyMembers(work: Work, tally: Tally, reach: Reach): Promise<void> {
  const limit = pLimit(work.target.capabilities.concurrency);
  const streak = new Streak(work, tally);
  for (let after = 0; ; ) {
    work.signal.throwIfAborted();
    const groups = work.store.memberships.pendingGroups(after, 100, reach.only);
    const last = groups.at(-1);
    if (last === undefined) return;
    after = last;
    await everyOne(groups, limit, (group) => applyGroup(work, group, tally, reach, streak));
    streak.endIfOver();
    work.progress({ step: "apply", done: tally.total });
  }
}

async function applyGroup(work: Work, id: number, tally: Tally, reach: Reach, streak: Streak): Promise<void> {
  if (streak.isOver) return;
  const group = work.store.pending.row(id);
  if (group === undefined || group.targetId === null || group.intent !== "active" || group.doubt !== null)
    return;
  if (tally.isSetAside(id) || (group.settleAt !== null && group.settleAt > work.clock.now())) return;
  if (isWaiting(group.retryAt, work.clock.now()) && reach.only === undefined) return;
  try {
    if (!work.store.claims.mayWrite("group", group.targetId)) {
      throw new ItemError(
        "collision",
        `group ${group.targetId} at the target now belongs to another connection`,
      );
    }
    const now = work.clock.now();
    const wanted = work.store.memberships
      .pending(id, reach.only)
      .filter((each) => each.holdId === null && each.waits === 0)
      .filter((each) => reach.only !== undefined || !isWaiting(each.retryAt, now));
    const ready = wanted.filter((each) => each.targetId !== null);
    tally.waiting += wanted.length - ready.length;
    if (ready.length === 0) return;
    await converge(work, group, group.targetId, ready, tally);
    streak.success();
    if (group.failingSince !== null) work.store.outcomes.recover(id);
  } catch (error) {
    const failure = failureOf(error);
    if (failure.type === "fatal") throw failure.error;
    if (failure.type === "unknown") {
      tally.unknown += 1;
      streak.failure();
      work.store.memberships.settleLater(id, work.clock.now() + work.target.capabilities.settleMs);
      return;
    }
    const now = work.clock.now();
    const { message } = failure.error;
    if (failure.type === "refused") {
      streak.success();
      work.store.outcomes.fail(now, id, failure.error.code, message, retryAt(group.failures, now));
    } else {
      streak.failure(failure.error);
      work.store.outcomes.fail(now, id, "unavailable", message, now);
    }
    tally.fail({
      kind: "group",
      label: group.label,
      sourceId: group.sourceId,
      action: "change members",
      message,
    });
    tally.setAside(id);
  }
}

async function converge(
  work: Work,
  group: WideRow,
  targetId: string,
  wanted: readonly PendingMembership[],
  tally: Tally,
): Promise<void> {
  let left = await settleWhatStands(work, group.id, targetId, wanted);
  for (let round = 0; left.length > 0 && round < rounds; round++) {
    const done = new Set<number>();
    const adds = left.filter((each) => each.desired === 1);
    const removals = left.filter((each) => each.desired === 0);
    for (const part of [adds, removals]) {
      for (const chunk of chunksOf(part, work.target.capabilities.membersPerRequest)) {
        for (const usr of await sendChunk(work, group, targetId, chunk, tally)) done.add(usr);
      }
    }
    const sent = left.filter((each) => done.has(each.usr));
    left = await settleWhatStands(work, group.id, targetId, sent, done);
  }
  if (left.length > 0) {
    throw new ItemError(
      "not-kept",
      `the target accepted changes of ${left.length} memberships but does not show them`,
      {
        hint: "see the target's own log; members may be limited, or read from a stale copy",
      },
    );
  }
}

/**
 * Reads the group and settles the memberships that stand as wanted; returns the others. A target that does not show its members is believed:
 * what it just accepted (`done`) stands.
 */
async function settleWhatStands(
  work: Work,
  group: number,
  targetId: string,
  wanted: readonly PendingMembership[],
  done: ReadonlySet<number> = new Set(),
): Promise<readonly PendingMembership[]> {
  if (wanted.length === 0) return [];
  const readable = work.target.capabilities.membersReadable;
  const members = readable ? await work.target.groups.members(targetId, work.abort) : undefined;
  const isAsWanted = (each: PendingMembership) =>
    members === undefined
      ? done.has(each.usr) || believed(each)
      : members.has(each.targetId ?? "") === (each.desired === 1);
  const stands = wanted.filter(isAsWanted);
  work.store.transaction(() => {
    work.store.memberships.settle(
      group,
      stands.map((each) => ({ usr: each.usr, member: each.desired === 1 })),
    );
    const removed = stands.filter((each) => each.desired === 0 && each.applied === 1 && each.leaves === 0);
    work.store.holds.countRemoved(
      work.clock.now(),
      group,
      removed.map((each) => each.usr),
    );
  });
  return wanted.filter((each) => !isAsWanted(each));
}

/** Where members cannot be read, what was last accepted counts; after a call without an answer it is sent again (adding twice is harmless). */
function believed(each: PendingMembership): boolean {
  return each.doubt === null && each.applied === each.desired;
}

/**
 * One request; returns whose membership was accepted. When the target refuses the whole chunk, the halves are tried, so that one bad member
 * does not keep out the others; that one is tried again on a schedule.
 */
async function sendChunk(
  work: Work,
  group: WideRow,
  targetId: string,
  chunk: readonly PendingMembership[],
  tally: Tally,
): Promise<readonly number[]> {
  const add = chunk.filter((each) => each.desired === 1).map((each) => each.targetId ?? "");
  const remove = chunk.filter((each) => each.desired === 0).map((each) => each.targetId ?? "");
  const users = chunk.map((each) => each.usr);
  const now = () => work.clock.now();
  const attempt = work.store.transaction(() => {
    work.store.memberships.doubt(group.id, users, work.run, now());
    return work.store.audit.attempt(work.run, work.actor, now(), {
      resource: group.id,
      kind: "group",
      sourceId: group.sourceId,
      targetId,
      action: add.length > 0 ? "add members" : "remove members",
      reason: "memberships changed in the directory",
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
      if (failure.type !== "unknown") work.store.memberships.undoubt(group.id, users);
    });
    const perhapsOneOfThem =
      failure.type === "refused" && ["invalid-value", "not-found", "unresolved"].includes(failure.error.code);
    if (!perhapsOneOfThem) throw error;
    const [only, another] = chunk;
    if (only !== undefined && another === undefined) {
      work.store.memberships.fail(group.id, only.usr, message, retryAt(only.failures, now()));
      tally.fail({
        kind: "group",
        label: group.label,
        sourceId: group.sourceId,
        action: "change one member",
        message,
      });
      return [];
    }
    const middle = Math.ceil(chunk.length / 2);
    return [
      ...(await sendChunk(work, group, targetId, chunk.slice(0, middle), tally)),
      ...(await sendChunk(work, group, targetId, chunk.slice(middle), tally)),
    ];
  }
}

function chunksOf<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
