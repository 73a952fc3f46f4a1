import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import type { Config, ConnectionConfig } from "../config/config.ts";
import { openStore } from "../connection.ts";
import type { Meta } from "../store/meta.ts";
import { z } from "../zod.ts";
import type { Schedule } from "./schedule.ts";

const stored = z.object({
  due: z.int(),
  everyMs: z.int().positive(),
  cut: z.enum(["first", "again"]).exactOptional(),
});

/** The schedule that a snapshot holds; undefined where no daemon ever ran a cycle. */
export function storedSchedule(meta: Meta): Schedule | undefined {
  const text = meta.get("schedule");
  return text === undefined ? undefined : stored.parse(JSON.parse(text));
}

/** Written down for the next start, in one commit. */
export function keepSchedule(meta: Meta, schedule: Schedule): void {
  meta.set("schedule", JSON.stringify(schedule));
}

/** Does something with the meta facts of a snapshot that nobody has open here; undefined where there is no snapshot yet. */
export function withMeta<Result>(
  config: Config,
  connection: ConnectionConfig,
  clock: Clock,
  work: (meta: Meta) => Result,
): Result | undefined {
  if (!existsSync(join(config.state, `${connection.name}.db`))) return undefined;
  const store = openStore(config, connection, clock, { create: false });
  try {
    return work(store.meta);
  } finally {
    store.close();
  }
}
