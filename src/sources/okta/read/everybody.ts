import { ConnectionError } from "../../../errors.ts";
import type { Change } from "../../source.ts";
import { ahead } from "./ahead.ts";
import type { Place } from "./cursor.ts";
import { readHints, warnOfNoLog } from "./hints.ts";
import { membersOf } from "./members.ts";
import { namedGroups, namedPeople, tellGroup, WIDTH } from "./named.ts";
import { organisationOf } from "./organisation.ts";
import { groundOf, group, isRead, PAGE, pathOf, person, type Reading } from "./reading.ts";
import { digestOf, Told } from "./told.ts";

/**
 * Everybody. The log is opened first, so that whatever happens meanwhile is told by the next read; whom it names of the last minutes is
 * asked for by id at the end, because the list of DEPROVISIONED people comes from an index that lags. That list comes before the plain
 * one: who is in neither is asked for by whoever misses them.
 */
export async function* everybody(reading: Reading, signal: AbortSignal): AsyncGenerator<Change, Place> {
  const full = reading.clock.now();
  const { id: org, date } = await organisationOf(reading.api, signal);
  const hints = await readHints(reading, { log: null, since: date - reading.settings.overlap }, signal);
  if (hints === undefined) warnOfNoLog(reading);
  const at = hints?.date ?? date;
  const since = at - reading.settings.overlap;
  const users = { told: new Told({}, since), named: new Map(hints?.users), at };
  const groups = { told: new Told({}, since), named: new Map(hints?.groups), at };
  const deprovisioned = { filter: 'status eq "DEPROVISIONED"', limit: PAGE };
  let people = 0;
  for (const query of [deprovisioned, { limit: PAGE }]) {
    for await (const page of reading.api.pages(pathOf("/api/v1/users", query), "listing people", signal)) {
      for (const raw of page) {
        const { id, record, updatedAt } = person(reading, raw);
        people += 1;
        users.told.set(id, [updatedAt, updatedAt < since ? "" : digestOf(record)]);
        yield { type: "present", kind: "user", id, record };
      }
    }
  }
  if (people === 0) throw nobody(reading.api.host);
  yield* allGroups(reading, groups.told, signal);
  yield* namedPeople(reading, users, signal);
  yield* namedGroups(reading, groups, signal);
  const told = { users: users.told.entries, groups: groups.told.entries };
  return { v: 1, org, ground: groundOf(reading), full, at, since, ...told, log: hints?.next ?? null };
}

async function* allGroups(reading: Reading, told: Told, signal: AbortSignal): AsyncGenerator<Change> {
  const path = pathOf("/api/v1/groups", { limit: PAGE });
  for await (const page of reading.api.pages(path, "listing groups", signal)) {
    const found = page.map((raw) => group(reading, raw)).filter((each) => isRead(reading, each));
    const list = async (each: (typeof found)[number], stop: AbortSignal) => ({
      each,
      members: await membersOf(reading, each.id, stop),
    });
    for await (const { each, members } of ahead(found, WIDTH, list, signal)) {
      const movedAt = Math.max(each.updatedAt, each.membersUpdatedAt);
      if (members !== undefined) yield* tellGroup(told, each, members, movedAt);
    }
  }
}

/** A role that is limited to groups or to nobody makes Okta answer with an empty list, and calls that a success. */
function nobody(host: string): ConnectionError {
  return new ConnectionError(`${host} answered with nobody at all: most likely the account may see nobody`, {
    hint: "give the account the role Read-only Administrator, not limited to groups",
  });
}
