import type pLimit from "p-limit";
import type { WideRow } from "../store/rows.ts";
import { everyOne } from "./every-one.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";
import { failureOf } from "./write.ts";

/**
 * A service that is asked for one change of a group may make another: there are those that empty it when it is renamed, or take out everybody when
 * one member is to go. `members` is who is in it now, `before` who was in it just before the call (undefined: not known). Who is gone without having
 * been asked for is no longer believed to be a member, so that they are pending again. Returns their rows.
 */
export function noticeLost(
  work: Work,
  group: WideRow,
  members: ReadonlySet<string>,
  before?: ReadonlySet<string>,
): readonly number[] {
  const { store } = work;
  const lost = store.comparison
    .membershipsOf(group.id)
    .filter((each) => each.desired === 1 && each.applied === 1 && each.doubt === null)
    .filter(({ targetId }) => targetId !== null && !members.has(targetId) && before?.has(targetId) !== false)
    .map(({ usr }) => usr);
  if (lost.length === 0) return lost;
  store.transaction(() => {
    for (const usr of lost) store.comparison.correctMembership(work.run, group.id, usr, 0);
  });
  work.log.warn(
    { connection: work.config.name, group: group.sourceId, lost: lost.length },
    "a change of a group took other members out of it",
  );
  return lost;
}

/** Says that the target does more to this group than it is asked to. */
export function tellLost(tally: Tally, { label, sourceId }: WideRow, lost: number): void {
  if (lost === 0) return;
  const others = `${lost} other ${lost === 1 ? "member" : "members"}`;
  const message = `${others} of the group ${lost === 1 ? "is" : "are"} gone at the target since it was changed, which nobody asked for; they are put back`;
  tally.fail({ kind: "group", label, sourceId, action: "lost members", message });
}

/**
 * Reads the members of groups whose own values were just written; whom that cost their membership is put back with the members, which come next.
 * What cannot be read now is compared by the next look at the whole target.
 */
export async function lookAfterMembers(
  work: Work,
  groups: readonly WideRow[],
  limit: ReturnType<typeof pLimit>,
  tally: Tally,
): Promise<void> {
  if (!work.target.capabilities.membersReadable) return;
  const { comparison } = work.store;
  const written = groups.filter(({ id }) => comparison.lastWrittenAt(id) >= work.startedAt);
  let isSilent = false;
  await everyOne(written, limit, async (group) => {
    if (group.targetId === null || isSilent) return;
    try {
      const members = await work.target.groups.members(group.targetId, work.abort);
      tellLost(tally, group, noticeLost(work, group, members).length);
    } catch (error) {
      const failure = failureOf(error);
      if (failure.type === "fatal") throw failure.error;
      isSilent = failure.type !== "refused";
    }
  });
}
