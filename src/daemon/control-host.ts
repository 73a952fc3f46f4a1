import type { Log } from "../log.ts";
import type { Worker } from "./worker.ts";

/** What the daemon offers to a command that runs inside it. */
export interface Host extends Pick<Worker, "config" | "turn" | "watch" | "status" | "reload" | "isAlive"> {
  readonly version: string;
  readonly log: Log;
  /** Ends the daemon as SIGTERM does. Returns at once. */
  stop(): void;
}
