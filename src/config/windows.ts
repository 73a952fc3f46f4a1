import type { Keys } from "../yaml/keys.ts";
import type { Problem } from "../yaml/problem.ts";
import { show } from "../yaml/show.ts";
import type { NormalisedConnection, WrittenConfig } from "./normalise.ts";

/** Cron expressions that say nothing, or no time that ever comes, and a time zone that nothing goes by. */
export async function unsoundWindows(
  { config: { name, windows } }: NormalisedConnection,
  { file, document }: WrittenConfig,
): Promise<readonly Problem[]> {
  const at: Keys = ["connections", name];
  if (windows === undefined) {
    if (file.connections[name]?.timezone === undefined) return [];
    return [
      document.problem([...at, "timezone"], "expected windows beside it: it is their time zone", {
        at: "key",
      }),
    ];
  }
  // Most configurations have no windows, and no command needs it but for them.
  const { validateDetailed } = await import("node-cron");
  return windows.patterns.flatMap((pattern, index) => {
    const keys: Keys = [...at, "windows", index];
    const { valid, errors } = validateDetailed(pattern);
    if (valid) return [];
    const [first] = errors;
    const why =
      first?.value === undefined ? "" : `: ${show(first.value)} is no ${fields[first.field] ?? first.field}`;
    return [document.problem(keys, `expected a cron expression, got ${show(pattern)}${why}`)];
  });
}

const fields: Readonly<Record<string, string>> = {
  minute: "minute (0 to 59)",
  hour: "hour (0 to 23)",
  dayOfMonth: "day of the month (1 to 31)",
  month: "month (1 to 12)",
  dayOfWeek: "day of the week (0 to 7, or sun to sat)",
};
