import { saysGone } from "../client/refusal.ts";
import { group, person, type Reading } from "./reading.ts";
import type { Group, Person } from "./record.ts";

/** A person by id, now; undefined when nobody has it. */
export async function personNow(
  reading: Reading,
  id: string,
  signal: AbortSignal,
): Promise<Person | undefined> {
  const raw = await byId(
    reading,
    `/api/v1/users/${encodeURIComponent(id)}`,
    `reading the person ${id}`,
    signal,
  );
  return raw === undefined ? undefined : person(reading, raw);
}

/** A group by id, now; undefined when there is none. */
export async function groupNow(
  reading: Reading,
  id: string,
  signal: AbortSignal,
): Promise<Group | undefined> {
  const raw = await byId(
    reading,
    `/api/v1/groups/${encodeURIComponent(id)}`,
    `reading the group ${id}`,
    signal,
  );
  return raw === undefined ? undefined : group(reading, raw);
}

/** Okta answers honestly: what is not found by its immutable id is gone. */
async function byId({ api }: Reading, path: string, what: string, signal: AbortSignal): Promise<unknown> {
  try {
    return (await api.get(path, what, signal)).body;
  } catch (error) {
    if (saysGone(error)) return undefined;
    throw error;
  }
}
