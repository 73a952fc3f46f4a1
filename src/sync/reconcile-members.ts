import pLimit from "p-limit";
import { ItemError } from "../errors.ts";
import type { WideRow } from "../store/rows.ts";
import { everyOne } from "./every-one.ts";
import type { ReconcileNotes } from "./reconcile-notes.ts";
import { isSettled, mostTimes } from "./reconcile-object.ts";
import type { Work } from "./work.ts";

/**
 * Compares the members of every group of ours with what we believe: whom somebody took out comes back, whom somebody put in goes, if they are
 * people of ours. Members whom we do not manage stay.
 */
export async function compareMembers(work: Work, notes: ReconcileNotes): Promise<void> {
  const { capabilities } = work.target;
  if (!capabilities.membersReadable) {
    if (work.store.comparison.countLinked("group") > 0)
      notes.gap("the target does not show who is in its groups: memberships were not compared");
    return;
  }
  const limit = pLimit(capabilities.concurrency);
  let done = 0;
  for (let after = 0; ; ) {
    const page = work.store.comparison.linkedAfter("group", after, 100);
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
    await everyOne(page, limit, ({ id }) => compareGroup(work, id, notes));
    done += page.length;
    work.progress({
      step: "reconcile",
      done: notes.seenOf("user") + notes.seenOf("group"),
      note: `members of ${done} groups`,
    });
    work.signal.throwIfAborted();
  }
}

async function compareGroup(work: Work, id: number, notes: ReconcileNotes): Promise<void> {
  const group = comparable(work, id);
  if (group?.targetId === undefined || group.targetId === null) return;
  try {
    const members = await work.target.groups.members(group.targetId, work.abort);
    work.store.transaction(() => settle(work, group, members, notes));
  } catch (error) {
    // Gone since it was listed, or not to be shown: the others go on.
    if (!(error instanceof ItemError)) throw error;
    notes.gap(`members of some groups could not be read: ${error.message}`);
  }
}

function comparable(work: Work, id: number): WideRow | undefined {
  const group = work.store.pending.row(id);
  if (group === undefined || group.intent !== "active" || group.doubt !== null || group.settleAt !== null)
    return undefined;
  if (group.targetId === null || !work.store.claims.mayWrite("group", group.targetId)) return undefined;
  return isSettled(work, group) ? group : undefined;
}

function settle(work: Work, group: WideRow, members: ReadonlySet<string>, notes: ReconcileNotes): void {
  const { store, run } = work;
  const others = new Set(members);
  for (const { usr, targetId, desired, applied, doubt } of store.comparison.membershipsOf(group.id)) {
    if (targetId === null) continue;
    const isThere = others.delete(targetId);
    if (doubt !== null || desired !== 1 || applied !== 1 || isThere || notes.isLeftOut(usr)) continue;
    const finding = {
      type: "member-removed",
      resource: usr,
      grp: group.id,
      path: "members",
      ours: true,
      theirs: false,
    } as const;
    const times = store.findings.timesFound(finding, work.clock.now());
    const label = store.pending.row(usr)?.label ?? "";
    if (times >= mostTimes) {
      notes.found("user", label, { finding: { ...finding, type: "contested" }, times }, group.label);
      continue;
    }
    notes.found("user", label, { finding, times }, group.label);
    store.comparison.correctMembership(run, group.id, usr, 0);
  }
  let unmanaged = 0;
  for (const targetId of others) {
    const user = store.comparison.linked("user", targetId);
    // Who is kept as they are is left as they are.
    if (user === undefined || user.intent === "keep") unmanaged += 1;
    else if (user.doubt === null) {
      // With a link that was lost, its memberships were: nobody added them.
      if (user.linkedAt === null || user.linkedAt < work.startedAt) added(work, group, user, notes);
      store.comparison.correctMembership(run, group.id, user.id, 1);
    }
  }
  notes.unmanagedMembers(unmanaged);
}

function added({ store, clock }: Work, group: WideRow, user: WideRow, notes: ReconcileNotes): void {
  const finding = {
    type: "member-added",
    resource: user.id,
    grp: group.id,
    path: "members",
    ours: false,
    theirs: true,
  } as const;
  notes.found(
    "user",
    user.label,
    { finding, times: store.findings.timesFound(finding, clock.now()) },
    group.label,
  );
}
