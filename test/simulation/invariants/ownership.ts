import type { SimulationEvent } from "../world/events.ts";
import type { World } from "../world/world.ts";
import type { Ownership } from "./invariant.ts";

/**
 * Follows who owns what at the target: an account belongs to whom the call that made it names, or to whom a person approved to give it. Without
 * asking anybody (policy "adopt"), it belongs to whom the first write to it names.
 */
export class KnownOwners implements Ownership {
  readonly #world: World;
  readonly #owners = new Map<string, string>();
  readonly #approved = new Map<string, string>();

  constructor(world: World) {
    this.#world = world;
  }

  owner(id: string): string | undefined {
    return this.#owners.get(id);
  }

  accountsOf(sourceId: string): readonly string[] {
    return [...this.#owners]
      .filter(([id, owner]) => owner === sourceId && this.#world.application.get(id) !== undefined)
      .map(([id]) => id);
  }

  hear(event: SimulationEvent): void {
    if (event.type === "approved") {
      for (const held of event.approved)
        if (held.class === "adoptions" && held.matchId !== undefined)
          this.#approved.set(held.matchId, held.sourceId);
    }
    if (event.type === "durable") {
      // Whoever's account it is, the first thing written down about it is the taking over.
      for (const row of event.written)
        if (row.event === "attempt" && row.action === "adopt" && row.targetId !== null)
          this.#takeOver(row.targetId, row.sourceId);
    }
    if (event.type !== "effect") return;
    const { call, id } = event;
    const externalId = call.resource?.externalId;
    if (call.method === "create" && typeof externalId === "string") this.#owners.set(id, externalId);
  }

  #takeOver(id: string, sourceId: string): void {
    if (this.#approved.get(id) === sourceId || this.#world.settings.policy.existingAccounts === "adopt")
      this.#owners.set(id, sourceId);
  }
}
