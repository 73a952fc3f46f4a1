import { TransientError } from "../errors.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";

/** This many calls in a row without a usable answer: the target is down, and every further call would only be one more doubt. */
const patience = 10;

/** Calls without success, one after the other, of one phase. */
export class Streak {
  readonly #name: string;
  readonly #tally: Tally;
  #inARow = 0;

  constructor(work: Pick<Work, "config">, tally: Tally) {
    this.#name = work.config.name;
    this.#tally = tally;
  }

  success(): void {
    this.#inARow = 0;
    this.#tally.answered();
  }

  /** `silence`: the error, when the target definitely did nothing. */
  failure(silence?: Error): void {
    this.#inARow += 1;
    if (silence !== undefined) this.#tally.unanswered(silence);
  }

  get isOver(): boolean {
    return this.#inARow >= patience;
  }

  /** Throws when nothing more is to be sent. */
  endIfOver(): void {
    if (!this.isOver) return;
    throw new TransientError(
      `${this.#name}: the target gave no usable answer ${this.#inARow} times in a row; what is left waits for the next cycle`,
      { outcome: "none" },
    );
  }
}
