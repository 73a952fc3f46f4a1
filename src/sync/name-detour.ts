import type { ItemError } from "../errors.ts";
import { resources } from "../scim/api.ts";
import { readAttributes } from "../scim/build.ts";
import { difference } from "../scim/patch.ts";
import type { Attributes, StoredResource } from "../scim/resource.ts";
import type { WideRow } from "../store/rows.ts";
import type { Done } from "../store/write-done.ts";
import { type Detour, wantedOf } from "./action.ts";
import { classesOf } from "./classes.ts";
import type { Planned } from "./dispatch.ts";
import { isTemporaryName, temporaryName, uniquePaths } from "./name-conflicts.ts";
import { attempt, type Preparation } from "./preparation.ts";
import { done } from "./prepare-update.ts";
import { isStopped } from "./protection.ts";
import { noRoom } from "./room.ts";
import { fail } from "./set-aside.ts";
import type { Work } from "./work.ts";
import { writeDifference } from "./write.ts";

/**
 * Somebody in a ring goes under a temporary name, so that the others can move up. Everything else that is wanted goes along: who cannot have
 * it is refused now, before anybody gave a name up. "there": already under that name.
 */
export function prepareStepAside(
  given: Preparation,
  row: WideRow,
  path: string,
): Promise<Planned | "there" | undefined> {
  const { work } = given;
  return attempt<Planned | "there">(given, row, async () => {
    const current = await read(work, row);
    const wanted = wantedOf(row);
    const name = wanted[path];
    if (current === undefined || typeof name !== "string") return undefined;
    if (isStopped(work, row, "rename", current)) return undefined;
    const held = readAttributes(current, [path])[path] ?? null;
    const after = { ...wanted, [path]: isTemporaryName(row, held) ? held : temporaryName(row, name) };
    if (difference(current, after).length === 0) return "there";
    const why = noRoom(given.tally, row, classesOf(work, row));
    if (why !== undefined) {
      fail(work, row, "rename", "limit", why, given.tally, work.clock.now());
      return undefined;
    }
    const settled = done(work, row, current.id, wanted, undefined);
    // The name from before stays in mind: with it the way back is known.
    const body = { ...settled.body, [path]: row.appliedBody[path] ?? null };
    const aside: Done = { ...settled, applied: null, body, counts: [] };
    const putOff = (refusal: ItemError) => given.second.isLate(row, refusal);
    return { ...detour(work, row, current, "step aside", after, aside), putOff };
  });
}

/** Who went under a temporary name and cannot get the new one gets the old one back; undefined when there is nothing to put back. */
export function prepareStepBack(given: Preparation, row: WideRow): Promise<Planned | undefined> {
  const { work } = given;
  return attempt(given, row, async () => {
    const current = await read(work, row);
    if (current === undefined) return undefined;
    const paths = uniquePaths(row.kind).filter(
      (path) =>
        isTemporaryName(row, readAttributes(current, [path])[path]) &&
        typeof row.appliedBody[path] === "string",
    );
    if (paths.length === 0) return undefined;
    const after = Object.fromEntries(paths.map((path) => [path, row.appliedBody[path] ?? null]));
    const intent = row.appliedIntent ?? "active";
    const settled: Done = { targetId: current.id, intent, applied: null, body: row.appliedBody };
    // Somebody else may have that name by now: then it is for the next run.
    return { ...detour(work, row, current, "step back", after, settled), putOff: () => true };
  });
}

async function read(work: Work, row: WideRow): Promise<StoredResource | undefined> {
  if (row.targetId === null || !work.store.claims.mayWrite(row.kind, row.targetId)) return undefined;
  return resources(work.target, row.kind).get(row.targetId, work.abort);
}

const reasons: Readonly<Record<Detour, string>> = {
  "step aside": "names go round in a ring: a temporary name, until the one it gets is free",
  "step back": "the name it was to get is not free: back from the temporary name",
};

function detour(
  work: Work,
  row: WideRow,
  current: StoredResource,
  action: Detour,
  after: Attributes,
  settled: Done,
): Planned {
  return {
    row: { ...row, reason: reasons[action] },
    action,
    before: readAttributes(current, Object.keys(after)),
    after,
    async send() {
      if (difference(current, after).length > 0)
        await writeDifference(work.target, row.kind, current, after, work.abort);
      return settled;
    },
  };
}
