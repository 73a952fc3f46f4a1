import { ConnectionError } from "../../../errors.ts";
import type { Change, Page } from "../../source.ts";
import type { Document } from "../client/answer.ts";
import { cursorOf, type Ground, type Place } from "./cursor.ts";
import { listedAll } from "./members.ts";
import { partChanges, wholeChanges } from "./objects.ts";
import { HIDDEN } from "./read-one.ts";
import { permissions, type Reading } from "./reading.ts";
import { round } from "./round.ts";

/** Changes that close lists, per page. */
const CLOSING = 1000;

/**
 * One poll: a round of people, then one of groups. Both are begun before anything is told, so that a place that one of them no
 * longer takes is noticed first.
 */
export async function* pollOnce(
  reading: Reading,
  ground: Ground,
  from: Place | undefined,
  signal: AbortSignal,
): AsyncGenerator<Page> {
  const at = Math.floor(reading.clock.now());
  const users = round(reading, "user", from?.users, signal);
  const groups = round(reading, "group", from?.groups, signal);
  const [firstUsers, firstGroups] = await bothOf(users.next(), groups.next());
  const everybody = new Everybody(reading);
  const changesOf = async (kind: "user" | "group", entries: readonly Document[]) =>
    from === undefined
      ? everybody.changes(kind, entries)
      : await partChanges(reading, kind, entries, from.at, signal);
  const userLink = yield* pages(users, firstUsers, (entries) => changesOf("user", entries), signal);
  const groupLink = yield* pages(groups, firstGroups, (entries) => changesOf("group", entries), signal);
  if (from === undefined) yield* everybody.closing();
  yield { changes: [], cursor: cursorOf({ v: 1, ...ground, at, users: userLink, groups: groupLink }) };
}

/** Where both fail it is always the first that is told, and nothing goes on behind the back of whoever handles it. */
async function bothOf<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

async function* pages(
  entries: AsyncGenerator<readonly Document[], string>,
  first: IteratorResult<readonly Document[], string>,
  changesOf: (entries: readonly Document[]) => Promise<readonly Change[]>,
  signal: AbortSignal,
): AsyncGenerator<Page, string> {
  for (let next = first; ; next = await entries.next()) {
    if (next.done === true) return next.value;
    const changes = await changesOf(next.value);
    signal.throwIfAborted();
    if (changes.length > 0) yield { changes };
  }
}

/** What has to be remembered while everybody is read: of people only how many there are. */
class Everybody {
  readonly #reading: Reading;
  readonly #groups = new Set<string>();
  readonly #withMembers = new Set<string>();
  readonly #hidden = new Set<string>();
  #told = 0;
  #readable = 0;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  changes(kind: "user" | "group", entries: readonly Document[]): readonly Change[] {
    const all: Change[] = [];
    for (const entry of entries) {
      for (const change of wholeChanges(this.#reading, kind, entry)) {
        this.#note(change);
        all.push(change);
      }
    }
    return all;
  }

  /** Ends the lists of members; refuses an answer that cannot be everybody. */
  *closing(): Generator<Page> {
    const { host } = this.#reading.graph;
    if (this.#told === 0) {
      throw new ConnectionError(
        `${host} answered with nobody at all for the tenant ${this.#reading.tenantId}`,
        {
          hint: `check tenantId, and that the application has the application permission ${permissions.users}`,
        },
      );
    }
    if (this.#readable === 0) {
      throw new ConnectionError(`${host} shows of nobody whether sign-in is blocked (accountEnabled)`, {
        hint: `User.ReadBasic.All is not enough: grant the application permission ${permissions.users}`,
      });
    }
    let changes: Change[] = [];
    for (const id of this.#groups) {
      if (this.#hidden.has(id) && !this.#withMembers.has(id)) {
        this.#reading.log.warn({ group: id }, "hides its members; Member.Read.Hidden would show them");
        continue;
      }
      changes.push(...listedAll(id));
      if (changes.length < CLOSING) continue;
      yield { changes };
      changes = [];
    }
    if (changes.length > 0) yield { changes };
  }

  #note(change: Change): void {
    if (change.type === "members") this.#withMembers.add(change.group);
    else if (change.kind === "group") this.#noteGroup(change);
    else if (change.type === "present") {
      this.#told += 1;
      if (typeof change.record["accountEnabled"] === "boolean") this.#readable += 1;
    }
  }

  #noteGroup(change: Exclude<Change, { type: "members" }>): void {
    if (change.type === "absent") this.#groups.delete(change.id);
    else this.#groups.add(change.id);
    if (change.type === "present" && change.record["visibility"] === HIDDEN) this.#hidden.add(change.id);
  }
}
