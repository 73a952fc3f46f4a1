import type { LimitFunction } from "p-limit";
import type { Log } from "../log.ts";
import type { Worker } from "./worker.ts";

/** What the daemon offers to a command that runs inside it. */
export interface Host
  extends Pick<Worker, "config" | "turn" | "watch" | "status" | "reload" | "isAlive" | "meter" | "refusals"> {
  readonly version: string;
  readonly log: Log;
  /** Work on a copy of a whole snapshot: one at a time, however many ask for it. */
  readonly onCopy: LimitFunction;
  /** Ends the daemon as SIGTERM does. Returns at once. */
  stop(): void;
}
