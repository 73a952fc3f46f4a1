import { CredentialsRefused, CursorLost, TransientError } from "../../../src/errors.ts";
import type { Change, Cursor, Page, Source } from "../../../src/sources/source.ts";
import type { SourceFault } from "../faults/plan.ts";
import type { Random } from "../random.ts";
import type { CycleInfo } from "./events.ts";
import type { World } from "./world.ts";

/** The directory as one process reads it: pages, a cursor at the end, and whatever goes wrong between. */
export class SimulatedSource implements Source {
  readonly #world: World;
  readonly #cycle: CycleInfo;
  readonly #random: Random;

  constructor(world: World, cycle: CycleInfo) {
    this.#world = world;
    this.#cycle = cycle;
    this.#random = world.random.network.fork();
  }

  async identity(): Promise<string> {
    await this.#answer();
    if (this.#strikes("source does not answer")) throw unanswered();
    if (this.#strikes("source refuses the login"))
      throw new CredentialsRefused("the directory refuses the login");
    return "simulated directory";
  }

  poll(cursor: Cursor | undefined): AsyncIterable<Page> {
    return this.#poll(cursor?.text);
  }

  async read(kind: "user" | "group", id: string): Promise<readonly Change[]> {
    await this.#answer();
    this.#world.tell({ type: "read one", cycle: this.#cycle, id });
    return this.#world.directory.read(kind, id);
  }

  async find(_kind: "user" | "group", key: string): Promise<readonly string[]> {
    await this.#answer();
    return this.#world.directory.find(key);
  }

  async assigned(): Promise<readonly string[]> {
    return [];
  }

  async probe(): Promise<readonly []> {
    return [];
  }

  async close(): Promise<void> {}

  async *#poll(cursor: string | undefined): AsyncGenerator<Page> {
    const { directory } = this.#world;
    const cycle = this.#cycle;
    const full = cursor === undefined;
    this.#world.tell({ type: "poll", cycle, cursor });
    await this.#answer();
    if (!full && this.#strikes("expired cursor"))
      throw new CursorLost("the directory no longer takes the cursor");
    const end = String(directory.end);
    const told = full ? directory.everything() : directory.changes(Number(cursor), directory.end);
    const { pages, honest } = this.#withFaults(cut(told, directory.kind.pageSize));
    const { source } = cycle.process.plan;
    for (const [number, changes] of pages.entries()) {
      await this.#answer();
      if (source !== undefined && number === source.page && this.#strikes("read that dies midway"))
        throw new TransientError("the read ended midway", { outcome: "none" });
      this.#world.tell({ type: "page", cycle, cursor: undefined, changes, honest, full });
      yield { changes };
    }
    await this.#answer();
    this.#world.tell({ type: "page", cycle, cursor: end, changes: [], honest, full });
    yield { changes: [], cursor: { text: end } };
  }

  #withFaults(pages: readonly (readonly Change[])[]): {
    readonly pages: readonly (readonly Change[])[];
    readonly honest: boolean;
  } {
    const all = pages.flat();
    if (all.length > 0 && this.#strikes("empty read that claims to be complete"))
      return { pages: [], honest: false };
    if (all.length > 1 && this.#strikes("truncated read that claims to be complete")) {
      const kept = all.filter(() => this.#random.chance(0.6));
      return { pages: cut(kept, this.#world.directory.kind.pageSize), honest: false };
    }
    const [first, ...rest] = pages;
    if (first !== undefined && this.#strikes("duplicate page"))
      return { pages: [first, ...rest, stillTrue(first, rest.flat())], honest: true };
    return { pages, honest: true };
  }

  #strikes(fault: SourceFault): boolean {
    const { process } = this.#cycle;
    if (process.isDead || process.plan.source?.fault !== fault) return false;
    this.#world.faults.strike(fault);
    this.#world.trace.note(`${process.name}: ${fault}`);
    return true;
  }

  /** A call to the directory and its answer; a process that died never gets one. */
  async #answer(): Promise<void> {
    const { process } = this.#cycle;
    if (process.isDead || process.passes("crash before a call")) await process.never();
    await process.later(this.#random.between(5, 80));
    if (process.passes("crash after a call")) await process.never();
  }
}

function unanswered(): TransientError {
  return new TransientError("the directory does not answer", { outcome: "none" });
}

function cut(changes: readonly Change[], size: number): Change[][] {
  return Array.from({ length: Math.ceil(changes.length / size) }, (_, page) =>
    changes.slice(page * size, (page + 1) * size),
  );
}

/** What a page says that no later one has changed: a directory that repeats itself says what is so now. */
function stillTrue(page: readonly Change[], later: readonly Change[]): readonly Change[] {
  const said = [...page, ...later];
  return page.filter(
    (change, at) => !said.slice(at + 1).some((other) => subjectOf(other) === subjectOf(change)),
  );
}

function subjectOf(change: Change): string {
  return change.type === "members" ? `members of ${change.group}` : change.id;
}
