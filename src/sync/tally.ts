import type { FailedExchange, ItemError } from "../errors.ts";
import type { Room } from "./room.ts";
import { Seats } from "./seats.ts";

/** What an apply did, counted; the sentences of what failed. */
export interface Failure {
  readonly kind: "user" | "group";
  readonly label: string;
  readonly sourceId: string;
  readonly action: string;
  readonly message: string;
}

/** Somebody who waits for a name that another of ours still holds. */
export type NameWait = Omit<Failure, "action">;

export class Tally {
  readonly #done = new Map<string, number>();
  readonly #setAside = new Set<number>();
  readonly #nameWaits = new Map<string, NameWait>();
  readonly #groupsSetAside = new Set<number>();
  readonly #referencesSetAside = new Set<string>();
  #answers = 0;
  #silence: Error | undefined;
  readonly failures: Failure[] = [];
  /** Licences at the target. */
  readonly seats = new Seats();
  /** What may come up in this apply that the guards did not see; undefined where they were not asked. */
  room: Room | undefined;
  /** References and memberships that wait for the other side to get an account. */
  waiting = 0;
  /** Existing accounts that the policy leaves alone. */
  leftAlone = 0;
  /** Calls without an answer so far. */
  unknown = 0;
  /** Creations and updates of people and groups that the target took. */
  taken = 0;
  #refused = 0;
  #firstRefusal: FailedExchange | undefined;

  /** A creation or update of somebody that the target refused, for another reason than a missing licence. */
  refuse({ exchange }: ItemError): void {
    this.#refused += 1;
    this.#firstRefusal ??= exchange;
  }

  get refused(): number {
    return this.#refused;
  }

  /** The first of them: what was asked and answered, where that went over a network. */
  get firstRefusal(): FailedExchange | undefined {
    return this.#firstRefusal;
  }

  answered(): void {
    this.#answers += 1;
  }

  unanswered(error: Error): void {
    this.#silence = error;
  }

  /** The last error when the target gave no usable answer to anything: then it is down, and nobody in particular is failing. */
  get silence(): Error | undefined {
    return this.#answers === 0 ? this.#silence : undefined;
  }

  /** This row failed in this run: it is not tried twice in one. */
  setAside(row: number): void {
    this.#setAside.add(row);
  }

  isSetAside(row: number): boolean {
    return this.#setAside.has(row);
  }

  /** The members of this group failed in this run; the group itself may be fine. */
  setMembersAside(group: number): void {
    this.#groupsSetAside.add(group);
  }

  areMembersSetAside(group: number): boolean {
    return this.#groupsSetAside.has(group);
  }

  setReferenceAside(owner: number, path: string): void {
    this.#referencesSetAside.add(`${owner} ${path}`);
  }

  isReferenceSetAside(owner: number, path: string): boolean {
    return this.#referencesSetAside.has(`${owner} ${path}`);
  }

  /** A new round asks anew for whom a name is free. */
  forgetNameWaits(): void {
    this.#nameWaits.clear();
  }

  waitForName(wait: NameWait): void {
    this.#nameWaits.set(wait.sourceId, wait);
  }

  get nameWaits(): readonly NameWait[] {
    return [...this.#nameWaits.values()];
  }

  done(action: string, n = 1): void {
    this.#done.set(action, (this.#done.get(action) ?? 0) + n);
  }

  fail(failure: Failure): void {
    const known = this.failures.findIndex(
      (each) => each.sourceId === failure.sourceId && each.action === failure.action,
    );
    if (known === -1) this.failures.push(failure);
    else this.failures[known] = failure;
  }

  /** Action -> how many were accepted by the target. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#done);
  }

  get total(): number {
    return [...this.#done.values()].reduce((sum, n) => sum + n, 0);
  }
}
