import type { WideRow } from "../store/rows.ts";
import type { Action, Detour } from "./action.ts";

/** What is said of people for whom nothing is sent, because the target has just said so of somebody else. */
export const noSeatLeft = "no licence or seat is left at the target";

/**
 * Licences at the target, as far as a run knows. Once it has said that none is left, nobody else is asked for, but for one each cycle, and one
 * for each account that was switched off or deleted since: when that one gets in, the others are sent as well.
 */
export class Seats {
  #isFull = false;
  #tries = 0;

  /** Somebody waits from an earlier run: one of them is tried. */
  begin(someWait: boolean): void {
    this.#isFull = someWait;
    this.#tries = someWait ? 1 : 0;
  }

  /** An account was switched off or deleted. */
  freed(): void {
    this.#tries += 1;
  }

  /** Somebody got in. */
  taken(): void {
    this.#isFull = false;
  }

  /** The target says that there is none left. */
  refused(): void {
    this.#isFull = true;
    this.#tries = 0;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** How many of `most` may be asked for now. */
  room(most: number): number {
    return this.#isFull ? Math.min(most, this.#tries) : most;
  }

  /** True, and counted, if one may be asked for now. */
  mayAsk(): boolean {
    if (!this.#isFull) return true;
    if (this.#tries === 0) return false;
    this.#tries -= 1;
    return true;
  }

  /** The one that was asked for came to nothing for another reason: it said nothing about seats. */
  wasted(): void {
    if (this.#isFull) this.#tries += 1;
  }
}

/** True for what makes an account that takes a licence. */
export function takesSeat({ kind }: Pick<WideRow, "kind">, action: Action | Detour): boolean {
  return kind === "user" && (action === "create" || action === "reactivate" || action === "adopt");
}

/** True for what gives one back. */
export function freesSeat({ kind }: Pick<WideRow, "kind">, action: string): boolean {
  return kind === "user" && (action === "deactivate" || action === "delete");
}
