import type { ItemError } from "../errors.ts";
import type { WideRow } from "../store/rows.ts";

/** Creations with references that are refused before no more are sent. */
const mostRefused = 5;

/** Refusals that would be the same without references. */
const hasOtherReason: ReadonlySet<ItemError["code"]> = new Set(["uniqueness", "seats"]);

/**
 * Whose call was refused for a reason that another call of the same run may not meet: each is read and worked out once more, as an attempt of
 * its own. Refused again, it has failed.
 */
export class SecondTries {
  readonly #late = new Set<number>();
  readonly #offAlone = new Set<number>();
  readonly #withoutReferences = new Set<number>();
  readonly #next = new Set<number>();

  /** Somebody else changed the account or group between our read and our write. */
  isLate(row: WideRow, refusal: ItemError): boolean {
    if (refusal.code !== "changed-meanwhile" || this.#late.has(row.id)) return false;
    this.#late.add(row.id);
    this.#next.add(row.id);
    return true;
  }

  /** A value that goes along with a deactivation is refused: the account is switched off without it. */
  switchOffAlone(row: WideRow): boolean {
    if (this.#offAlone.has(row.id)) return false;
    this.#offAlone.add(row.id);
    this.#next.add(row.id);
    return true;
  }

  isOffAlone(row: WideRow): boolean {
    return this.#offAlone.has(row.id);
  }

  /** A creation was refused that names somebody else: the account is made without, and the reference is set, or refused, by itself. */
  createWithoutReferences(row: WideRow, refusal: ItemError): boolean {
    if (hasOtherReason.has(refusal.code) || this.#withoutReferences.has(row.id)) return false;
    this.#withoutReferences.add(row.id);
    this.#next.add(row.id);
    return true;
  }

  /** Where creations were refused again and again, nobody else is tried with references. */
  takesReferences(row: WideRow): boolean {
    return !this.#withoutReferences.has(row.id) && this.#withoutReferences.size < mostRefused;
  }

  /** Rows whose second try is due, once. */
  take(): readonly number[] {
    const ids = [...this.#next];
    this.#next.clear();
    return ids;
  }
}
