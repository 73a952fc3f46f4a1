import pLimit from "p-limit";
import { type ItemError, isRollcallError } from "../errors.ts";
import { resources } from "../scim/api.ts";
import { sameText } from "../scim/filter.ts";
import { knownPath, readPath } from "../scim/path.ts";
import type { Kind, StoredResource } from "../scim/resource.ts";
import type { Match } from "../store/matches.ts";
import type { WideRow } from "../store/rows.ts";
import { everyOne } from "./every-one.ts";
import { linkedGroup, linkedGroups } from "./linked-groups.ts";
import { chosen, refuseSecond } from "./match-choice.ts";
import { givesUp } from "./name-conflicts.ts";
import { nextTryOf } from "./retry.ts";
import { Streak } from "./streak.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";
import { failureOf } from "./write.ts";

/** A match older than this is looked up again before it is used, in ms. */
const freshForMs = 10 * 60_000;

/** Matches since then are used as they are. Never those of an earlier run: its state folder may be a backup that was put back. */
export function freshSince({ clock, startedAt }: Pick<Work, "clock" | "startedAt">): number {
  return Math.max(clock.now() - freshForMs, startedAt);
}

/** A match of somebody who waits anyway (held, or left alone) is looked up again after this, in ms; whoever uses it compares it again. */
const knownForMs = 24 * 3_600_000;

type Since = Parameters<Work["store"]["matches"]["wanting"]>[3];

/** From this many people on, reading the target's list is weighed against looking each of them up. */
const manyLookUps = 50;

/**
 * Looks up, before anything is decided, whether people and groups without a link exist at the target already: by each match attribute in
 * order, stopping at the first that hits. Several hits are an error of that person, never a guess.
 */
export async function match(work: Work, tally: Tally, only?: number): Promise<number> {
  let looked = 0;
  work.store.claims.announcements.forget(work.clock.now());
  work.store.claims.granted((sourceIds) => work.store.matches.again(sourceIds));
  const streak = new Streak(work, tally);
  for (const kind of ["user", "group"] as const) {
    const now = work.clock.now();
    const since = { now, fresh: freshSince(work), known: now - knownForMs };
    const first = work.store.matches.wanting(kind, 0, manyLookUps + 1, since, only);
    if (first.length === 0) continue;
    const inList =
      filterable(work, kind).length === 0 ||
      (first.length > manyLookUps && (await listIsCheaper(work, kind, since)));
    const list = inList ? await index(work, kind, since, only) : undefined;
    const links = kind === "group" ? linkedGroups(work) : undefined;
    // Whoever is looked for is not there, as in every first sync into an empty application: nobody has to be read for that.
    if (list?.size === 0 && (links?.size ?? 0) === 0 && !work.store.claims.someHandedOver) {
      streak.success();
      for (const n of work.store.matches.nobody(kind, now, since, only)) {
        looked += n;
        work.progress({ step: "match", done: looked });
        work.signal.throwIfAborted();
      }
      continue;
    }
    for (let after = 0; ; ) {
      const page = work.store.matches.wanting(kind, after, 200, since, only);
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.id;
      // Before they are asked for: what another connection makes meanwhile was not seen.
      const at = list === undefined ? work.clock.now() : now;
      const limit = pLimit(list === undefined ? work.target.capabilities.concurrency : 1);
      const inGeneral = async (row: WideRow) =>
        list === undefined ? lookUp(work, kind, row) : inIndex(work, kind, row, list);
      const found = await everyOne(page, limit, (row) => {
        const link = links?.get(row.sourceId);
        const look = () => (link === undefined ? inGeneral(row) : linkedGroup(work, row, link));
        return matchOne(work, kind, row, look, tally, streak);
      });
      work.store.matches.record(
        at,
        found.filter((each) => each !== undefined),
      );
      looked += page.length;
      work.progress({ step: "match", done: looked });
      await streak.endIfOver();
      work.signal.throwIfAborted();
    }
  }
  return looked;
}

/** The accounts that hold one of somebody's match values, by the first attribute that hits. */
export async function lookUp(
  work: Work,
  kind: Kind,
  row: WideRow,
): Promise<{ readonly path: string; readonly hits: readonly StoredResource[] } | undefined> {
  for (const path of findable(work, kind)) {
    const value = row.body[path];
    if (typeof value !== "string" || value === "") continue;
    const hits = staying(work, kind, path, value, await find(work, kind, path, value));
    if (hits.length > 0) return { path, hits };
  }
  return undefined;
}

/** An account of ours that is about to give the value up to somebody is nobody's match: whoever gets it next waits for that. */
function staying(
  work: Work,
  kind: Kind,
  path: string,
  value: string,
  hits: readonly StoredResource[],
): readonly StoredResource[] {
  return hits.filter((hit) => {
    const linked = work.store.matches.linkedTo(kind, hit.id);
    const row = linked === undefined ? undefined : work.store.pending.row(linked.id);
    return row === undefined || !givesUp(row, path, value);
  });
}

/** The match attributes that accounts can be found by: those that the target can filter on, or all of them where its list has to be read. */
export function findable(work: Work, kind: Kind): readonly string[] {
  const paths = filterable(work, kind);
  return paths.length > 0 ? paths : work.mapping.match[kind];
}

