import { CursorLost } from "../../../errors.ts";
import type { Change } from "../../source.ts";
import { OktaRefusal } from "../client/refusal.ts";
import type { Place } from "./cursor.ts";
import { type Hints, readHints, warnOfNoLog } from "./hints.ts";
import { type Named, namedGroups, namedPeople } from "./named.ts";
import { serverTime } from "./organisation.ts";
import { group, iso, isRead, PAGE, pathOf, person, type Reading } from "./reading.ts";
import { digestOf, GONE, Told } from "./told.ts";

/**
 * If the log names more people, those whom the search shows as new as the log does are not asked for one by one; nor are more than so many
 * whom the search shows where there is no log.
 */
const MANY = 500;

/**
 * What changed since: the log names people and groups, which are then read by id; searches by date are the second net. Nothing is told
 * before the log was read to its end, so that a lost cursor is lost before anything was told.
 */
export async function* changesSince(
  reading: Reading,
  from: Place,
  signal: AbortSignal,
): AsyncGenerator<Change, Place> {
  const hints = await hintsSince(reading, from, signal);
  const at = hints?.date ?? (await serverTime(reading, signal));
  const since = at - reading.settings.overlap;
  const users: Named = { told: new Told(from.users, since), named: new Map(hints?.users), at };
  const groups: Named = { told: new Told(from.groups, since), named: new Map(hints?.groups), at };
  yield* searchPeople(reading, from.since, hints !== undefined, users, signal);
  yield* namedPeople(reading, users, signal);
  yield* searchGroups(reading, from.since, hints !== undefined, groups, signal);
  yield* namedGroups(reading, groups, signal);
  const told = { users: users.told.entries, groups: groups.told.entries };
  // Where the log may not be read for a while, it is read on from the same place afterwards.
  return { ...from, at, since, ...told, log: hints === undefined ? from.log : hints.next };
}

async function hintsSince(reading: Reading, from: Place, signal: AbortSignal): Promise<Hints | undefined> {
  try {
    const hints = await readHints(reading, from, signal);
    if (hints === undefined && from.log !== null) warnOfNoLog(reading);
    return hints;
  } catch (error) {
    if (!(error instanceof OktaRefusal) || error.status !== 400) throw error;
    throw new CursorLost("Okta's log does not reach back to the last read", { cause: error });
  }
}

/**
 * The search also shows DEPROVISIONED people, whom plain lists leave out. `heard`: the log was read, so whoever's status changed lately, which
 * may move no date and which the index may not know yet, is among the named. Otherwise the search only says whom to ask for.
 */
async function* searchPeople(
  reading: Reading,
  since: number,
  heard: boolean,
  { told, named, at }: Named,
  signal: AbortSignal,
): AsyncGenerator<Change> {
  const path = pathOf("/api/v1/users", { search: `lastUpdated ge "${iso(since)}"`, limit: PAGE });
  const many = named.size > MANY;
  let asked = 0;
  for await (const page of reading.api.pages(path, "searching changed people", signal)) {
    for (const raw of page) {
      const { id, record, updatedAt } = person(reading, raw);
      const namedAt = named.get(id);
      if (namedAt !== undefined && !(many && seconds(updatedAt) >= seconds(namedAt))) continue;
      named.delete(id);
      const digest = digestOf(record);
      const before = told.get(id);
      if (before?.[1] === digest) continue;
      // The index may be older than what was told lately: unless it is newer for certain, only the person alone can say.
      const isNewer = before === undefined || (before[1] !== GONE && seconds(updatedAt) > seconds(before[0]));
      if (isNewer && (heard || asked >= MANY)) {
        told.set(id, [updatedAt, digest]);
        yield { type: "present", kind: "user", id, record };
      } else {
        named.set(id, at);
        asked += 1;
      }
    }
  }
}

/** `heard`: the log was read, so members that were listed at their date need no second look. */
async function* searchGroups(
  reading: Reading,
  since: number,
  heard: boolean,
  { told, named, at }: Named,
  signal: AbortSignal,
): AsyncGenerator<Change> {
  const from = iso(since);
  const search = `lastUpdated ge "${from}" or lastMembershipUpdated ge "${from}"`;
  const path = pathOf("/api/v1/groups", { search, limit: PAGE });
  for await (const page of reading.api.pages(path, "searching changed groups", signal)) {
    for (const raw of page) {
      const found = group(reading, raw);
      if (!isRead(reading, found) || named.has(found.id)) continue;
      const { id, record, updatedAt, membersUpdatedAt } = found;
      const before = told.get(id);
      const digest = digestOf(record);
      const listed = membersUpdatedAt < since || (heard && before?.[2] === membersUpdatedAt);
      if (before?.[1] === digest && listed) continue;
      if (before === undefined && listed) {
        told.set(id, [updatedAt, digest]);
        yield { type: "present", kind: "group", id, record };
      } else named.set(id, at);
    }
  }
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
