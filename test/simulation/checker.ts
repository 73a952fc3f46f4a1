import { Approvals } from "./invariants/approvals.ts";
import { lacking } from "./invariants/i02-converges.ts";
import { keepingAccess } from "./invariants/i03-no-access-kept.ts";
import { wrongMembers } from "./invariants/i04-members.ts";
import { invariants } from "./invariants/index.ts";
import { Knowledge } from "./invariants/knowledge.ts";
import { KnownOwners } from "./invariants/ownership.ts";
import type { World } from "./world/world.ts";

/** A promise that was broken in a seed, once a promise. */
export interface Violation {
  readonly seed: number;
  readonly invariant: string;
  readonly sentence: string;
  readonly how: string;
  /** The last events before it, oldest first. */
  readonly trace: readonly string[];
}

/** So many of the last events are kept with a violation. */
const tracedEvents = 80;

/** Watches a world for broken promises, with notes of its own. */
export class Checker {
  readonly owners: KnownOwners;
  readonly counts = { cycles: 0, writes: 0 };
  readonly #world: World;
  readonly #violations = new Map<string, Violation>();

  constructor(world: World) {
    this.#world = world;
    this.owners = new KnownOwners(world);
    const knowledge = new Knowledge(world);
    const approvals = new Approvals(world);
    // Notes are taken before promises are looked at.
    world.watch((event) => {
      if (event.type === "cycle begins") this.counts.cycles += 1;
      if (event.type === "effect") this.counts.writes += 1;
      if (event.type === "state restored") knowledge.forget();
      this.owners.hear(event);
      knowledge.hear(event);
      approvals.hear(event);
    });
    for (const { id, sentence, watch } of invariants) {
      const broken = (how: string) => this.broken(id, sentence, how);
      world.watch(watch({ world, owners: this.owners, knowledge, approvals, broken }));
    }
  }

  get violations(): readonly Violation[] {
    return [...this.#violations.values()];
  }

  /** True when the target holds what the directory says. */
  get isRight(): boolean {
    const world = this.#world;
    return [lacking, keepingAccess, wrongMembers].every((find) => find(world, this.owners).length === 0);
  }

  broken(id: string, sentence: string, how: string): void {
    const { seed, trace } = this.#world;
    trace.note(`VIOLATION of ${id}: ${how}`);
    if (this.#violations.has(id)) return;
    this.#violations.set(id, { seed, invariant: id, sentence, how, trace: trace.last(tracedEvents) });
  }
}
