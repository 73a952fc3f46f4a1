import { resources } from "../scim/api.ts";
import { areTooManyGone, lookAt, settle, type Walk } from "./reconcile-by-id.ts";

const pageSize = 100;

/**
 * Accounts of ours that the list did not show. That is no proof: each is asked for by id, unless there are so many that the list is wrong. Many
 * that are off, and are to be, prove nothing: some services do not list those, and who got access back would be listed.
 */
export async function compareMissing(walk: Walk, linked: number): Promise<void> {
  const { work, kind, notes } = walk;
  const name = work.config.name;
  const shown = notes.seenOf(kind);
  const most = Math.max(50, Math.floor(linked / 20));
  const missing: number[] = [];
  const off: number[] = [];
  for (const { id, isOff } of notListed(walk)) {
    (isOff === 1 ? off : missing).push(id);
    if (shown === 0 && missing.length > 0) {
      notes.problem ??= `${name}: the target answered without an error, but showed no ${kind}s at all; ${linked} are ours, and nothing was concluded`;
      return;
    }
    if (missing.length > most) {
      notes.problem ??= `${name}: more than ${most} of our ${linked} ${kind}s are not in the target's list; that is too many to be believed, and nothing was concluded`;
      return;
    }
  }
  if (off.length <= most) missing.push(...off);
  else for (const id of off) notes.leaveOut(id);
  // A list that ends too early and says that it is whole shows in the count, give or take who came meanwhile.
  const total = await resources(work.target, kind).count(work.abort);
  if (total !== undefined && total - shown - off.length > Math.max(2, Math.floor(total / 100)))
    notes.problem ??= `${name}: the target showed ${shown} of the ${total} ${kind}s that it says it holds; of the others only ours were compared`;
  for (let at = 0; at < missing.length; at += pageSize) {
    const looked = await lookAt(walk, missing.slice(at, at + pageSize));
    if (areTooManyGone(looked, linked)) {
      notes.problem ??= `${name}: most of our ${linked} ${kind}s are gone at the target; that is too many to be believed, and nothing was concluded`;
      return;
    }
    settle(walk, looked);
    work.signal.throwIfAborted();
  }
}

function* notListed({ work, kind, seen }: Walk): Iterable<{ readonly id: number; readonly isOff: number }> {
  for (let after = 0; ; ) {
    const page = work.store.comparison.linkedAfter(kind, after, 1_000);
    for (const row of page) if (!seen.has(row.id)) yield row;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}
