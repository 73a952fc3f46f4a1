import { ConnectionError } from "../../../errors.ts";
import type { Kind } from "../../../scim/resource.ts";
import type { Change, Page, Sealed } from "../../source.ts";
import type { Entry } from "../client/entries.ts";
import { cursorOf, type Ground } from "./cursor.ts";
import { listedAll } from "./members.ts";
import { wholeChanges } from "./objects.ts";
import { beginBoth, pagesOf } from "./poll.ts";
import { HIDDEN } from "./read-one.ts";
import { permissions, type Reading } from "./reading.ts";
import { type SealedEntry, sealer } from "./sealed-entry.ts";

/** Changes that close lists, per page. */
const CLOSING = 1000;

/** Everybody: all people, then all groups, and what ends the lists of their members. */
export async function* everybody(
  reading: Reading,
  ground: Ground,
  signal: AbortSignal,
): AsyncGenerator<Page<Change | Sealed>> {
  const at = Math.floor(reading.clock.now());
  const both = await beginBoth(reading, undefined, signal);
  const all = new Everybody(reading);
  const users = yield* pagesOf(both.users, (entries) => all.told("user", entries), signal);
  const groups = yield* pagesOf(both.groups, (entries) => all.told("group", entries), signal);
  yield* all.closing();
  yield { changes: [], cursor: cursorOf({ v: 1, ...ground, at, users, groups }) };
}

/** What has to be remembered while everybody is read: of people only how many there are. */
class Everybody {
  readonly #reading: Reading;
  readonly #sealed: ReturnType<typeof sealer>;
  readonly #groups = new Set<string>();
  readonly #withMembers = new Set<string>();
  readonly #hidden = new Set<string>();
  #told = 0;
  #readable = 0;

  constructor(reading: Reading) {
    this.#reading = reading;
    this.#sealed = sealer(reading);
  }

  told(kind: Kind, entries: readonly Entry[]): readonly (Change | Sealed)[] {
    const all: (Change | Sealed)[] = [];
    for (const entry of entries) {
      const sealed = this.#sealed(kind, entry);
      if (sealed !== undefined) {
        this.#noteSealed(sealed);
        all.push(sealed);
        continue;
      }
      for (const change of wholeChanges(this.#reading, kind, entry.document())) {
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

  /** Somebody of whom it is shown whether they may log in has to be seen once; of a group that is not hidden its id is enough. */
  #noteSealed(sealed: SealedEntry): void {
    const isPlain = sealed.kind === "user" ? this.#readable > 0 : !sealed.mayHold(HIDDEN);
    if (!isPlain) for (const change of sealed.open()) this.#note(change);
    else if (sealed.kind === "user") this.#told += 1;
    else this.#groups.add(sealed.id);
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
