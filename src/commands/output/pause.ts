import type { Pause } from "../../store/pauses.ts";
import { isoTime } from "./json.ts";
import { relative } from "./numbers.ts";

/** "paused 12 min ago by ann: the target is being moved; until `rollcall resume` no sync writes anything" */
export function pauseText({ since, actor, reason }: Pause, now: number): string {
  return `paused ${relative(since, now)} by ${actor}: ${reason}; until \`rollcall resume\` no sync writes anything`;
}

/** The same for other programs; null where nobody paused it. */
export function pauseFields(pause: Pause | undefined): Record<string, unknown> | null {
  return pause === undefined ? null : { ...pause, since: isoTime(pause.since) };
}
