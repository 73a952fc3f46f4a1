import { ConnectionError } from "../errors.ts";
import type { Listing } from "../store/listed.ts";
import type { WideRow } from "../store/rows.ts";
import type { Store } from "../store/store.ts";
import type { MembersState, ObjectState, OpenedPlan, PlannedState, ReferenceState } from "./plan-file.ts";
import { objectState } from "./planned-states.ts";
import type { Work } from "./work.ts";

/** What of a plan is still to be done; a change of members counts each. */
export interface CheckedPlan {
  readonly run: number;
  readonly all: number;
  /** Applied as listed, by an earlier run. */
  readonly before: number;
  readonly listing: Listing;
}

/** At most so many rows are named that are not as they were. */
const mostNamed = 10;

type Standing = "as listed" | "done" | "changed";

/**
 * Compares every row of a plan file with the snapshot: what is as it was is still to be done, and what was applied exactly as listed is done. One
 * row that is neither, and nothing of the plan is done: throws ConnectionError, which names them.
 */
export function checkPlan(
  { store, clock }: Pick<Work, "store" | "clock">,
  { file, name }: OpenedPlan,
): CheckedPlan {
  const check = new Check(store, name, clock.now());
  for (const { state } of file.changes) if (state.type === "object") check.object(state);
  for (const { state } of file.changes) if (state.type !== "object") check.part(state);
  const { changed } = check;
  if (changed.length > 0) {
    const named = changed.slice(0, mostNamed).join("; ");
    const more = changed.length > mostNamed ? `; and ${changed.length - mostNamed} more` : "";
    throw new ConnectionError(
      `${file.connection}: nothing of the plan is done: ${changed.length} of its ${check.all} changes ${changed.length === 1 ? "is" : "are"} not as listed any more: ${named}${more}`,
      { hint: `make a new one: rollcall plan ${file.connection} --out FILE` },
    );
  }
  return { run: file.run, all: check.all, before: check.done, listing: check.listing };
}

class Check {
  readonly #store: Store;
  readonly #name: string;
  readonly #now: number;
  /** Rows that this plan changed, or is to change: their accounts may be new. */
  readonly #ours = new Set<number>();
  readonly listing = {
    rows: [] as number[],
    members: [] as { grp: number; usr: number }[],
    references: [] as { owner: number; path: string }[],
    owners: [] as number[],
  };
  readonly changed: string[] = [];
  all = 0;
  done = 0;

  constructor(store: Store, name: string, now: number) {
    this.#store = store;
    this.#name = name;
    this.#now = now;
  }

  object(state: ObjectState): void {
    const row = this.#store.pending.row(state.row);
    const standing = row === undefined ? "changed" : this.#standingOf(state, row);
    const what = row === undefined ? "is gone" : differences(state, objectState(this.#store, row));
    this.#count(standing, `${row?.sourceId ?? state.row} (${what})`);
    if (standing === "changed") return;
    this.#ours.add(state.row);
    const isNew = state.link === null;
    if (isNew) this.listing.owners.push(state.row);
    if (standing === "as listed" && row !== undefined && !waits(row, this.#now))
      this.listing.rows.push(state.row);
  }

  part(state: Exclude<PlannedState, ObjectState>): void {
    if (state.type === "reference") this.#reference(state);
    else this.#members(state);
  }

  #reference({ row, path, desired, applied, links, doubt }: ReferenceState): void {
    const now = this.#store.references.standing(row, path);
    const owner = this.#store.pending.row(row);
    const isLinked =
      this.#isLink(row, links[0], now?.ownerLink ?? null) &&
      (desired === null || this.#isLink(desired, links[1], now?.valueLink ?? null));
    const isSame = now?.desired === desired && isLinked;
    const isUntouched = now?.applied === applied && now.doubt === doubt;
    const isDone = now?.applied === desired && now.doubt === null;
    const standing = standingFrom(isSame, isUntouched || this.#isOfThisPlan(row, now?.doubt), isDone);
    this.#count(standing, `${owner?.sourceId ?? row} (${path})`);
    if (standing === "as listed") this.listing.references.push({ owner: row, path });
  }

  #members({ row: grp, link, members }: MembersState): void {
    const group = this.#store.pending.row(grp);
    const isGroup = group !== undefined && this.#isLink(grp, link, group.targetId);
    for (const { row: usr, desired, applied, link: userLink, doubt } of members) {
      const user = this.#store.pending.row(usr);
      // Who left and whose leaving was accepted has no row there any more.
      const now = this.#store.memberships.standing(grp, usr) ?? { desired: 0, applied: 0, doubt: null };
      const isLinked = isGroup && user !== undefined && this.#isLink(usr, userLink, user.targetId);
      const isSame = now.desired === desired && isLinked;
      const isUntouched = now.applied === applied && now.doubt === doubt;
      const isDone = now.applied === desired && now.doubt === null;
      const standing = standingFrom(isSame, isUntouched || this.#isOfThisPlan(grp, now.doubt), isDone);
      this.#count(standing, `${group?.sourceId ?? grp} (member ${user?.sourceId ?? usr})`);
      if (standing === "as listed") this.listing.members.push({ grp, usr });
    }
  }

  #standingOf(state: ObjectState, row: WideRow): Standing {
    const now = objectState(this.#store, row);
    const isSame = now.desired === state.desired && sameReferences(state, this.#store, row);
    const isDone = now.applied === state.desired && now.doubt === null;
    const isUntouched =
      now.applied === state.applied &&
      now.link === state.link &&
      now.match === state.match &&
      now.doubt === state.doubt;
    return standingFrom(isSame, isUntouched || this.#isOfThisPlan(row.id, row.doubt), isDone);
  }

  /** The account is the same, or this plan made it (or took it away). */
  #isLink(row: number, listed: string | null, now: string | null): boolean {
    return listed === now || this.#ours.has(row);
  }

  /** The call without an answer, or the last one and nothing since, was one of this plan: a run that did not live to its end is gone on with. */
  #isOfThisPlan(row: number, doubt: number | null | undefined): boolean {
    const { runs } = this.#store;
    if (doubt !== null && doubt !== undefined) return runs.triggerOf(doubt) === this.#name;
    return runs.lastTriggerFor(row) === this.#name;
  }

  #count(standing: Standing, named: string): void {
    this.all += 1;
    if (standing === "done") this.done += 1;
    if (standing === "changed") this.changed.push(named);
  }
}

/** Refused before: it has a time of its own, and is not sent again before that. */
function waits({ retryAt, givenUp, seatsSince }: WideRow, now: number): boolean {
  return givenUp !== null || seatsSince !== null || (retryAt ?? now) > now;
}

function standingFrom(isWantedAsListed: boolean, isUntouched: boolean, isDone: boolean): Standing {
  if (!isWantedAsListed) return "changed";
  if (isDone) return "done";
  return isUntouched ? "as listed" : "changed";
}

/** Whom the references of a new account are to name. */
function sameReferences({ link, references }: ObjectState, store: Store, row: WideRow): boolean {
  if (link !== null) return true;
  const now = store.references.wanted(row.id).map(({ path, desired }) => [path, desired]);
  return JSON.stringify(now) === JSON.stringify(references);
}

/** "desired, link" */
function differences(listed: ObjectState, now: ObjectState): string {
  const names = (["desired", "applied", "link", "match", "doubt"] as const).filter(
    (name) => listed[name] !== now[name],
  );
  return names.length === 0 ? "references" : names.map((name) => words[name]).join(", ");
}

const words = {
  desired: "something else is wanted",
  applied: "something was applied",
  link: "another account",
  match: "another match",
  doubt: "a call without an answer",
} as const;
