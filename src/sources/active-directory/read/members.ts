import { PresenceFilter } from "ldapts";
import { ConnectionError, TransientError } from "../../../errors.ts";
import type { Change } from "../../source.ts";
import { ExtendedDnControl } from "../client/controls.ts";
import type { Entry, Values } from "../client/entry.ts";
import { resultCode } from "../client/result-code.ts";
import { type Searchable, searchSome } from "../client/search.ts";
import { parseExtendedDn } from "./dn.ts";
import type { Reading } from "./reading.ts";

/** Members per change: keeps transactions and pages small. */
const SLICE = 1000;
/** How often a group that changes while it is listed is listed anew. */
const ATTEMPTS = 3;

const RANGE = /^member;range=(\d+)-(\*|\d+)$/;

/** What one answer holds of a group's members. */
interface Part {
  readonly ids: readonly string[];
  /** Where the next part begins; undefined after the last. */
  readonly next: number | undefined;
}

/** "add" or "remove" slices for DirSync, "listed" ones for a full read, where a last slice follows later. */
export function memberChanges(
  group: string,
  mode: "listed" | "add" | "remove",
  ids: readonly string[],
  last: boolean,
): readonly Change[] {
  const count = Math.max(Math.ceil(ids.length / SLICE), last && mode === "listed" ? 1 : 0);
  return Array.from({ length: count }, (_, index) => ({
    type: "members",
    group,
    mode,
    ids: ids.slice(index * SLICE, (index + 1) * SLICE),
    last: last && index === count - 1,
  }));
}

/** Ids of the values of "member" or of one of its ranges. */
export function memberIds(reading: Reading, values: Values | undefined): readonly string[] {
  if (values === undefined) return [];
  return values.map((index) => {
    const { guid } = parseExtendedDn(values.text(index) ?? "");
    if (guid === undefined) reading.log.warn({}, "a member without GUID is left out");
    return guid;
  });
}

/**
 * All members of a group, from an entry that was read with `member` (and uSNChanged): large groups come in ranges, which are
 * followed to the end. If the group changes meanwhile, ranges may overlap or leave a gap, so it is listed anew.
 */
export async function listMembers(
  reading: Reading,
  id: string,
  entry: Entry,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const first = partOf(reading, entry);
  if (first.next === undefined) return memberChanges(id, "listed", first.ids, true);
  const from = await reading.session.second(signal);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const ids = await wholeList(reading, from, id, signal);
    if (ids !== undefined) return memberChanges(id, "listed", ids, true);
  }
  throw new TransientError(`the members of group ${id} changed all the time while they were listed`, {
    outcome: "none",
  });
}

/** Undefined when the group changed between two ranges. */
async function wholeList(
  reading: Reading,
  from: Searchable,
  id: string,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const ids: string[] = [];
  let version: string | undefined;
  let next: number | undefined = 0;
  while (next !== undefined) {
    const [entry] = await searchSome(
      from,
      {
        base: `<GUID=${id}>`,
        scope: "base",
        filter: new PresenceFilter({ attribute: "objectClass" }),
        attributes: [`member;range=${next}-*`, "uSNChanged"],
        controls: [new ExtendedDnControl()],
        what: `listing the members of group ${id}`,
      },
      signal,
      [resultCode.noSuchObject],
    );
    // Deleted meanwhile: the next poll hears of it.
    if (entry === undefined) return ids;
    const now = entry.text("usnchanged");
    if (version !== undefined && now !== version) return undefined;
    version = now;
    const part = partOf(reading, entry);
    ids.push(...part.ids);
    if (part.next !== undefined && part.next <= next) {
      throw new ConnectionError(`${from.host} goes back in the members of group ${id}`);
    }
    next = part.next;
  }
  return ids;
}

function partOf(reading: Reading, entry: Entry): Part {
  for (const name of entry.names) {
    const [, from, to] = RANGE.exec(name) ?? [];
    if (from === undefined) continue;
    const ids = memberIds(reading, entry.get(name));
    return { ids, next: to === "*" ? undefined : Number(to) + 1 };
  }
  return { ids: memberIds(reading, entry.get("member")), next: undefined };
}
