/** Chance that can be repeated: the same seed makes the same choices (mulberry32). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** From 0 up to, not including, 1. */
  number(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    const state = this.#state;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor(this.number() * limit);
  }

  /** True so often, 0 to 1. */
  happens(share: number): boolean {
    return this.number() < share;
  }

  pick<T>(from: readonly [T, ...T[]]): T {
    return from[this.below(from.length)] ?? from[0];
  }

  /** Undefined where there is nothing to choose from. */
  one<T>(from: readonly T[]): T | undefined {
    return from[this.below(from.length)];
  }

  /** Those whom chance takes, each with the same share. */
  some<T>(from: readonly T[], share: number): T[] {
    return from.filter(() => this.happens(share));
  }
}
