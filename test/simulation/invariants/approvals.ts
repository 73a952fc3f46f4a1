import type { HeldNow, SimulationEvent } from "../world/events.ts";
import type { World } from "../world/world.ts";
import { type Judged, LastJudged } from "./last-judged.ts";

/** How long a person's yes is good for, in ms. */
const goodForMs = 72 * 3_600_000;

/** A cycle that went by it may last so long, in ms, its last effect included. */
const effectMs = 30 * 60_000;

interface Approval {
  readonly held: HeldNow;
  readonly at: number;
  readonly wallAt: number;
}

/** What the admin said yes to, as the admin knows it. */
export class Approvals {
  readonly #world: World;
  readonly #given: Approval[] = [];
  readonly #judged = new LastJudged();

  constructor(world: World) {
    this.#world = world;
  }

  hear(event: SimulationEvent): void {
    this.#judged.hear(event);
    if (event.type !== "approved") return;
    for (const held of event.approved) this.#given.push({ held, at: event.at, wallAt: event.wallAt });
  }

  /** What is wanted of them now; undefined as long as nothing was sent for them. */
  wanted(sourceId: string): Judged | undefined {
    return this.#judged.of(sourceId);
  }

  /** A person's yes to something of this class for this person or group that was good when this process began, the newest first. */
  find(sourceId: string, classes: readonly string[]): Approval | undefined {
    const now = this.#world.wallAt;
    return this.#given.findLast(
      ({ held, wallAt }) =>
        held.sourceId === sourceId && classes.includes(held.class) && now - wallAt < goodForMs,
    );
  }

  /** Whether anybody said yes to it (to this group's membership, to exactly this digest), and that was good when it was last looked at: by one of the clocks, as one of them may have jumped. */
  any(
    sourceId: string,
    classes: readonly string[],
    { group, desired }: { readonly group?: string; readonly desired?: string | undefined } = {},
  ): boolean {
    const { wallAt, timeline } = this.#world;
    return this.#given.some(
      (each) =>
        each.held.sourceId === sourceId &&
        classes.includes(each.held.class) &&
        each.held.groupId === group &&
        (desired === undefined || each.held.desired === desired) &&
        (wallAt - each.wallAt < goodForMs + effectMs || timeline.now - each.at < goodForMs + effectMs),
    );
  }
}
