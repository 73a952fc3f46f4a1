import pLimit from "p-limit";
import { ItemError } from "../errors.ts";
import { resources } from "../scim/api.ts";
import { sameText } from "../scim/filter.ts";
import { knownPath, readPath } from "../scim/path.ts";
import type { Kind, StoredResource } from "../scim/resource.ts";
import type { Match } from "../store/matches.ts";
import type { WideRow } from "../store/rows.ts";
import { retryAt } from "./retry.ts";
import type { Work } from "./work.ts";

/** A match older than this is looked up again before it is used, in ms. */
const freshForMs = 10 * 60_000;

/** From this many people on, reading the target's list is weighed against looking each of them up. */
const manyLookUps = 50;

/**
 * Looks up, before anything is decided, whether people and groups without a link exist at the target already: by each match attribute in
 * order, stopping at the first that hits. Several hits are an error of that person, never a guess.
 */
export async function match(work: Work, only?: number): Promise<number> {
  let looked = 0;
  for (const kind of ["user", "group"] as const) {
    const since = work.clock.now() - freshForMs;
    const first = work.store.matches.wanting(kind, 0, manyLookUps + 1, since, only);
    if (first.length === 0) continue;
    const list =
      first.length > manyLookUps && (await listIsCheaper(work, kind, since))
        ? await index(work, kind, since)
        : undefined;
    for (let after = 0; ; ) {
      const page = work.store.matches.wanting(kind, after, 200, since, only);
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.id;
      const limit = pLimit(list === undefined ? work.target.capabilities.concurrency : 1);
      const found = await Promise.all(page.map((row) => limit(() => matchOne(work, kind, row, list))));
      work.store.matches.record(
        work.clock.now(),
        found.filter((each) => each !== undefined),
      );
      looked += page.length;
      work.progress({ step: "match", done: looked });
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
  const api = resources(work.target, kind);
  for (const path of filterable(work, kind)) {
    const value = row.body[path];
    if (typeof value !== "string" || value === "") continue;
    const hits = await api.find(path, value, work.abort);
    if (hits.length > 0) return { path, hits };
  }
  return undefined;
}

/** The match attributes that this target can filter on. */
export function filterable(work: Work, kind: Kind): readonly string[] {
  return work.mapping.match[kind].filter((path) => work.target.capabilities.filter[kind].includes(path));
}

type Index = ReadonlyMap<string, readonly StoredResource[]>;

async function matchOne(
  work: Work,
  kind: Kind,
  row: WideRow,
  list: Index | undefined,
): Promise<Match | undefined> {
  try {
    const found = list === undefined ? await lookUp(work, kind, row) : inIndex(work, kind, row, list);
    if (found === undefined) return { id: row.id, targetId: null, by: null, note: null };
    return { id: row.id, ...chosen(work, kind, found) };
  } catch (error) {
    if (!(error instanceof ItemError)) throw error;
    const now = work.clock.now();
    work.store.outcomes.fail(now, row.id, error.code, error.message, retryAt(row.failures, now));
    return undefined;
  }
}

function chosen(
  work: Work,
  kind: Kind,
  found: { readonly path: string; readonly hits: readonly StoredResource[] },
): Omit<Match, "id"> {
  const [hit, another] = found.hits;
  if (hit === undefined || another !== undefined) {
    throw new ItemError(
      "duplicate",
      `${found.hits.length} ${kind}s at the target have the same ${found.path}`,
      {
        hint: "keep one of them, or link the right one by hand",
      },
    );
  }
  const taken = work.store.matches.linkedTo(kind, hit.id);
  if (taken !== undefined) {
    throw new ItemError(
      "collision",
      `${kind} ${hit.id} at the target has this ${found.path}, but is linked to somebody else already`,
    );
  }
  const owner = work.store.claims.owner(kind, hit.id);
  if (owner !== undefined && owner.connection !== work.config.name) {
    throw new ItemError(
      "collision",
      `${kind} ${hit.id} at the target has this ${found.path}, but belongs to connection ${owner.connection}`,
    );
  }
  const note = JSON.stringify({ externalId: hit.externalId ?? null, active: hit["active"] ?? null });
  return { targetId: hit.id, by: found.path, note };
}

/** Reading the target's whole list costs a request a hundred accounts; looking up costs one a person and attribute. */
async function listIsCheaper(work: Work, kind: Kind, since: number): Promise<boolean> {
  const total = await resources(work.target, kind).count(work.abort);
  if (total === undefined) return false;
  let wanting = 0;
  for (let after = 0; ; ) {
    const page = work.store.matches.wanting(kind, after, 500, since);
    wanting += page.length;
    const last = page.at(-1);
    if (last === undefined || wanting * 100 > total) break;
    after = last.id;
  }
  return total / 100 < (wanting * filterable(work, kind).length) / 2;
}

/** The target's list, as far as it holds values that somebody of ours is looked for by. */
async function index(work: Work, kind: Kind, since: number): Promise<Index> {
  const paths = work.mapping.match[kind];
  const wanted = new Set<string>();
  for (let after = 0; ; ) {
    const page = work.store.matches.wanting(kind, after, 500, since);
    for (const row of page) for (const path of paths) wanted.add(key(path, row.body[path]));
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.id;
  }
  const found = new Map<string, StoredResource[]>();
  for await (const resource of resources(work.target, kind).list(work.abort)) {
    for (const path of paths) {
      const at = key(path, readPath(resource, knownPath(path)));
      if (wanted.has(at)) found.set(at, [...(found.get(at) ?? []), resource]);
    }
  }
  return found;
}

function inIndex(work: Work, kind: Kind, row: WideRow, list: Index) {
  for (const path of work.mapping.match[kind]) {
    const value = row.body[path];
    if (typeof value !== "string" || value === "") continue;
    const hits = (list.get(key(path, value)) ?? []).filter((hit) =>
      sameText(path, value, String(readPath(hit, knownPath(path)))),
    );
    if (hits.length > 0) return { path, hits };
  }
  return undefined;
}

function key(path: string, value: unknown): string {
  return `${path}\n${typeof value === "string" ? value.toLowerCase() : ""}`;
}
