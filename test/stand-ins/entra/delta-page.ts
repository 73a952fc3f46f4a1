import type { Collapsed } from "./change-log.ts";
import type { Round } from "./delta-call.ts";
import type { Directory } from "./directory.ts";
import { type Entity, property, type Reference, reference } from "./entity.ts";
import { RELATIONSHIPS } from "./schema.ts";
import type { Value } from "./value.ts";

interface Removed {
  readonly "@removed": { readonly reason: "changed" | "deleted" };
}

type Item = Record<string, Value | readonly (Reference & Partial<Removed>)[] | Removed["@removed"]>;

/** An object whose turn it is in a round, with what happened to it; nothing named means all of it is news. */
interface Turn {
  readonly entity: Entity;
  readonly change?: Collapsed;
}

interface Turns {
  readonly count: number;
  at(index: number): Turn | undefined;
}

export interface DeltaPage {
  readonly items: readonly Item[];
  /** Where the next page begins; undefined at the end of the round. */
  readonly next?: { readonly object: number; readonly member: number };
}

/** The objects of one page of a round: no order, a group in slices, and the values that are there now rather than when the round began. */
export function deltaPage(
  directory: Directory,
  round: Round,
  mayRead: (group: Entity) => boolean,
): DeltaPage {
  const { deltaPageSize, memberPageSize, emptyPageEvery, emptyLastPage, repeats } = directory.switches;
  const turns = turnsOf(directory, round);
  if (emptyPageEvery > 0 && round.page % (emptyPageEvery + 1) === emptyPageEvery)
    return { items: [], next: { object: round.object, member: round.member } };
  const items: Item[] = [];
  const begins = round.member === 0 && round.object < turns.count;
  const again = repeats && begins ? turns.at(round.object - 1) : undefined;
  const repeated = again === undefined ? undefined : itemOf(directory, round, again);
  if (repeated !== undefined) items.push(repeated);
  let room = memberPageSize;
  for (let object = round.object; object < turns.count; object++) {
    const member = object === round.object ? round.member : 0;
    if (items.length >= deltaPageSize && object > round.object) return { items, next: { object, member } };
    const turn = turns.at(object);
    const item = turn === undefined ? undefined : itemOf(directory, round, turn);
    if (turn === undefined || item === undefined) continue;
    if (!hasMembers(round, turn) || !mayRead(turn.entity)) {
      items.push(item);
      continue;
    }
    if (room === 0) return { items, next: { object, member } };
    const slice = membersOf(directory, round, turn, member, room);
    if (slice.entries.length > 0) item["members@delta"] = slice.entries;
    items.push(item);
    room -= slice.entries.length;
    if (slice.next !== undefined) return { items, next: { object, member: slice.next } };
  }
  if (emptyLastPage && round.object < turns.count) return { items, next: { object: turns.count, member: 0 } };
  return { items };
}

/** Whose turn it is: everybody in a first round, later those with a change in something that is tracked. */
function turnsOf(directory: Directory, round: Round): Turns {
  const turn = (entity: Entity | undefined, change?: Collapsed): Turn | undefined =>
    entity === undefined || entity.kind !== round.kind
      ? undefined
      : { entity, ...(change === undefined ? {} : { change }) };
  if (round.since !== undefined) {
    const changes = directory.log
      .between(round.kind, round.since, round.until)
      .filter((change) => (round.ids?.includes(change.id) ?? true) && isTracked(change, round.select));
    return {
      count: changes.length,
      at: (index) => {
        const change = changes[index];
        return change === undefined ? undefined : turn(directory.entity(change.id), change);
      },
    };
  }
  const { ids } = round;
  if (ids !== undefined)
    return { count: ids.length, at: (index) => turn(directory.entity(ids[index] ?? "")) };
  const all = directory.all(round.kind);
  const count = bornBefore(all, round.until);
  const stride = strideFor(count);
  return { count, at: (index) => (index < 0 ? undefined : turn(all[(index * stride) % count])) };
}

