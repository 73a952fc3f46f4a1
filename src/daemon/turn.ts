import type { Report } from "../sync/report.ts";
import type { Progress } from "../sync/work.ts";
import type { Doing } from "./turns.ts";

/** Who asks for a turn with a connection, and how they may change their mind. */
export interface Asked {
  /** For whoever waits behind it: "sync by ann". */
  readonly what: string;
  /**
   * For a whole cycle or anything as heavy, which takes one of the places of `daemon.cycles`: a "person" is served before the "schedule". What is
   * done in a moment (an approval, a pause) needs no place.
   */
  readonly place?: "person" | "schedule";
  /** Nobody wants it any more: the wait ends at once, what began ends at its next step. */
  readonly signal?: AbortSignal;
  /** And at once: calls under way are cut off. */
  readonly abort?: AbortSignal;
  /** Called once, if somebody else has the connection: what they do. */
  readonly waiting?: (behind: Doing) => void;
}

/** What work is handed when its turn has come. */
export interface Turn {
  /** Aborts when the work is to end at its next step: the daemon stops, or nobody wants it any more. */
  readonly signal: AbortSignal;
  /** Aborts when calls under way are to be cut off. */
  readonly abort: AbortSignal;
  /** Where the work is, for everybody who watches, and for the watchdog: whoever says nothing for two hours is taken to hang. */
  readonly progress: (progress: Progress) => void;
  /** Call it with the report of every cycle that was run in this turn: log, metrics and notifications live on it. */
  readonly report: (report: Report) => void;
}
