import { ItemError } from "../errors.ts";
import { boundTo } from "../store/approval.ts";
import type { MembershipBack } from "../store/put-back.ts";
import type { Answered } from "../store/rejections.ts";
import type { WideRow } from "../store/rows.ts";
import { privilegedGroups } from "./privileged.ts";
import { shieldOf } from "./protection.ts";
import { chunksOf } from "./send-members.ts";
import { idsOf, netOf } from "./undo-net.ts";
import { checkStopped, holdBack, type Undoing } from "./undo-send.ts";
import { type Left, laterThan } from "./undo-step.ts";
import { undoReason } from "./undo-words.ts";
import type { Work } from "./work.ts";
import { failureOf } from "./write.ts";

/** What undoing a run means for the members of one group, as they stand at the target now. */
export interface MembersStep {
  readonly group: WideRow;
  readonly targetId: string;
  readonly changes: readonly (MembershipBack & { readonly label: string; readonly targetId: string })[];
  readonly left: readonly Left[];
  readonly already: number;
  /** How many are in the group now. */
  readonly of: number;
  /** Whoever comes in gets rights by that. */
  readonly isPrivileged: boolean;
}

/** Looks at the members of one group that a run changed. `only`: one person's membership. Undefined when the run changed none. */
export async function membersStep(
  work: Work,
  undone: number,
  id: number,
  only?: string,
): Promise<MembersStep | undefined> {
  const { store } = work;
  const group = store.pending.row(id);
  if (group === undefined || group.kind !== "group") return undefined;
  const net = netOf(store.journal.of(undone, id));
  const members = [...net.members].filter(([sourceId]) => only === undefined || sourceId === only);
  if (members.length === 0) return undefined;
  const step = {
    group,
    targetId: group.targetId ?? "",
    changes: [],
    already: 0,
    of: 0,
    isPrivileged: privilegedGroups(work).has(id),
  };
  const whole = (why: string) => ({ ...step, left: [{ path: "", why }] });
  if (group.targetId === null || net.targetId !== group.targetId)
    return whole("is not linked to that group at the target any more");
  if (!store.claims.mayWrite("group", group.targetId)) return whole("belongs to another connection by now");
  const shield = shieldOf(work);
  const why = shield.aroundMembers(group);
  if (why !== undefined) return whole(`is protected: ${why}`);
  const there = await readMembers(work, group.targetId);
  if (there !== undefined && there !== "gone" && "problem" in there)
    return whole(`cannot be read at the target: ${there.problem}`);
  if (there === "gone") return whole(`is gone at the target (${group.targetId})`);
  const later = new Map(
    laterThan(work, undone, id).flatMap(({ run, after }) => idsOf(after).map((each) => [each, run] as const)),
  );
  const left: Left[] = [];
  const changes: MembersStep["changes"][number][] = [];
  let already = 0;
  for (const [sourceId, member] of members) {
    const user = store.comparison.bySourceId("user", sourceId);
    const label = user?.label ?? "";
    const say = (why: string) => left.push({ path: label === "" ? sourceId : label, why });
    const isThere =
      there === undefined
        ? user !== undefined && store.putBack.isApplied(id, user.id)
        : there.has(user?.targetId ?? "");
    const laterRun = later.get(sourceId);
    if (user === undefined || user.targetId === null) say("has no account any more");
    else if (isThere !== member) already += 1;
    else if (user.outside === 1) say("is outside of the pilot");
    else if (laterRun !== undefined) say(`changed again by run ${laterRun}`);
    else if (!shield.isIdle && shield.aroundMembers(user) !== undefined)
      say(`is protected: ${shield.aroundMembers(user)}`);
    else changes.push({ usr: user.id, sourceId, label, targetId: user.targetId, member: !member });
  }
  const of = there?.size ?? store.memberships.count(id).applied;
  return { ...step, changes, left, already, of };
}

/** Undefined where the target does not show them. */
async function readMembers(
  { target, abort }: Work,
  targetId: string,
): Promise<ReadonlySet<string> | { readonly problem: string } | undefined | "gone"> {
  if (!target.capabilities.membersReadable) return undefined;
  try {
    return await target.groups.members(targetId, abort);
  } catch (error) {
    if (error instanceof ItemError) return error.code === "not-found" ? "gone" : { problem: error.message };
    throw error;
  }
}

