import type { HeldNow, SimulationEvent } from "../world/events.ts";
import type { World } from "../world/world.ts";

/** How long a person's yes is good for, in ms. */
const goodForMs = 72 * 3_600_000;

interface Approval {
  readonly held: HeldNow;
  readonly at: number;
  readonly wallAt: number;
}

/** What the admin said yes to, as the admin knows it. */
export class Approvals {
  readonly #world: World;
  readonly #given: Approval[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  hear(event: SimulationEvent): void {
    if (event.type !== "approved") return;
    for (const held of event.approved) this.#given.push({ held, at: event.at, wallAt: event.wallAt });
  }

  /** A person's yes to something of this class for this person or group that was good when this process began, the newest first. */
  find(sourceId: string, classes: readonly string[]): Approval | undefined {
    const now = this.#world.wallAt;
    return this.#given.findLast(
      ({ held, wallAt }) =>
        held.sourceId === sourceId && classes.includes(held.class) && now - wallAt < goodForMs,
    );
  }

  /** Whether anybody ever said yes to it, however long ago. */
  ever(sourceId: string, classes: readonly string[]): boolean {
    return this.#given.some(({ held }) => held.sourceId === sourceId && classes.includes(held.class));
  }
}
