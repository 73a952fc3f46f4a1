import type { SimulationEvent } from "../world/events.ts";
import { attemptsIn } from "./attempts.ts";

/** What was last written down as wanted of a person or group. */
export interface Judged {
  /** The desired digest as hexadecimal text. */
  readonly desired: string;
  /** "not-visible": the directory shows them no more, and does not say that they are gone; undefined for who is there. */
  readonly evidence: string | undefined;
}

interface Parameters {
  readonly id: number;
  readonly desired: Buffer | null;
  readonly evidence?: string;
}

/** Follows what is wanted of whom, by the statements that reached the disk. */
export class LastJudged {
  #judged: ReadonlyMap<number, Judged> = new Map();
  #kept: ReadonlyMap<number, Judged> = new Map();
  /** Source id -> number of the row, as the audit trail names them. */
  readonly #rows = new Map<string, number>();

  /** Undefined as long as nothing was sent for them. */
  of(sourceId: string): Judged | undefined {
    return this.#judged.get(this.#rows.get(sourceId) ?? -1);
  }

  hear(event: SimulationEvent): void {
    if (event.type === "state kept") this.#kept = this.#judged;
    if (event.type === "state restored") this.#judged = this.#kept;
    if (event.type !== "durable") return;
    for (const { sourceId, resource } of attemptsIn(event.written)) this.#rows.set(sourceId, resource);
    const changed = event.written.filter(
      ({ sql }) => /^\s*update resource set\b/.test(sql) && sql.includes("desired = :desired"),
    );
    if (changed.length === 0) return;
    const judged = new Map(this.#judged);
    for (const { parameters } of changed) {
      const { id, desired, evidence } = parameters[0] as Parameters;
      judged.set(id, { desired: desired?.toString("hex") ?? "", evidence });
    }
    this.#judged = judged;
  }
}
