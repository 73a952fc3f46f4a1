import { createTask, type ScheduledTask } from "node-cron";
import type { Windows } from "../config/config.ts";

const minuteMs = 60_000;
const furthestMinutes = 8 * 24 * 60;

const always: Windows = { patterns: [], timezone: undefined };

/** From `since` to `until` it opens at `at` or not at all. */
interface Closed {
  readonly since: number;
  readonly until: number;
  readonly at: number | undefined;
}

/** The times at which cycles of the schedule may begin: a minute is inside when one of the expressions means it. Close it. */
export class Window {
  readonly #tasks: readonly ScheduledTask[];
  /** Found by trying minute after minute, which is worth remembering: of a late cycle, and of one from now on. */
  #known: readonly Closed[] = [];

  constructor({ patterns, timezone }: Windows = always) {
    // Never started: node-cron knows the expressions, the calendar and the time zones; when a cycle is due is not its business.
    this.#tasks = patterns.map((pattern) =>
      createTask(pattern, () => {}, timezone === undefined ? {} : { timezone }),
    );
  }

  /** `now` in ms since 1970 UTC. Without any expression it is always open. */
  isOpen(now: number): boolean {
    const minute = new Date(Math.floor(now / minuteMs) * minuteMs);
    return this.#tasks.length === 0 || this.#tasks.some((task) => task.match(minute));
  }

  /** The first moment from `from` on at which it is open; undefined when that is more than a week away. */
  opensAt(from: number): number | undefined {
    if (this.isOpen(from)) return from;
    const known = this.#known.find(({ since, until }) => since <= from && from < until);
    if (known !== undefined) return known.at;
    const minutes = Array.from(
      { length: furthestMinutes },
      (_, n) => (Math.floor(from / minuteMs) + 1 + n) * minuteMs,
    );
    const at = minutes.find((minute) => this.isOpen(minute));
    const found = { since: from, until: at ?? from + minuteMs * furthestMinutes, at };
    this.#known = [found, ...this.#known.slice(0, 1)];
    return at;
  }

  close(): void {
    for (const task of this.#tasks) void task.destroy();
  }
}
