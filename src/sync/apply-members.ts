import pLimit from "p-limit";
import { ItemError } from "../errors.ts";
import type { PendingMembership } from "../store/memberships.ts";
import type { Reach } from "../store/pending.ts";
import type { WideRow } from "../store/rows.ts";
import { noticeLost, tellLost } from "./bystanders.ts";
import { everyOne } from "./every-one.ts";
import { memberCheck } from "./member-check.ts";
import { afterNoEffect, nextTry, noEffect } from "./retry.ts";
import { chunksOf, type GroupAtTarget, sendChunk } from "./send-members.ts";
import { Streak } from "./streak.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";
import { type CallFailure, failureOf } from "./write.ts";

/** How often a group is read and corrected before what is left is set aside. */
const rounds = 2;

/** From so many times as many members as changes on, a target that can tell of some is not asked for all. */
const timesAsMany = 50;

/** Groups that are looked at together. */
const pageSize = 100;

/** Brings memberships to what is wanted: read, send the difference in chunks, read again. Never two calls on one group at a time. */
export async function applyMembers(work: Work, tally: Tally, reach: Reach): Promise<void> {
  const limit = pLimit(work.target.capabilities.concurrency);
  const streak = new Streak(work, tally);
  const { memberships } = work.store;
  for (let after = 0; ; ) {
    work.signal.throwIfAborted();
    const groups =
      reach.only === undefined && reach.listed !== true
        ? memberships.dueGroups(after, pageSize, work.clock.now())
        : memberships.pendingGroups(after, pageSize, reach);
    const last = groups.at(-1);
    if (last === undefined) return;
    await everyOne(groups, limit, (group) => applyGroup(work, group, tally, reach, streak));
    // What was left out of this page for the sake of bad groups is taken up again without them.
    if (!(await streak.endIfOver())) after = last;
    work.progress({ step: "apply", done: tally.total });
  }
}

/** A group whose own name is refused, or was given up, has its members all the same. */
async function applyGroup(work: Work, id: number, tally: Tally, reach: Reach, streak: Streak): Promise<void> {
  if (streak.isOver || tally.areMembersSetAside(id)) return;
  const row = work.store.pending.row(id);
  if (row === undefined || row.targetId === null || row.intent !== "active" || row.doubt !== null) return;
  if (row.settleAt !== null && row.settleAt > work.clock.now()) return;
  const group: GroupAtTarget = {
    row,
    targetId: row.targetId,
    accepted: new Set(),
    refused: new Set(),
    isRead: false,
  };
  const ready = readyOnes(work, row, tally, reach);
  if (ready.length === 0) return;
  try {
    if (!work.store.claims.mayWrite("group", group.targetId)) {
      throw new ItemError(
        "collision",
        `group ${group.targetId} at the target now belongs to another connection`,
      );
    }
    await converge(work, group, ready, tally);
    streak.success();
  } catch (error) {
    notAll(work, group, failureOf(error), tally, streak);
  }
}

/** The memberships of a group that can be brought about now; what waits for somebody's account is counted. */
function readyOnes(work: Work, group: WideRow, tally: Tally, reach: Reach): PendingMembership[] {
  const now = work.clock.now();
  const mayBeSent = memberCheck(work, group);
  const wanted = work.store.memberships
    .pending(group.id, reach)
    .filter((each) => each.holdId === null && each.waits === 0 && mayBeSent(each))
    .filter((each) => reach.removalsOnly !== true || each.desired === 0)
    .filter((each) => reach.only !== undefined || (each.givenUp === null && (each.retryAt ?? now) <= now));
  const ready = wanted.filter((each) => each.targetId !== null);
  tally.waiting += wanted.length - ready.length;
  return ready;
}

/** A call on the whole group failed: what it was to bring about is tried again later, and the group itself is none the worse. */
function notAll(work: Work, group: GroupAtTarget, failure: CallFailure, tally: Tally, streak: Streak): void {
  if (failure.type === "fatal") throw failure.error;
  const now = work.clock.now();
  const { id, label, sourceId } = group.row;
  if (failure.type === "unknown") {
    tally.unknown += 1;
    streak.failure();
    work.store.memberships.settleLater(id, now + work.target.capabilities.settleMs);
    return;
  }
  const { message } = failure.error;
  const left = work.store.memberships
    .pending(id)
    .filter((each) => each.holdId === null && each.waits === 0 && each.targetId !== null)
    .filter((each) => !group.accepted.has(each.usr) && !group.refused.has(each.usr));
  const isRefused = failure.type === "refused";
  work.store.memberships.refuse(
    id,
    now,
    message,
    left.map((each) => ({ usr: each.usr, next: isRefused ? nextTryOf(work, each) : "next cycle" })),
  );
  if (isRefused) streak.success();
  else if (group.isRead) streak.failure(failure.error);
  else streak.unreadable(failure.error);
  tally.fail({ kind: "group", label, sourceId, action: "change members", message });
  tally.setMembersAside(id);
}

