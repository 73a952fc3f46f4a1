import { createTask, type ScheduledTask } from "node-cron";
import type { Windows } from "../config/config.ts";

const minuteMs = 60_000;
const furthestMinutes = 8 * 24 * 60;

const always: Windows = { patterns: [], timezone: undefined };

/** The times at which cycles of the schedule may begin: a minute is inside when one of the expressions means it. Close it. */
export class Window {
  readonly #tasks: readonly ScheduledTask[];
  /** Found by trying minute after minute, which is worth remembering: from `since` to `until` it opens at `at` or not at all. */
  #known: { readonly since: number; readonly until: number; readonly at: number | undefined } | undefined;

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
    const known = this.#known;
    if (known !== undefined && known.since <= from && from < known.until) return known.at;
    const minutes = Array.from(
      { length: furthestMinutes },
      (_, n) => (Math.floor(from / minuteMs) + 1 + n) * minuteMs,
    );
    const at = minutes.find((minute) => this.isOpen(minute));
    this.#known = { since: from, until: at ?? from + minuteMs * furthestMinutes, at };
    return at;
  }

  close(): void {
    for (const task of this.#tasks) void task.destroy();
  }
}