/** Sends what is to be put back, in chunks: who comes back first, then who goes. */
export async function sendMembersBack(undoing: Undoing, step: MembersStep): Promise<void> {
  const { work, held, streak } = undoing;
  for (const member of [true, false]) {
    if (held.has(member ? "privileged-additions" : "member-removals") && (!member || step.isPrivileged))
      continue;
    const part = step.changes.filter((each) => each.member === member);
    for (const chunk of chunksOf(part, work.target.capabilities.membersPerRequest)) {
      if (streak.isOver) return;
      await sendChunkBack(undoing, step, chunk);
    }
  }
}

async function sendChunkBack(
  undoing: Undoing,
  step: MembersStep,
  chunk: MembersStep["changes"],
): Promise<void> {
  const { group, targetId } = step;
  const { work, tally, streak, letThrough } = undoing;
  const { store } = work;
  checkStopped(undoing);
  const at = work.clock.now();
  const call = {
    run: work.run,
    at,
    actor: work.actor,
    reason: undoReason(undoing.run, undoing.reason),
    group: { id: group.id, sourceId: group.sourceId, targetId },
    changes: chunk,
  };
  const seq = store.transaction(() => {
    approve(undoing, step, chunk, at);
    const attempt = store.putBack.mark(call);
    holdBack(
      undoing,
      chunk.map((each) => heldBack(work, group.id, each)),
    );
    return attempt;
  });
  const ids = (member: boolean) =>
    chunk.filter((each) => each.member === member).map((each) => each.targetId);
  try {
    await work.target.groups.changeMembers(
      targetId,
      { add: ids(true), remove: ids(false) },
      { signal: work.abort },
    );
    store.transaction(() => {
      const now = work.clock.now();
      store.audit.outcome(seq, now, work.run, "done");
      store.putBack.settle(group.id, now, chunk);
      const removed = chunk.filter(({ member }) => !member).map(({ usr }) => usr);
      const added = chunk.filter(({ member }) => member).map(({ usr }) => usr);
      if (!letThrough.has("member-removals")) store.window.countMembers(now, group.id, { removed, added });
    });
    streak.success();
    tally.done(ids(true).length > 0 ? "add member" : "remove member", chunk.length);
  } catch (error) {
    const failure = failureOf(error);
    const message = failure.type === "unknown" ? failure.message : failure.error.message;
    store.transaction(() => {
      const now = work.clock.now();
      store.audit.outcome(seq, now, work.run, failure.type === "unknown" ? "unknown" : "failed", { message });
      if (failure.type !== "unknown") return store.putBack.fail(group.id, chunk);
      store.memberships.settleLater(group.id, now + work.target.capabilities.settleMs);
    });
    if (failure.type === "fatal") throw failure.error;
    if (failure.type === "unknown") {
      tally.unknown += 1;
      streak.failure();
    } else if (failure.type === "refused") streak.success();
    else streak.failure(failure.error);
    const { label, sourceId } = group;
    tally.fail({ kind: "group", label, sourceId, action: "change members", message });
  }
}

function approve(
  { work, run, reason, letThrough }: Undoing,
  { group, isPrivileged }: MembersStep,
  chunk: MembersStep["changes"],
  at: number,
): void {
  for (const { usr, sourceId, targetId, member } of chunk) {
    const name = member ? "privileged-additions" : "member-removals";
    if (!letThrough.has(name) || (member && !isPrivileged)) continue;
    work.store.audit.approval(work.run, work.actor, at, {
      resource: usr,
      kind: "user",
      sourceId,
      targetId,
      action: `approve ${name}`,
      reason: undoReason(run, reason),
      before: null,
      after: { group: group.label },
    });
  }
}

/** What the directory says of this membership must not simply be done again. */
function heldBack({ store }: Work, grp: number, { usr, member }: MembershipBack): Answered | undefined {
  const joins = store.putBack.isWanted(grp, usr);
  if (joins === member) return undefined;
  return {
    resource: usr,
    grp,
    class: joins ? "changes" : "member-removals",
    bound: boundTo({ id: usr, grp, joins, desired: null }),
  };
}
