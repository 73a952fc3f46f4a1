import type { Json, Kind, StoredResource } from "../scim/resource.ts";
import { Bits } from "../store/bits.ts";
import type { DriftType } from "../store/findings.ts";
import type { Found } from "./reconcile-object.ts";
import type { Work } from "./work.ts";

/** One thing that was found, with names for people. */
export interface DriftExample {
  readonly type: DriftType;
  readonly kind: Kind;
  readonly label: string;
  readonly group?: string;
  readonly path: string;
  readonly ours: Json;
  readonly theirs: Json;
  /** How often it was found in a row. */
  readonly times: number;
}

/** How many of a kind the target showed, and how many of those are ours. */
interface Compared {
  readonly seen: number;
  readonly ours: number;
  /** Accounts or groups that no connection manages; they are never touched. */
  readonly unmanaged: number;
  /** Names of some of them. */
  readonly examples: readonly string[];
}

/** What a look at everything that the target holds came to. */
export interface ReconcileReport {
  readonly users: Compared;
  readonly groups: Compared;
  /** Members of our groups whom we do not manage; they stay. */
  readonly unmanagedMembers: number;
  /** How many of each type were found. */
  readonly found: Readonly<Partial<Record<DriftType, number>>>;
  /** A few of each. */
  readonly examples: readonly DriftExample[];
  /** What could not be compared, in sentences. */
  readonly gaps: readonly string[];
  /** Why the look is not to be relied on. */
  readonly problem: string | undefined;
  readonly durationMs: number;
}

const fewExamples = 5;
const fewNames = 10;

/** Takes down what is found: in the snapshot for later, counts and a few examples for the report. */
export class ReconcileNotes {
  readonly #work: Work;
  readonly #began: number;
  readonly #found = new Map<DriftType, number>();
  readonly #examples: DriftExample[] = [];
  readonly #gaps: string[] = [];
  readonly #counts = {
    user: { seen: 0, ours: 0, unmanaged: 0, examples: [] as string[] },
    group: { seen: 0, ours: 0, unmanaged: 0, examples: [] as string[] },
  };
  #unmanagedMembers = 0;
  readonly #leftOut = new Bits();
  /** Why the look is not to be relied on; the first reason counts. */
  problem: string | undefined;

  constructor(work: Work) {
    this.#work = work;
    this.#began = work.clock.now();
  }

  /** Call inside a transaction. */
  found(kind: Kind, label: string, { finding, times }: Found, group?: string): void {
    const { type, path, ours, theirs } = finding;
    this.#work.store.findings.record(this.#work.run, this.#work.clock.now(), finding, times);
    const n = (this.#found.get(type) ?? 0) + 1;
    this.#found.set(type, n);
    if (n > fewExamples) return;
    const example = { type, kind, label, path, ours, theirs, times: times ?? 1 };
    this.#examples.push(group === undefined ? example : { ...example, group });
  }

  seen(kind: Kind, isOurs: boolean): void {
    this.#counts[kind].seen += 1;
    if (isOurs) this.#counts[kind].ours += 1;
  }

  unmanaged(kind: Kind, current: StoredResource): void {
    const count = this.#counts[kind];
    count.unmanaged += 1;
    const name = current[kind === "user" ? "userName" : "displayName"];
    if (count.examples.length < fewNames)
      count.examples.push(typeof name === "string" && name !== "" ? name : current.id);
  }

  unmanagedMembers(n: number): void {
    this.#unmanagedMembers += n;
  }

  /** Nothing is known of this row: it was neither listed nor asked for. */
  leaveOut(id: number): void {
    this.#leftOut.add(id);
  }

  isLeftOut(id: number): boolean {
    return this.#leftOut.has(id);
  }

  gap(sentence: string): void {
    if (!this.#gaps.includes(sentence)) this.#gaps.push(sentence);
  }

  seenOf(kind: Kind): number {
    return this.#counts[kind].seen;
  }

  report(): ReconcileReport {
    return {
      users: this.#counts.user,
      groups: this.#counts.group,
      unmanagedMembers: this.#unmanagedMembers,
      found: Object.fromEntries(this.#found),
      examples: this.#examples,
      gaps: this.#gaps,
      problem: this.problem,
      durationMs: this.#work.clock.now() - this.#began,
    };
  }
}
