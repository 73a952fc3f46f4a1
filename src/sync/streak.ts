import { TransientError } from "../errors.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";
import { failureOf } from "./write.ts";

/** This many calls in a row without a usable answer: the target is down, and every further call would only be one more doubt. */
const patience = 10;

/** So often a phase asks whether the target is down, or only cannot show some of its objects. */
const mostQuestions = 3;

/** Calls without success, one after the other, of one phase. */
export class Streak {
  readonly #work: Pick<Work, "config" | "target" | "abort">;
  readonly #tally: Tally;
  #inARow = 0;
  #writes = 0;
  #questions = 0;

  constructor(work: Pick<Work, "config" | "target" | "abort">, tally: Tally) {
    this.#work = work;
    this.#tally = tally;
  }

  success(): void {
    this.#inARow = 0;
    this.#writes = 0;
    this.#tally.answered();
  }

  /** A write without success. `silence`: the error, when the target definitely did nothing. */
  failure(silence?: Error): void {
    this.#inARow += 1;
    this.#writes += 1;
    if (silence !== undefined) this.#tally.unanswered(silence);
  }

  /** A look without an answer. */
  unreadable(error: Error): void {
    this.#inARow += 1;
    this.#tally.unanswered(error);
  }

  get isOver(): boolean {
    return this.#inARow >= patience;
  }

  /**
   * Throws when nothing more is to be sent. Where the target only could not show some objects it is asked something simple first: if it answers
   * that, these objects are bad and keep nobody else waiting. True then: what was left out meanwhile is to be taken up again.
   */
  async endIfOver(): Promise<boolean> {
    if (!this.isOver) return false;
    if (this.#writes === 0 && this.#questions < mostQuestions && (await this.#isAlive())) {
      this.#questions += 1;
      this.success();
      return true;
    }
    throw new TransientError(
      `${this.#work.config.name}: the target gave no usable answer ${this.#inARow} times in a row; what is left waits for the next cycle`,
      { outcome: "none" },
    );
  }

  async #isAlive(): Promise<boolean> {
    try {
      await this.#work.target.users.count(this.#work.abort);
      return true;
    } catch (error) {
      const failure = failureOf(error);
      if (failure.type === "fatal") throw failure.error;
      if (this.#work.abort.aborted) throw error;
      return false;
    }
  }
}
