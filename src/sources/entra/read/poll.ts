import type { Page } from "../../source.ts";
import type { Entry } from "../client/entries.ts";
import { cursorOf, type Ground, type Place } from "./cursor.ts";
import { partChanges } from "./objects.ts";
import type { Reading } from "./reading.ts";
import { round } from "./round.ts";

/** What changed since a place: a round of people, then one of groups. */
export async function* changesSince(
  reading: Reading,
  ground: Ground,
  from: Place,
  signal: AbortSignal,
): AsyncGenerator<Page> {
  const at = Math.floor(reading.clock.now());
  const both = await beginBoth(reading, from, signal);
  const changes = (kind: "user" | "group") => (entries: readonly Entry[]) =>
    partChanges(reading, kind, entries, from.at, signal);
  const users = yield* pagesOf(both.users, changes("user"), signal);
  const groups = yield* pagesOf(both.groups, changes("group"), signal);
  yield { changes: [], cursor: cursorOf({ v: 1, ...ground, at, users, groups }) };
}

/** A round that is under way: its first page, and what follows. */
interface Begun {
  readonly first: IteratorResult<readonly Entry[], string>;
  readonly rest: AsyncGenerator<readonly Entry[], string>;
}

/**
 * Both rounds are begun before anything is told, so that a place that one of them no longer takes is noticed first. Where both fail it is always the
 * first that is told, and nothing goes on behind the back of whoever handles it.
 */
export async function beginBoth(
  reading: Reading,
  from: Place | undefined,
  signal: AbortSignal,
): Promise<{ readonly users: Begun; readonly groups: Begun }> {
  const users = round(reading, "user", from?.users, signal);
  const groups = round(reading, "group", from?.groups, signal);
  const firsts = [users.next(), groups.next()] as const;
  await Promise.allSettled(firsts);
  return {
    users: { first: await firsts[0], rest: users },
    groups: { first: await firsts[1], rest: groups },
  };
}

/** A round as pages of what its entries say; gives the link for the next one. */
export async function* pagesOf<C>(
  { first, rest }: Begun,
  changesOf: (entries: readonly Entry[]) => readonly C[] | Promise<readonly C[]>,
  signal: AbortSignal,
): AsyncGenerator<Page<C>, string> {
  for (let next = first; ; next = await rest.next()) {
    if (next.done === true) return next.value;
    const changes = await changesOf(next.value);
    signal.throwIfAborted();
    if (changes.length > 0) yield { changes };
  }
}
