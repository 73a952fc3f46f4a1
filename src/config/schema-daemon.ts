/** The keys of the daemon, and when the cycles of a connection may begin. */

import { duration } from "../duration.ts";
import { z } from "../zod.ts";

const PATTERN_EXPECTED = 'expected a cron expression of five fields, such as "* 6-22 * * 1-5"';
const TIMEZONE_EXPECTED = "expected the name of a time zone, such as Europe/London";

/** Everything that concerns `rollcall daemon` as a whole. */
export const daemon = z.strictObject({
  cyclesAtOnce: z
    .int()
    .min(1)
    .max(100)
    .default(4)
    .describe(
      "So many connections are worked on at once; further ones wait for a place, those that a person asks for come first. Each takes some 50 to 100 MB of " +
        "memory while it runs. Default: 4.",
    ),
  stopTimeout: duration
    .prefault("60s")
    .describe(
      "When the daemon is told to stop, a cycle under way ends at its next step. After this time its calls are cut off, and the next start looks what " +
        "became of them. Keep it at least 20 seconds below what systemd (TimeoutStopSec) or the container allows. Default: 60s.",
    ),
});

const isTimezone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

/** A list of times; which expressions are sound is asked of node-cron (windows.ts). */
export const windows = z
  .array(z.string({ error: PATTERN_EXPECTED }).regex(/^\s*\S+(\s+\S+){4}\s*$/, { error: PATTERN_EXPECTED }))
  .min(1, { error: "expected at least one cron expression (for cycles at any time, leave the key out)" });

export const timezone = z
  .string({ error: TIMEZONE_EXPECTED })
  .refine(isTimezone, { error: TIMEZONE_EXPECTED });
