import type { SimulationEvent } from "../world/events.ts";
import type { World } from "../world/world.ts";
import type { Approvals } from "./approvals.ts";
import type { Knowledge } from "./knowledge.ts";

/** One promise of the product, and how a simulation notices that it was broken. */
export interface Invariant {
  /** "I1" */
  readonly id: string;
  /** What always holds. */
  readonly sentence: string;
  /** Begins to watch a world; what is returned hears every event and calls `broken` with what happened. */
  watch(eyes: Eyes): (event: SimulationEvent) => void;
}

/** What an invariant may look at: the world as it is, and what the checker itself has noted down. */
export interface Eyes {
  readonly world: World;
  readonly owners: Ownership;
  readonly knowledge: Knowledge;
  readonly approvals: Approvals;
  /** Something happened that must not. */
  broken(how: string): void;
}

/** Who owns which account, as the checker knows it from the calls that took effect. */
export interface Ownership {
  /** Source id of whom an account or group was made for or taken over by; undefined for strangers. */
  owner(id: string): string | undefined;
  /** Living accounts or groups of one source id. */
  accountsOf(sourceId: string): readonly string[];
}
