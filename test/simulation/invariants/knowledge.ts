import type { SimulationEvent } from "../world/events.ts";
import type { Process } from "../world/process.ts";
import type { World } from "../world/world.ts";

interface Reading {
  readonly begun: number;
  readonly full: boolean;
  readonly honest: boolean;
  readonly cursor: string;
}

/**
 * How fresh the product's knowledge has to be. What it durably read honestly, it knows; what a read left out or what came later, it may not know
 * yet. Follows the commits that move the cursor, not the product's own idea of what it knows.
 */
export class Knowledge {
  readonly #world: World;
  readonly #begun = new Map<Process, number>();
  readonly #readings = new Map<Process, Reading>();
  readonly #asked = new Map<string, { readonly at: number; readonly process: Process }>();
  #freshAt = 0;
  #liedSinceFull = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** From when on the product may not know what is true of this person or group; earlier versions it has to have forgotten. */
  since(sourceId: string): number {
    return Math.max(this.#freshAt, this.#asked.get(sourceId)?.at ?? 0);
  }

  /** An older state was put back: everything of it may be as old as that. */
  forget(): void {
    this.#freshAt = 0;
    this.#asked.clear();
    this.#liedSinceFull = true;
  }

  hear(event: SimulationEvent): void {
    if (event.type === "poll") this.#begun.set(event.cycle.process, this.#world.timeline.now);
    if (event.type === "page" && event.cursor !== undefined) {
      const { cycle, full, honest, cursor } = event;
      this.#readings.set(cycle.process, { begun: this.#begun.get(cycle.process) ?? 0, full, honest, cursor });
    }
    if (event.type === "read one" && event.cycle.request.user !== undefined)
      this.#asked.set(event.id, { at: this.#world.timeline.now, process: event.cycle.process });
    // What a process heard and took to its grave, nobody knows.
    if (event.type === "cycle ends" && event.end.type !== "report")
      for (const [id, { process }] of this.#asked)
        if (process === event.cycle.process) this.#asked.delete(id);
    if (event.type === "durable" && event.written.some(({ sql }) => movesCursor(sql)))
      this.#finished(event.process);
  }

  #finished(process: Process): void {
    const reading = this.#readings.get(process);
    if (reading === undefined) return;
    if (reading.full) this.#liedSinceFull = false;
    if (!reading.honest) this.#liedSinceFull = true;
    if (!this.#liedSinceFull) this.#freshAt = reading.begun;
  }
}

/** True for the statement that stores where a read ended. */
export function movesCursor(sql: string): boolean {
  return /^\s*insert into cursor\b/.test(sql);
}
