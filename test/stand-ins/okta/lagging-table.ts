import { OrderedTable } from "./ordered-table.ts";

interface Pending<T> {
  readonly at: number;
  readonly key: string;
  /** Undefined removes the entry. */
  readonly value: T | undefined;
}

/** What readers see of a table that shows its changes late: each at a time of its own, those of one key never out of order. */
export class LaggingTable<T> {
  readonly #now: () => number;
  readonly #shown = new OrderedTable<T>();
  readonly #pending: Pending<T>[] = [];
  /** Until when a key has something pending. */
  readonly #latest = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The value shows, or with undefined the entry is gone, from `at` on (milliseconds since 1970). */
  set(key: string, at: number, value: T | undefined): void {
    const time = Math.max(at, this.#latest.get(key) ?? 0);
    this.#latest.set(key, time);
    let place = this.#pending.length;
    while (place > 0 && (this.#pending[place - 1]?.at ?? 0) > time) place -= 1;
    this.#pending.splice(place, 0, { at: time, key, value });
  }

  /** As seen right now. */
  get shown(): OrderedTable<T> {
    const now = this.#now();
    let due = 0;
    for (const { at, key, value } of this.#pending) {
      if (at > now) break;
      due += 1;
      this.#show(key, value);
      if (this.#latest.get(key) === at) this.#latest.delete(key);
    }
    this.#pending.splice(0, due);
    return this.#shown;
  }

  #show(key: string, value: T | undefined): void {
    if (value === undefined) this.#shown.delete(key);
    else this.#shown.set(key, value);
  }
}
