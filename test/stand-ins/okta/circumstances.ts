import { createRandom, type Random } from "./random.ts";

/** How long, in milliseconds, until readers see a change. May be changed at any time. */
export interface Lags {
  /** Lists with `search` or `filter` come from an index that follows. */
  searchMs: number;
  /** `lastMembershipUpdated`, also on a group that is read alone. */
  membershipMs: number;
  /** From an event to its persistence in the System Log. */
  logMs: number;
}

/** What was seen of the real service: about a second for searches, and old membership times up to six seconds after a change. */
export const measuredLags: Readonly<Lags> = { searchMs: 1000, membershipMs: 6000, logMs: 0 };

export const noLags: Readonly<Lags> = { searchMs: 0, membershipMs: 0, logMs: 0 };

/** The time, the chance and the delays that everything in an organisation shares. */
export class Circumstances {
  readonly lags: Lags;
  random: Random;
  /** Pages are as short as that, whatever was asked for: so that few people fill many. */
  mostOnPage = Number.POSITIVE_INFINITY;
  /** When on, a change of status leaves `lastUpdated` where it was, as about a third of the recorded ones did. */
  statusKeepsLastUpdated = false;
  readonly #clock: () => number;
  #agoMs = 0;
  /** The last one made: most are asked for many times. */
  #stamp: { readonly second: number; readonly text: string } | undefined;

  constructor(clock: () => number, seed: number, lags: Readonly<Lags>) {
    this.#clock = clock;
    this.random = createRandom(seed);
    this.lags = { ...lags };
  }

  /** Milliseconds since 1970. */
  readonly now = (): number => this.#clock() - this.#agoMs;

  /** The time as objects carry it: whole seconds, with the milliseconds written out as zeros. */
  stamp(): string {
    const second = Math.floor(this.now() / 1000);
    if (this.#stamp?.second !== second) this.#stamp = { second, text: new Date(second * 1000).toISOString() };
    return this.#stamp.text;
  }

  /** Does something as if it had been done so long ago. */
  ago<T>(ms: number, act: () => T): T {
    this.#agoMs += ms;
    try {
      return act();
    } finally {
      this.#agoMs -= ms;
    }
  }
}
