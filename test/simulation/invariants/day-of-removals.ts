import type { CycleInfo } from "../world/events.ts";
import type { World } from "../world/world.ts";

const dayMs = 24 * 3_600_000;

interface Removal<Loss> {
  readonly at: number;
  readonly wallAt: number;
  readonly loss: Loss;
  readonly what: string;
  readonly call: number | undefined;
}

/** What was taken away without anybody's word during the last day. */
export class DayOfRemovals<Loss extends string> {
  readonly #world: World;
  #removals: Removal<Loss>[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /**
   * `cycle`: whose call it was. `call`: given where the same thing may happen twice in a day and counts as often; otherwise it counts once.
   */
  add(loss: Loss, what: string, cycle: CycleInfo, call?: number): void {
    const { timeline } = this.#world;
    // A process goes by the clock that it began with, however that is set meanwhile: only the next one sees the new time.
    const wallAt = cycle.startedWallAt + (timeline.now - cycle.startedAt);
    // A clock that is set forward tells of a day that never was; one that is set back after the decision makes two days one.
    this.#removals = this.#removals.filter(
      (each) => each.wallAt > wallAt - dayMs && each.at > timeline.now - dayMs,
    );
    const again = this.#removals.some(
      (each) => each.loss === loss && each.what === what && each.call === call,
    );
    if (!again) this.#removals.push({ at: timeline.now, wallAt, loss, what, call });
  }

  /** Of one class, the oldest first. Call right after `add`. */
  of(loss: Loss): readonly string[] {
    return this.#removals.filter((each) => each.loss === loss).map((each) => each.what);
  }

  /** It was given back. */
  drop(loss: Loss, what: string): void {
    this.#removals = this.#removals.filter((each) => each.loss !== loss || each.what !== what);
  }

  forget(): void {
    this.#removals = [];
  }
}
