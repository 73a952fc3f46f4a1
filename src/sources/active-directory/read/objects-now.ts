/** Objects as they are now, read by search: for people and groups that were renamed, moved or asked for by id. */
import { EqualityFilter, OrFilter, PresenceFilter } from "ldapts";
import { CursorLost } from "../../../errors.ts";
import type { Change } from "../../source.ts";
import { ExtendedDnControl } from "../client/controls.ts";
import type { Entry } from "../client/entry.ts";
import { resultCode } from "../client/result-code.ts";
import { type Search, searchPages, searchSome } from "../client/search.ts";
import { guidBytes } from "./guid.ts";
import { listMembers } from "./members.ts";
import { filterFor, identify, kindOf, present } from "./objects.ts";
import type { Reading } from "./reading.ts";

/** GUIDs per search; domain controllers limit how large a filter may be. */
const BATCH = 50;

/** Everything that a record or a decision needs, of both kinds: one search may find people and groups. */
export function attributesNow(reading: Reading): readonly string[] {
  const names = new Set(["objectGUID", "objectClass", "isDeleted", "primaryGroupID", "member", "uSNChanged"]);
  for (const selection of Object.values(reading.select))
    for (const { name } of selection.values()) names.add(name);
  return [...names];
}

/** What people and groups, found alive, are now: their records, and groups' members; or that they are outside of the base. */
export async function* stateNow(
  reading: Reading,
  entries: readonly Entry[],
  signal: AbortSignal,
): AsyncGenerator<readonly Change[]> {
  let changes: Change[] = [];
  for (const entry of entries) {
    const kind = kindOf(entry);
    if (kind === undefined || kind === "container") continue;
    const object = identify(reading, entry);
    if (object.deleted) continue;
    if (!object.within) {
      changes.push({ type: "absent", kind, id: object.id, evidence: "moved-out" });
      continue;
    }
    changes.push(await present(reading, kind, entry, object, signal));
    if (kind === "user") continue;
    // Handed on at once: the members of many groups are too many to be held together.
    yield [...changes, ...(await listMembers(reading, object.id, entry, signal))];
    changes = [];
  }
  yield changes;
}

/** These objects now, by GUID. Of those that cannot be found any more, the fall-back is yielded: what the change itself said. */
export async function* readAgain(
  reading: Reading,
  fallbacks: ReadonlyMap<string, Change>,
  signal: AbortSignal,
): AsyncGenerator<readonly Change[]> {
  const ids = [...fallbacks.keys()];
  for (let start = 0; start < ids.length; start += BATCH) {
    const missing = new Set(ids.slice(start, start + BATCH));
    const filters = [...missing].flatMap((id) => {
      const value = guidBytes(id);
      return value === undefined ? [] : [new EqualityFilter({ attribute: "objectGUID", value })];
    });
    const search: Search = {
      base: reading.namingContext,
      scope: "sub",
      filter: new OrFilter({ filters }),
      attributes: attributesNow(reading),
      controls: [new ExtendedDnControl()],
      what: "reading renamed and moved objects again",
    };
    for await (const page of searchPages(reading.session, search, reading.pageSize, signal)) {
      for (const entry of page) missing.delete(identify(reading, entry).id);
      yield* stateNow(reading, page, signal);
    }
    yield [...missing].flatMap((id) => fallbacks.get(id) ?? []);
  }
}

/**
 * Everybody below a container that was renamed or moved: their names changed with it, but no change is reported of them. Those
 * who are outside of the base now have left it.
 */
export async function* readBelow(
  reading: Reading,
  container: string,
  signal: AbortSignal,
): AsyncGenerator<readonly Change[]> {
  const search: Search = {
    base: `<GUID=${container}>`,
    scope: "sub",
    filter: filterFor("user", "group"),
    attributes: attributesNow(reading),
    controls: [new ExtendedDnControl()],
    what: `reading below the container ${container}`,
  };
  if (!(await isVisible(reading, container, signal))) {
    throw new CursorLost(
      `the container ${container} was renamed or moved, and what is below it cannot be searched`,
    );
  }
  for await (const page of searchPages(reading.session, search, reading.pageSize, signal)) {
    yield* stateNow(reading, page, signal);
  }
}

async function isVisible(reading: Reading, id: string, signal: AbortSignal): Promise<boolean> {
  const found = await searchSome(
    reading.session,
    {
      base: `<GUID=${id}>`,
      scope: "base",
      filter: new PresenceFilter({ attribute: "objectClass" }),
      attributes: ["objectGUID"],
      what: `looking for the container ${id}`,
    },
    signal,
    [resultCode.noSuchObject],
  );
  return found.length > 0;
}
