import { CursorLost } from "../../../errors.ts";
import type { Change } from "../../source.ts";
import { ExtendedDnControl, ShowDeletedControl } from "../client/controls.ts";
import { type Search, searchPages } from "../client/search.ts";
import { changedSince, deletedSince, filterFor, identify, kindOf } from "./objects.ts";
import { attributesNow, readBelow, stateNow } from "./objects-now.ts";
import type { Reading } from "./reading.ts";

/**
 * Everybody below the base, by paged search. The cursor is the number that the domain controller had reached before: what changes
 * while we read comes again next time.
 */
export async function* readAll(
  reading: Reading,
  signal: AbortSignal,
): AsyncGenerator<readonly Change[], bigint> {
  const search: Search = {
    base: reading.baseDn,
    scope: "sub",
    filter: filterFor("user", "group"),
    attributes: attributesNow(reading),
    controls: [new ExtendedDnControl()],
    what: `reading people and groups below ${reading.baseDn}`,
  };
  for await (const page of searchPages(reading.session, search, reading.pageSize, signal)) {
    yield* stateNow(reading, page, signal);
  }
  return reading.session.root.highestCommittedUsn;
}

/**
 * What this domain controller wrote since `usn`, in the whole domain, so that moves out of the base show. Numbers of one domain
 * controller mean nothing on another; the caller has checked that it is the same one.
 */
export async function* readChanges(
  reading: Reading,
  usn: bigint,
  signal: AbortSignal,
): AsyncGenerator<readonly Change[], bigint> {
  const reached = reading.session.root.highestCommittedUsn;
  if (reached < usn) {
    throw new CursorLost(`${reading.session.host} counts changes from an earlier state: it was set back`);
  }
  const containers: string[] = [];
  const search: Search = {
    base: reading.namingContext,
    scope: "sub",
    filter: changedSince(usn, "user", "group", "container"),
    attributes: attributesNow(reading),
    controls: [new ExtendedDnControl()],
    what: "reading what changed",
  };
  for await (const page of searchPages(reading.session, search, reading.pageSize, signal)) {
    for (const entry of page)
      if (kindOf(entry) === "container") containers.push(...movable(reading, identify(reading, entry)));
    yield* stateNow(reading, page, signal);
  }
  yield* tombstones(reading, usn, signal);
  for (const id of containers) yield* readBelow(reading, id, signal);
  return reached;
}

/** Why a container changed is not said; all but the root of the domain may have been renamed or moved. */
function movable(
  reading: Reading,
  { id, dn }: { readonly id: string; readonly dn: string },
): readonly string[] {
  return dn.toLowerCase() === reading.namingContext.toLowerCase() ? [] : [id];
}

/** Finds none where the account may not read Deleted Objects; test connection says so. */
async function* tombstones(
  reading: Reading,
  usn: bigint,
  signal: AbortSignal,
): AsyncGenerator<readonly Change[]> {
  const search: Search = {
    base: reading.namingContext,
    scope: "sub",
    filter: deletedSince(usn),
    attributes: ["objectGUID", "objectClass", "isDeleted"],
    controls: [new ShowDeletedControl(), new ExtendedDnControl()],
    what: "reading what was deleted",
  };
  for await (const page of searchPages(reading.session, search, reading.pageSize, signal)) {
    yield page.flatMap((entry): readonly Change[] => {
      const kind = kindOf(entry);
      const { id, deleted } = identify(reading, entry);
      if (!deleted || kind === undefined || kind === "container") return [];
      return [{ type: "absent", kind, id, evidence: "tombstone" }];
    });
  }
}
