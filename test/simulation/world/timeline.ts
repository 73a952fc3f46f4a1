import { setImmediate as drained } from "node:timers/promises";

interface Event {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
}

/** No process of a simulation has so much to do. */
const mostEvents = 20_000;

/**
 * Virtual time. Whatever takes time is an event; the next one happens only when nothing is left that could run before it, so that a seed always
 * gives the same order. Nothing in a simulation waits for the real clock.
 */
export class Timeline {
  #now = 0;
  #order = 0;
  readonly #events: Event[] = [];

  /** Milliseconds since the beginning; never goes back. */
  get now(): number {
    return this.#now;
  }

  in(ms: number, happen: () => void): void {
    const event = { at: this.#now + Math.max(0, ms), order: this.#order++, happen };
    let place = this.#events.length;
    while (place > 0 && (this.#events[place - 1]?.at ?? 0) > event.at) place -= 1;
    this.#events.splice(place, 0, event);
  }

  /** Lets time pass while no process runs; what is due meanwhile happens. */
  pass(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#events[0]; next !== undefined && next.at <= end; next = this.#events[0])
      this.#take(next);
    this.#now = end;
  }

  /**
   * Lets things happen until the work is over, or `stopped` says that nobody waits for it any more. Returns why it will never be over, if so:
   * nothing is left to happen, or too much happened already.
   */
  async drive(work: Promise<unknown>, stopped: () => boolean): Promise<string | undefined> {
    let over = false;
    const end = () => {
      over = true;
    };
    work.then(end, end);
    for (let happened = 0; happened < mostEvents; happened++) {
      await drained();
      if (over || stopped()) return undefined;
      const next = this.#events[0];
      if (next === undefined) return "it waits for something that never happens";
      this.#take(next);
    }
    return `more than ${mostEvents} things happened`;
  }

  #take(event: Event): void {
    this.#events.shift();
    this.#now = event.at;
    event.happen();
  }
}
