import type { Clock } from "../clock.ts";
import type { ConnectionConfig } from "../config/config.ts";
import type { Log } from "../log.ts";
import type { Mapping } from "../mapping/mapping.ts";
import type { ScimApi } from "../scim/api.ts";
import type { Source, SourceDefinition } from "../sources/source.ts";
import type { Judge } from "../store/judgement.ts";
import type { Store } from "../store/store.ts";
import type { KeptRules } from "./kept-rules.ts";

/** What a cycle tells about where it is, for a progress line. Counts, never names. */
export interface Progress {
  readonly step: "read" | "reconcile" | "match" | "apply" | "settle";
  readonly done: number;
  readonly of?: number;
  readonly note?: string;
}

/** Everything that the steps of one cycle work with; opened by connection.ts. */
export interface Work {
  readonly config: ConnectionConfig;
  readonly store: Store;
  readonly source: Source;
  readonly target: ScimApi;
  readonly mapping: Mapping;
  readonly judge: Judge;
  /** What the judge goes by, in a form that can be kept. */
  readonly rules: KeptRules;
  /** How records look to mapping and scope. */
  readonly view: SourceDefinition["view"];
  /** Attributes that the source is asked for. */
  readonly selection: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the cycle at the next step: calls under way are finished. */
  readonly signal: AbortSignal;
  /** Ends calls under way as well; what they did is then found out by looking. */
  readonly abort: AbortSignal;
  readonly progress: (progress: Progress) => void;
  readonly run: number;
  /** When the run began, ms since 1970 UTC. */
  readonly startedAt: number;
  readonly actor: string;
}
