import { ConnectionError, CredentialsRefused, ItemError } from "../errors.ts";
import { resources } from "../scim/api.ts";
import { isEmpty } from "../scim/compare.ts";
import { knownPath, readPath } from "../scim/path.ts";
import type { Kind, StoredResource } from "../scim/resource.ts";
import { Bits } from "../store/bits.ts";
import type { WideRow } from "../store/rows.ts";
import { followedOf } from "./action.ts";
import { compareById, lookAt, settle, type Walk } from "./reconcile-by-id.ts";
import { compareMissing } from "./reconcile-missing.ts";
import type { ReconcileNotes } from "./reconcile-notes.ts";
import { compareObject, isSettled } from "./reconcile-object.ts";
import { compareStranger } from "./reconcile-stranger.ts";
import type { Work } from "./work.ts";

/** Resources compared in one transaction. */
const pageSize = 200;
/** So many second accounts are named. */
const mostTwins = 1_000;

/**
 * Compares every account (or group) that the target lists with our row of it, page by page, and then asks for those of ours that were not
 * listed. What differs is read again by id before it is believed.
 */
export async function compareAll(work: Work, kind: Kind, notes: ReconcileNotes): Promise<void> {
  const linked = work.store.comparison.countLinked(kind);
  const seen = new Bits();
  const walk: Walk = { work, kind, notes, seen, unlisted: new Set(), twins: [] };
  if (!(await compareListed(walk, linked))) return;
  if (linked > 0) await compareMissing(walk, linked);
  nameTwins(walk);
}

/** False when the target has no list to compare. */
async function compareListed(walk: Walk, linked: number): Promise<boolean> {
  const { work, kind, notes } = walk;
  let page: StoredResource[] = [];
  try {
    for await (const resource of resources(work.target, kind).list(work.abort)) {
      page.push(resource);
      if (page.length < pageSize) continue;
      await comparePage(walk, page);
      page = [];
    }
  } catch (error) {
    if (notes.seenOf(kind) > 0 || page.length > 0 || !refusesList(error)) throw error;
    notes.gap(`the target does not list its ${kind}s: ours were asked for one by one, others are not known`);
    await compareById(walk, linked);
    return false;
  }
  await comparePage(walk, page);
  return true;
}

/** A service may let us read and write accounts and still not list them: that alone is no reason to stop. */
function refusesList(error: unknown): boolean {
  return (
    error instanceof ItemError || error instanceof ConnectionError || error instanceof CredentialsRefused
  );
}

async function comparePage(walk: Walk, page: readonly StoredResource[]): Promise<void> {
  const { work, kind, notes, seen } = walk;
  const suspects: { readonly id: number; readonly current: StoredResource }[] = [];
  work.store.transaction(() => {
    for (const current of page) {
      const row = work.store.comparison.linked(kind, current.id);
      // Listed twice, it is one.
      if (row !== undefined && seen.has(row.id)) continue;
      notes.seen(kind, row !== undefined);
      if (row === undefined) {
        const twin = compareStranger(work, kind, current, notes);
        if (twin !== undefined && walk.twins.length < mostTwins) walk.twins.push(twin);
        continue;
      }
      seen.add(row.id);
      if (differs(walk, row, current)) suspects.push({ id: row.id, current });
    }
  });
  await confirm(walk, suspects);
  work.progress({ step: "reconcile", done: notes.seenOf("user") + notes.seenOf("group") });
  work.signal.throwIfAborted();
}

function differs(walk: Walk, row: WideRow, current: StoredResource): boolean {
  return compareObject(walk.work, row, current, walk.unlisted) !== undefined && isSettled(walk.work, row);
}

/** Some lists show less than there is, and some are older: what differs is read by id, and only then believed. */
async function confirm(
  walk: Walk,
  suspects: readonly { readonly id: number; readonly current: StoredResource }[],
): Promise<void> {
  const { work } = walk;
  const { concurrency } = work.target.capabilities;
  for (let at = 0; at < suspects.length; at += concurrency) {
    const window = suspects.slice(at, at + concurrency).filter(({ id, current }) => {
      const row = walk.unlisted.size === 0 ? undefined : work.store.pending.row(id);
      return row === undefined || differs(walk, row, current);
    });
    const found = await lookAt(
      walk,
      window.map(({ id }) => id),
    );
    for (const { id, current: whole } of found) {
      const listed = window.find((each) => each.id === id)?.current;
      if (whole !== undefined && listed !== undefined) learn(walk, id, listed, whole);
    }
    settle(walk, found);
    work.signal.throwIfAborted();
  }
}

/** What stands by id and not in the list cannot be compared by the list. */
function learn({ work, unlisted }: Walk, id: number, listed: StoredResource, whole: StoredResource): void {
  const row = work.store.pending.row(id);
  if (row === undefined) return;
  const references = work.store.comparison.referencesOf(id).map(({ path }) => path);
  for (const text of [...Object.keys(followedOf(row)), ...references]) {
    const path = knownPath(text);
    if (isEmpty(readPath(listed, path)) && !isEmpty(readPath(whole, path))) unlisted.add(text);
  }
}

/** Second accounts of people who still have theirs. */
function nameTwins({ work, kind, notes, twins }: Walk): void {
  work.store.transaction(() => {
    for (const { row: id, targetId } of twins) {
      const row = work.store.pending.row(id);
      if (row === undefined || row.targetId === null || row.targetId === targetId) continue;
      const finding = {
        type: "duplicate",
        resource: id,
        path: "account",
        ours: row.targetId,
        theirs: targetId,
      } as const;
      notes.found(kind, row.label, { finding });
    }
  });
}
