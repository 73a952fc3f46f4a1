import type { Guarded, HoldClass } from "../store/holds.ts";
import type { WideRow } from "../store/rows.ts";
import { mostWithin } from "./limits.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";

/** Classes of which more may come up while a plan is applied than it showed. */
const mayComeUp: readonly HoldClass[] = [
  "deactivations",
  "deletions",
  "identifier-changes",
  "cleared-values",
];

/**
 * What may come up in an apply and still go. The guards look at the plan; a call without an answer that turns out to have taken effect, a value
 * that was refused along with another, or somebody's hand at the target can make another change of it, which nobody judged. Such a change
 * takes of what its limit leaves, and waits for the guards of the next run where that is used up.
 */
export class Room {
  readonly #work: Work;
  readonly #judged = new Set<string>();
  /** Class -> how many go or went already without a person's word; undefined for a class that is held. */
  readonly #used = new Map<HoldClass, number | undefined>();
  readonly #left = new Map<HoldClass, number>();

  /** `going`: of the classes of the plan, how many of their changes go without a person's word; undefined for a class that is held. */
  constructor(
    work: Work,
    classes: ReadonlyMap<HoldClass, readonly Guarded[]>,
    going: ReadonlyMap<HoldClass, number | undefined>,
    now: number,
  ) {
    this.#work = work;
    for (const name of [...mayComeUp, "configuration"] as const)
      for (const each of classes.get(name) ?? [])
        if (each.grp === undefined) this.#judged.add(`${each.id} ${name}`);
    for (const name of mayComeUp) {
      const before = work.store.window.appliedSince(name, now - work.config.limits.windowMs);
      const n = going.has(name) ? going.get(name) : 0;
      this.#used.set(name, n === undefined ? undefined : before + n);
    }
  }

  /** Of the classes of a change that is about to be sent those for which nothing is left; the others are taken account of. */
  missingFor(row: number, names: readonly HoldClass[]): readonly HoldClass[] {
    // An edit of the configuration is judged as a whole.
    if (this.#judged.has(`${row} configuration`)) return [];
    const unseen = names.filter((name) => this.#used.has(name) && !this.#judged.has(`${row} ${name}`));
    const missing = unseen.filter((name) => this.#leftOf(name) < 1);
    if (missing.length > 0) return missing;
    for (const name of unseen) {
      this.#left.set(name, this.#leftOf(name) - 1);
      this.#judged.add(`${row} ${name}`);
    }
    return [];
  }

  /** Worked out when it is first asked for: mostly nothing comes up, and counting everybody has its price. */
  #leftOf(name: HoldClass): number {
    const used = this.#used.get(name);
    const left = this.#left.get(name) ?? (used === undefined ? 0 : mostWithin(this.#work, name) - used);
    this.#left.set(name, left);
    return left;
  }
}

/** Why a change may not be sent in this run, as far as the limits go: it is left to the guards of the next run, which see it. */
export function noRoom(
  tally: Tally,
  { id }: Pick<WideRow, "id">,
  names: readonly HoldClass[],
): string | undefined {
  const [missing] = tally.room?.missingFor(id, names) ?? [];
  if (missing === undefined) return undefined;
  return `not sent in this run: it came up after the guards had looked, and the limit of ${missing.replace("-", " ")} leaves no room for it; the next run looks at it first`;
}
