import pLimit from "p-limit";
import { ItemError } from "../errors.ts";
import { resources } from "../scim/api.ts";
import type { Kind, StoredResource } from "../scim/resource.ts";
import type { Bits } from "../store/bits.ts";
import type { WideRow } from "../store/rows.ts";
import { everyOne } from "./every-one.ts";
import type { ReconcileNotes } from "./reconcile-notes.ts";
import { compareObject, isSettled } from "./reconcile-object.ts";
import type { Twin } from "./reconcile-stranger.ts";
import type { Work } from "./work.ts";

/** A target that does not list is asked for so many of our accounts one by one in a run; the next run goes on from there. */
const mostById = 1_000;

/** One comparison of all accounts, or all groups. */
export interface Walk {
  readonly work: Work;
  readonly kind: Kind;
  readonly notes: ReconcileNotes;
  /** Our rows that were listed. */
  readonly seen: Bits;
  /** Paths that the list was found not to show. */
  readonly unlisted: Set<string>;
  readonly twins: Twin[];
}

/** One of our rows, and what stands there. */
export interface Looked {
  readonly id: number;
  /** Undefined: gone. */
  readonly current: StoredResource | undefined;
}

/** Reads accounts or groups of ours by id. */
export async function lookAt(
  { work, kind, notes }: Walk,
  ids: readonly number[],
): Promise<readonly Looked[]> {
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

/** Writes down what was seen by id, one transaction a window. */
export function settle({ work, kind, notes }: Walk, looked: readonly Looked[]): void {
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

/** Where three or more are gone, and more than half, it is the target that is another one, or answers wrongly. */
export function areTooManyGone(looked: readonly Looked[], of: number): boolean {
  const gone = looked.filter(({ current }) => current === undefined).length;
  return gone >= 3 && gone > of / 2;
}

/** Without a list: our own accounts one by one, so many a run, in turn. */
export async function compareById(walk: Walk, linked: number): Promise<void> {
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
    if (areTooManyGone(looked, looked.length)) {
      notes.problem ??= `${work.config.name}: most of ${looked.length} of our ${kind}s are gone at the target; that is too many to be believed, and nothing was concluded`;
      return;
    }
    for (const { current } of looked) if (current !== undefined) notes.seen(kind, true);
    settle(walk, looked);
    done += page.length;
    after = last.id;
    work.store.meta.set(key, String(after));
    work.signal.throwIfAborted();
  }
}
