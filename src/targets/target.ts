/** The contract of a target: what `targets/<name>/index.ts` exports. A target gives a ScimApi and nothing else. */

import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Meter } from "../meter.ts";
import type { Capabilities, ScimApi } from "../scim/api.ts";
import type { TargetSchema } from "../scim/target-schema.ts";
import type { Refusals } from "../secret-in-use.ts";
import type { z } from "../zod.ts";

/** Times that everybody who uses one target has in common, also in other processes: ms since 1970. */
export interface SharedTimes {
  /** What is kept under a name; 0 when nothing is. */
  read(name: string): number;
  /** Hands over what is kept under the names, and the time of day; keeps what comes back. Nobody comes in between. */
  change(names: readonly string[], work: (known: readonly number[], now: number) => readonly number[]): void;
}

export interface TargetContext {
  /** Name in the YAML. */
  readonly name: string;
  /** `<state>/targets`: an embedded directory keeps its file there. */
  readonly folder: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly meter?: Meter;
  readonly refusals?: Refusals;
  /** Without them the target is taken to be used by nobody else. */
  readonly times?: SharedTimes;
}

export interface TargetDefinition<Settings = unknown> {
  readonly type: string;
  readonly title: string;
  /** Schema of its section in the YAML (without `type`). */
  readonly settings: z.ZodType<Settings>;
  /** What is allowed in these settings but worth a word when they are checked: one sentence each. */
  readonly warnings?: (settings: Settings) => readonly string[];
  /** What a target with these settings can do, as far as its profile tells: nobody is asked. */
  capabilities(settings: Settings): Capabilities;
  /** What its users and groups may carry, where that is known without asking anybody. */
  readonly schema?: TargetSchema;
  /** Names the target itself (base URL, directory id), not our login to it: the store is bound to it. */
  identity(settings: Settings, context: TargetContext): string;
  open(settings: Settings, context: TargetContext): Promise<ScimApi>;
}