function isTracked(change: Collapsed, select: readonly string[]): boolean {
  return (
    change.fresh ||
    change.removed ||
    select.some((name) => change.names.has(name)) ||
    (change.members.size > 0 && select.includes("members")) ||
    (change.managerChanged && select.includes("manager"))
  );
}

function bornBefore(all: readonly Entity[], point: number): number {
  let count = all.length;
  while (count > 0 && (all[count - 1]?.born ?? 0) >= point) count--;
  return count;
}

/** A step that visits everybody once and in no order that means anything. */
function strideFor(count: number): number {
  const divides = (a: number, b: number): number => (b === 0 ? a : divides(b, a % b));
  let stride = Math.max(1, Math.floor(count * 0.618));
  while (divides(stride, count) !== 1) stride++;
  return stride;
}

/** The object without its members; undefined when the round keeps silent about it. */
function itemOf(directory: Directory, round: Round, { entity, change }: Turn): Item | undefined {
  if (entity.state !== "live") {
    if (round.since === undefined && !directory.switches.removedInFirstRound) return undefined;
    return {
      id: entity.id,
      "@removed": { reason: entity.state === "soft-deleted" ? "changed" : "deleted" },
    };
  }
  const onlyChanged = round.minimal && change !== undefined && !change.fresh;
  const item: Item = {};
  for (const name of round.select) {
    if (name === "id" || RELATIONSHIPS[round.kind].includes(name)) continue;
    if (onlyChanged && !change.names.has(name)) continue;
    const value = property(entity, name);
    if (value !== undefined) item[name] = value;
  }
  item["id"] = entity.id;
  const manager = round.select.includes("manager") ? managerOf(directory, entity, change) : [];
  if (manager.length > 0) item["manager@delta"] = manager;
  return item;
}

function managerOf(
  directory: Directory,
  entity: Entity,
  change: Collapsed | undefined,
): (Reference & Partial<Removed>)[] {
  if (change !== undefined && !change.fresh && !change.managerChanged) return [];
  const now = entity.manager === undefined ? undefined : directory.entity(entity.manager);
  const former = [...(change?.formerManagers ?? [])]
    .filter((id) => id !== entity.manager)
    .flatMap((id) => directory.entity(id) ?? []);
  return [
    ...(now === undefined ? [] : [reference(now)]),
    ...former.map((one) => ({ ...reference(one), "@removed": { reason: "deleted" as const } })),
  ];
}

function hasMembers(round: Round, { entity }: Turn): boolean {
  return entity.kind === "group" && entity.state === "live" && round.select.includes("members");
}

/**
 * At most `room` members of a group from a position on. A member who is soft-deleted is still one. Who left is named with the reason
 * "deleted" whatever the cause.
 */
function membersOf(
  directory: Directory,
  round: Round,
  { entity, change }: Turn,
  position: number,
  room: number,
): { readonly entries: readonly (Reference & Partial<Removed>)[]; readonly next?: number } {
  const membership = directory.membership(entity.id);
  const silent = round.since === undefined && !directory.switches.removedInFirstRound;
  const entries: (Reference & Partial<Removed>)[] = [];
  for (const { member, next } of candidates(directory, entity, change, position)) {
    const other = directory.entity(member);
    const left = !(membership?.has(member) ?? false);
    if (other === undefined || (left && silent)) continue;
    if (entries.length === room) return { entries, next: next - 1 };
    entries.push(left ? { ...reference(other), "@removed": { reason: "deleted" } } : reference(other));
  }
  return { entries };
}

function candidates(
  directory: Directory,
  group: Entity,
  change: Collapsed | undefined,
  position: number,
): Iterable<{ readonly member: string; readonly next: number }> {
  if (change === undefined || change.fresh) return directory.membership(group.id)?.from(position) ?? [];
  return [...change.members].map((member, index) => ({ member, next: index + 1 })).slice(position);
}
