import type { Config } from "../config/config.ts";
import type { Report } from "../sync/report.ts";
import type { Progress } from "../sync/work.ts";
import type { Doing } from "./turns.ts";

/** What the worker tells whoever watches it, in the order in which it happens. Times are ms since 1970 UTC. */
export type WorkerEvent =
  /** Somebody has their turn with a connection; ends with "ended", whatever comes of it. */
  | { readonly type: "began"; readonly at: number; readonly connection: string; readonly doing: Doing }
  | {
      readonly type: "progress";
      readonly at: number;
      readonly connection: string;
      readonly progress: Progress;
    }
  /** A cycle came to its end, well or not. */
  | { readonly type: "report"; readonly at: number; readonly connection: string; readonly report: Report }
  | {
      readonly type: "ended";
      readonly at: number;
      readonly connection: string;
      readonly doing: Doing;
      /** What was thrown: of a cycle that could not even begin, as a rule. */
      readonly error: unknown;
    }
  /** A configuration was taken: the first one, and every later one that is sound. */
  | { readonly type: "configured"; readonly at: number; readonly config: Config }
  /** A changed configuration was not taken. */
  | { readonly type: "refused"; readonly at: number; readonly error: unknown }
  | { readonly type: "stopping"; readonly at: number };