/** Accounts with this value; from the whole list at a target that cannot filter. */
export async function find(
  work: Work,
  kind: Kind,
  path: string,
  value: string,
): Promise<readonly StoredResource[]> {
  const api = resources(work.target, kind);
  if (filterable(work, kind).length > 0) return api.find(path, value, work.abort);
  const hits: StoredResource[] = [];
  for await (const each of api.list(work.abort)) if (holds(each, path, value)) hits.push(each);
  return hits;
}

function holds(resource: StoredResource, path: string, value: string): boolean {
  const theirs = readPath(resource, knownPath(path));
  return typeof theirs === "string" && sameText(path, value, theirs);
}

function filterable(work: Work, kind: Kind): readonly string[] {
  return work.mapping.match[kind].filter((path) => work.target.capabilities.filter[kind].includes(path));
}

type Index = ReadonlyMap<string, readonly StoredResource[]>;

async function matchOne(
  work: Work,
  kind: Kind,
  row: WideRow,
  look: () => ReturnType<typeof lookUp>,
  tally: Tally,
  streak: Streak,
): Promise<Match | undefined> {
  if (streak.isOver) return undefined;
  try {
    refuseSecond(work, row);
    const found = await look();
    streak.success();
    if (found === undefined) return { id: row.id, targetId: null, by: null, note: null };
    return { id: row.id, ...chosen(work, row, found) };
  } catch (error) {
    const failure = failureOf(error);
    if (failure.type === "fatal" || !isRollcallError(error)) throw error;
    const now = work.clock.now();
    if (failure.type === "refused") {
      // What an earlier look found is no match any more, and nobody is asked about it.
      if (isFinding(failure.error) && row.matchId !== null)
        work.store.matches.record(0, [{ id: row.id, targetId: null, by: null, note: null }]);
      work.store.outcomes.fail(now, row.id, failure.error.code, error.message, nextTryOf(work, row));
      if (isFinding(failure.error)) {
        // What was found is not tried in this run; a look-up that was refused is made again before the account would be.
        const { label, sourceId } = row;
        tally.fail({ kind, label, sourceId, action: "match", message: error.message });
        tally.setAside(row.id);
      }
    } else {
      streak.unreadable(error);
      work.store.outcomes.fail(now, row.id, "unavailable", error.message, now);
    }
    return undefined;
  }
}

function isFinding({ code }: ItemError): boolean {
  return code === "duplicate" || code === "collision";
}

/** Reading the target's whole list costs a request a hundred accounts; looking up costs one a person and attribute. */
async function listIsCheaper(work: Work, kind: Kind, since: Since): Promise<boolean> {
  const total = await resources(work.target, kind).count(work.abort);
  if (total === undefined) return false;
  const perPerson = filterable(work, kind).length / 2;
  // More than these need not be counted.
  const enough = Math.floor(total / 100 / perPerson) + 1;
  return total / 100 < work.store.matches.count(kind, enough, since) * perPerson;
}

/** A list up to this long is kept as it is: to ask whom of it somebody is looked for would cost a read of everybody who is. */
const shortList = 1000;

/** The target's list; of a long one only what somebody of ours is looked for by. */
async function index(work: Work, kind: Kind, since: Since, only: number | undefined): Promise<Index> {
  const paths = work.mapping.match[kind];
  const found = new Map<string, StoredResource[]>();
  let wanted: ReadonlySet<string> | undefined;
  let listed = 0;
  for await (const resource of resources(work.target, kind).list(work.abort)) {
    listed += 1;
    if (listed > shortList && wanted === undefined) {
      wanted = wantedKeys(work, kind, since, only);
      for (const at of found.keys()) if (!wanted.has(at)) found.delete(at);
    }
    for (const path of paths) {
      const at = key(path, readPath(resource, knownPath(path)));
      if (wanted?.has(at) !== false) found.set(at, [...(found.get(at) ?? []), resource]);
    }
  }
  return found;
}

/** What those who have no account are looked for by. */
function wantedKeys(work: Work, kind: Kind, since: Since, only: number | undefined): ReadonlySet<string> {
  const wanted = new Set<string>();
  for (let after = 0; ; ) {
    const page = work.store.matches.wanting(kind, after, 500, since, only);
    for (const row of page)
      for (const path of work.mapping.match[kind]) wanted.add(key(path, row.body[path]));
    const last = page.at(-1);
    if (last === undefined) return wanted;
    after = last.id;
  }
}

function inIndex(work: Work, kind: Kind, row: WideRow, list: Index) {
  for (const path of work.mapping.match[kind]) {
    const value = row.body[path];
    if (typeof value !== "string" || value === "") continue;
    const there = (list.get(key(path, value)) ?? []).filter((hit) => holds(hit, path, value));
    const hits = staying(work, kind, path, value, there);
    if (hits.length > 0) return { path, hits };
  }
  return undefined;
}

function key(path: string, value: unknown): string {
  return `${path}\n${typeof value === "string" ? value.toLowerCase() : ""}`;
}
