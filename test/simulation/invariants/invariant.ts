import type { SimulationEvent } from "../world/events.ts";
import type { World } from "../world/world.ts";

/** One promise of the product, and how a simulation notices that it was broken. */
export interface Invariant {
  /** "I1" */
  readonly id: string;
  /** What always holds. */
  readonly sentence: string;
  /** Begins to watch a world; what is returned hears every event and calls `broken` with what happened. */
  watch(world: World, ownership: Ownership, broken: (how: string) => void): (event: SimulationEvent) => void;
}

/** Who owns which account, as the checker knows it from the calls that took effect. */
export interface Ownership {
  /** Source id of whom an account or group was made for or taken over by; undefined for strangers. */
  owner(id: string): string | undefined;
  /** Living accounts or groups of one source id. */
  accountsOf(sourceId: string): readonly string[];
}
