import pLimit from "p-limit";
import { ConnectionError, CredentialsRefused, ItemError } from "../errors.ts";
import { resources } from "../scim/api.ts";
import { isEmpty } from "../scim/compare.ts";
import { knownPath, readPath } from "../scim/path.ts";
import type { Kind, StoredResource } from "../scim/resource.ts";
import { Bits } from "../store/bits.ts";
import type { WideRow } from "../store/rows.ts";
import { followedOf } from "./action.ts";
import { everyOne } from "./every-one.ts";
import type { ReconcileNotes } from "./reconcile-notes.ts";
import { compareObject, isSettled } from "./reconcile-object.ts";
import { compareStranger, type Twin } from "./reconcile-stranger.ts";
import type { Work } from "./work.ts";

/** Resources compared in one transaction. */
const pageSize = 200;
/** A target that does not list is asked for so many of our accounts one by one in a run; the next run goes on from there. */
const mostById = 1_000;
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

interface Walk {
  readonly work: Work;
  readonly kind: Kind;
  readonly notes: ReconcileNotes;
  /** Our rows that were listed. */
  readonly seen: Bits;
  /** Paths that the list was found not to show. */
  readonly unlisted: Set<string>;
  readonly twins: Twin[];
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

interface Looked {
  readonly id: number;
  /** Undefined: gone. */
  readonly current: StoredResource | undefined;
}

async function lookAt({ work, kind, notes }: Walk, ids: readonly number[]): Promise<readonly Looked[]> {
  const api = resources(work.target, kind);
  const limit = pLimit(work.target.capabilities.concurrency);
  const looked = await everyOne(ids, limit, async (id): Promise<Looked | undefined> => {
    const targetId = work.store.pending.row(id)?.targetId ?? "";
    try {
      return { id, current: await api.get(targetId, work.abort) };
    } catch (error) {
      // A target that cannot show this one may well show the others.
      if (!(error instanceof ItemError)) throw error;
      notes.gap(`some ${kind}s of ours could not be read: ${error.message}`);
      return undefined;
    }
  });
  return looked.filter((each) => each !== undefined);
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

/** Writes down what was seen by id, one transaction a window. */
function settle({ work, kind, notes }: Walk, looked: readonly Looked[]): void {
  const { store, run, clock } = work;
  store.transaction(() => {
    for (const { id, current } of looked) {
      const row = store.pending.row(id);
      if (row === undefined || row.doubt !== null || !isSettled(work, row)) continue;
      if (current === undefined) {
        vanished(work, row, notes);
        continue;
      }
      const seen = store.claims.mayWrite(kind, current.id) ? compareObject(work, row, current) : undefined;
      if (seen === undefined) continue;
      for (const each of seen.found) notes.found(kind, row.label, each);
      if (seen.correction !== undefined) store.comparison.correct(run, clock.now(), seen.correction);
      for (const { path, applied } of seen.references)
        store.comparison.correctReference(run, row.id, path, applied);
    }
  });
}

/** The account or group is gone at the target. Who is to have one is looked up and created again; for the others nothing is left to do. */
function vanished({ store, clock }: Work, row: WideRow, notes: ReconcileNotes): void {
  const targetId = row.targetId ?? "";
  if (row.intent !== "active") {
    const done = { targetId, intent: "deleted", applied: row.desired, body: {} } as const;
    store.outcomes.settleQuietly(clock.now(), row.id, done);
    return;
  }
  const finding = {
    type: "vanished",
    resource: row.id,
    path: "account",
    ours: targetId,
    theirs: null,
  } as const;
  notes.found(row.kind, row.label, {
    finding,
    times: store.findings.timesFound(finding, clock.now()),
  });
  store.outcomes.unlink(row.id);
}

/** Accounts of ours that the list did not show. That is no proof: each is asked for by id, unless there are so many that the list is wrong. */
async function compareMissing(walk: Walk, linked: number): Promise<void> {
  const { work, kind, notes } = walk;
  const shown = notes.seenOf(kind);
  const total = await countOf(work, kind);
  if (shown === 0) {
    notes.problem ??= `${work.config.name}: the target answered without an error, but showed no ${kind}s at all; ${linked} are ours, and nothing was concluded`;
    return;
  }
  if (total !== undefined && shown < total)
    notes.problem ??= `${work.config.name}: the target showed ${shown} of the ${total} ${kind}s that it says it holds; those that it did not show were not compared as others`;
  const missing: number[] = [];
  const most = Math.max(50, Math.floor(linked / 20));
  for (const { id } of notListed(walk)) {
    missing.push(id);
    if (missing.length <= most) continue;
    notes.problem ??= `${work.config.name}: more than ${most} of our ${linked} ${kind}s are not in the target's list; that is too many to be believed, and nothing was concluded`;
    return;
  }
  for (let at = 0; at < missing.length; at += 100) {
    settle(walk, await lookAt(walk, missing.slice(at, at + 100)));
    work.signal.throwIfAborted();
  }
}

/** A list that ends too early and says that it is whole shows in the count; a service that does not count says nothing. */
async function countOf(work: Work, kind: Kind): Promise<number | undefined> {
  return resources(work.target, kind).count(work.abort);
}

function* notListed({ work, kind, seen }: Walk): Iterable<{ readonly id: number }> {
  for (let after = 0; ; ) {
    const page = work.store.comparison.linkedAfter(kind, after, 1_000);
    for (const row of page) if (!seen.has(row.id)) yield row;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

/** Without a list: our own accounts one by one, so many a run, in turn. */
async function compareById(walk: Walk, linked: number): Promise<void> {
  const { work, kind, notes } = walk;
  const key = `reconciled_${kind}` as const;
  let after = work.store.meta.number(key);
  for (let done = 0; done < Math.min(mostById, linked); ) {
    const page = work.store.comparison.linkedAfter(kind, after, Math.min(100, mostById - done));
    const last = page.at(-1);
    if (last === undefined) {
      if (after === 0) break;
      after = 0;
      continue;
    }
    const looked = await lookAt(
      walk,
      page.map(({ id }) => id),
    );
    for (const { current } of looked) if (current !== undefined) notes.seen(kind, true);
    settle(walk, looked);
    done += page.length;
    after = last.id;
    work.store.meta.set(key, String(after));
    work.signal.throwIfAborted();
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