async function converge(
  work: Work,
  group: GroupAtTarget,
  wanted: readonly PendingMembership[],
  tally: Tally,
): Promise<void> {
  const first = await settleWhatStands(work, group, wanted);
  let left: readonly PendingMembership[] = withoutEffectless(work, group, first.left, tally);
  let before = first.members;
  const lostAtAll = new Set<number>();
  for (let round = 0; left.length > 0 && round < rounds; round++) {
    const accepted = new Set<number>();
    const { membersPerRequest } = work.target.capabilities;
    const adds = chunksOf(
      left.filter((each) => each.desired === 1),
      membersPerRequest,
    );
    // Services that take out the wrong ones mostly do so when several are to go at once.
    const removals = chunksOf(
      left.filter((each) => each.desired === 0),
      lostAtAll.size > 0 ? 1 : membersPerRequest,
    );
    let refusal: ItemError | undefined;
    for (const chunk of [...adds, ...removals]) {
      // Whoever may not come in keeps nobody from being taken out.
      if (refusal !== undefined && adds.includes(chunk)) continue;
      try {
        for (const usr of await sendChunk(work, group, chunk, tally)) {
          accepted.add(usr);
          group.accepted.add(usr);
        }
      } catch (error) {
        if (!(error instanceof ItemError) || removals.includes(chunk)) throw error;
        refusal = error;
      }
    }
    const sent = left.filter((each) => accepted.has(each.usr));
    const after = await settleWhatStands(work, group, sent, accepted);
    const lost = before && after.members ? noticeLost(work, group.row, after.members, before) : [];
    for (const usr of lost) lostAtAll.add(usr);
    tellLost(tally, group.row, lostAtAll.size);
    left = [
      ...after.left,
      ...work.store.memberships.pending(group.row.id).filter(({ usr }) => lost.includes(usr)),
    ];
    before = after.members;
    if (refusal !== undefined) throw refusal;
  }
  if (left.length === 0) return;
  for (const { usr } of left) group.accepted.delete(usr);
  throw new ItemError(
    "not-kept",
    `the target accepted changes of ${left.length} memberships but does not show them`,
    { hint: "see the target's own log; members may be limited, or read from a stale copy" },
  );
}

/** What a call without an answer did not bring about (not one that died with us): sent again at once the first time, later after that. */
function withoutEffectless(
  work: Work,
  group: GroupAtTarget,
  pending: readonly PendingMembership[],
  tally: Tally,
): PendingMembership[] {
  const now = work.clock.now();
  const { id, label, sourceId } = group.row;
  // What was told already is sent when its time has come; where members are hidden the doubt stands until then.
  const effectless = pending.filter(
    ({ doubt, error }) => doubt !== null && error !== null && error !== noEffect,
  );
  const later = new Map(
    effectless.map((each) => [each.usr, afterNoEffect(work, { ...each, isRemoval: each.desired === 0 })]),
  );
  work.store.memberships.refuse(
    id,
    now,
    noEffect,
    effectless.map(({ usr }) => ({ usr, next: later.get(usr) ?? now })),
  );
  const postponed = effectless.filter(({ usr }) => later.get(usr) !== undefined);
  if (postponed.length > 0) {
    // A target that hides its members says nothing of the effect: whoever is to leave meanwhile is taken out all the same.
    if (work.target.capabilities.membersReadable)
      work.store.memberships.undoubt(
        id,
        postponed.map(({ usr }) => usr),
      );
    for (const { usr } of postponed) group.refused.add(usr);
    tally.fail({ kind: "group", label, sourceId, action: "change members", message: noEffect });
    tally.setMembersAside(id);
  }
  return pending.filter(({ usr }) => !group.refused.has(usr));
}

/**
 * Reads the group and settles the memberships that stand as wanted; returns the others, and who is in the group where that was read. A target that does not show its members is believed:
 * what it just accepted stands.
 */
async function settleWhatStands(
  work: Work,
  group: GroupAtTarget,
  wanted: readonly PendingMembership[],
  accepted: ReadonlySet<number> = new Set(),
): Promise<{
  readonly left: readonly PendingMembership[];
  readonly members: ReadonlySet<string> | undefined;
}> {
  if (wanted.length === 0) return { left: [], members: undefined };
  const { row } = group;
  group.isRead = false;
  const { members, shown = members } = await membersNow(work, group, wanted);
  group.isRead = true;
  const isAsWanted = (each: PendingMembership) =>
    shown === undefined
      ? accepted.has(each.usr) || believed(each)
      : shown.has(each.targetId ?? "") === (each.desired === 1);
  const stands = wanted.filter(isAsWanted);
  work.store.transaction(() => {
    work.store.memberships.settle(
      row.id,
      work.clock.now(),
      stands.map((each) => ({ usr: each.usr, member: each.desired === 1 })),
    );
    const wasIn = (each: PendingMembership) => each.applied === 1 || accepted.has(each.usr);
    const removed = stands.filter((each) => each.desired === 0 && wasIn(each) && each.leaves === 0);
    const added = stands.filter((each) => each.desired === 1);
    work.store.window.countMembers(work.clock.now(), row.id, {
      removed: removed.map((each) => each.usr),
      added: added.map((each) => each.usr),
    });
  });
  return { left: wanted.filter((each) => !isAsWanted(each)), members };
}

/** All members, or only who of those wanted is one; neither where members cannot be read. */
async function membersNow(
  { target, store, abort }: Work,
  { row, targetId }: GroupAtTarget,
  wanted: readonly PendingMembership[],
): Promise<{ readonly members?: ReadonlySet<string>; readonly shown?: ReadonlySet<string> }> {
  if (!target.capabilities.membersReadable) return {};
  const { among } = target.groups;
  if (among === undefined || store.memberships.count(row.id).perhaps < wanted.length * timesAsMany)
    return { members: await target.groups.members(targetId, abort) };
  const ids = wanted.flatMap((each) => (each.targetId === null ? [] : [each.targetId]));
  return { shown: await among(targetId, ids, abort) };
}

/** Where members cannot be read, what was last accepted counts; after a call without an answer it is sent again (adding twice is harmless). */
function believed(each: PendingMembership): boolean {
  return each.doubt === null && each.applied === each.desired;
}

function nextTryOf(work: Work, each: PendingMembership) {
  return nextTry(work, { ...each, isRemoval: each.desired === 0 });
}
