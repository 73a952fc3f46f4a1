import type { Change } from "../../source.ts";
import { ahead } from "./ahead.ts";
import { listed, membersOf } from "./members.ts";
import { groupNow, personNow } from "./one-now.ts";
import { isRead, type Reading } from "./reading.ts";
import type { Group } from "./record.ts";
import { digestOf, digestOfSet, GONE, type Told } from "./told.ts";

/** Requests under way at once. */
export const WIDTH = 4;

/** People or groups to ask for by id, with what was told of them lately. */
export interface Named {
  readonly told: Told;
  /** Ids, with the time (ms) of what was heard of them. */
  readonly named: Map<string, number>;
  /** The server's clock when this read began, ms. */
  readonly at: number;
}

/** Tells what each person is now, unless that was told already. */
export async function* namedPeople(
  reading: Reading,
  { told, named, at }: Named,
  signal: AbortSignal,
): AsyncGenerator<Change> {
  const ask = async (id: string, stop: AbortSignal) => ({ id, found: await personNow(reading, id, stop) });
  for await (const { id, found } of ahead([...named.keys()], WIDTH, ask, signal)) {
    const digest = found === undefined ? GONE : digestOf(found.record);
    const before = told.get(id);
    told.set(id, [Math.max(at, found?.updatedAt ?? 0), digest]);
    if (before?.[1] === digest) continue;
    if (found === undefined) yield { type: "absent", kind: "user", id, evidence: "not-found" };
    else yield { type: "present", kind: "user", id, record: found.record };
  }
}

/** Tells what each group is now and who is in it, unless that was told already. */
export async function* namedGroups(
  reading: Reading,
  { told, named, at }: Named,
  signal: AbortSignal,
): AsyncGenerator<Change> {
  const ask = async (id: string, stop: AbortSignal) => {
    const found = await groupNow(reading, id, stop);
    if (found !== undefined && !isRead(reading, found)) return { id, found: undefined, skip: true };
    const members = found && (await membersOf(reading, id, stop));
    return { id, found: members && { group: found, members }, skip: false };
  };
  for await (const { id, found, skip } of ahead([...named.keys()], WIDTH, ask, signal)) {
    if (skip) continue;
    if (found !== undefined) {
      yield* tellGroup(told, found.group, found.members, at);
      continue;
    }
    const before = told.get(id);
    told.set(id, [at, GONE]);
    if (before?.[1] !== GONE) yield { type: "absent", kind: "group", id, evidence: "not-found" };
  }
}

/** A group and its members, as far as they differ from what was told. `at`: when it was heard of, ms. */
export function* tellGroup(
  told: Told,
  group: Group,
  members: readonly string[],
  at: number,
): Generator<Change> {
  const { id, record, membersUpdatedAt } = group;
  const before = told.get(id);
  const digests = [digestOf(record), digestOfSet(members)] as const;
  told.set(id, [at, digests[0], membersUpdatedAt, digests[1]]);
  if (before?.[1] !== digests[0]) yield { type: "present", kind: "group", id, record };
  if (before?.[3] !== digests[1]) yield* listed(id, members);
}
