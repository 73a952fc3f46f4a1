import type { SimulationEvent } from "../world/events.ts";
import type { World } from "../world/world.ts";
import { type AuditRow, auditRowsIn } from "./attempts.ts";
import type { Ownership } from "./invariant.ts";

/**
 * Follows who owns what at the target: an account belongs to whom the call that made it names, or to whom a person approved to give it. Without
 * asking anybody (policy "adopt"), it belongs to whom the first write to it names. A taking over that the target never carried out gives the
 * product the right to write to the account, and nobody an account.
 */
export class KnownOwners implements Ownership {
  readonly #world: World;
  readonly #owners = new Map<string, string>();
  /** One account may have been promised to two people who changed names: the first to take it has it. */
  readonly #approved = new Set<string>();
  readonly #onlyTried = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  owner(id: string): string | undefined {
    return this.#owners.get(id);
  }

  accountsOf(sourceId: string): readonly string[] {
    return [...this.#owners]
      .filter(([id, owner]) => owner === sourceId && !this.#onlyTried.has(id))
      .filter(([id]) => this.#world.application.get(id) !== undefined)
      .map(([id]) => id);
  }

  hear(event: SimulationEvent): void {
    if (event.type === "approved") {
      for (const held of event.approved)
        if (held.class === "adoptions" && held.matchId !== undefined)
          this.#approved.add(`${held.matchId} ${held.sourceId}`);
    }
    // Whoever's account it is, the first thing written down about it is the taking over.
    if (event.type === "durable") for (const row of auditRowsIn(event.written)) this.#hearOf(row);
    if (event.type !== "effect") return;
    const { call, id } = event;
    this.#onlyTried.delete(id);
    const externalId = call.resource?.externalId;
    if (call.method === "create" && typeof externalId === "string") this.#owners.set(id, externalId);
  }

  #hearOf({ event, action, targetId, sourceId, outcome }: AuditRow): void {
    if (action !== "adopt" || targetId === null) return;
    if (event === "attempt") this.#takeOver(targetId, sourceId);
    // Nothing needs to be sent where the account holds everything already.
    else if (outcome === "done" || outcome === "found-done") this.#onlyTried.delete(targetId);
  }

  #takeOver(id: string, sourceId: string): void {
    if (!this.#approved.has(`${id} ${sourceId}`) && !this.#mayAdopt(id, sourceId)) return;
    if (this.#owners.get(id) !== sourceId) this.#onlyTried.add(id);
    this.#owners.set(id, sourceId);
  }

  /** Without asking, only an active account that was nobody's, or that names the person already. */
  #mayAdopt(id: string, sourceId: string): boolean {
    const held = this.#world.application.get(id);
    if (this.#world.settings.policy.existingAccounts !== "adopt" || held === undefined) return false;
    const { externalId, active } = held.resource;
    const former = this.#owners.get(id);
    return (
      active !== false &&
      (externalId === undefined || externalId === sourceId) &&
      (former === undefined || former === sourceId)
    );
  }
}
