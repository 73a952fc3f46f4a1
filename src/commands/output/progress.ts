import type { Clock } from "../../clock.ts";
import type { Progress } from "../../sync/work.ts";
import { count } from "./numbers.ts";

/** Where a progress line is written. */
export interface ProgressOutput {
  readonly isTerminal: boolean;
  readonly columns: number;
  write(text: string): void;
}

const redrawMs = 100;
const sayAgainMs = 10_000;
const CLEAR = "\r\u001b[2K";

const words: Readonly<Record<Progress["step"], (progress: Progress) => string>> = {
  read: ({ done }) => `reading the directory: ${count(done)} read`,
  reconcile: ({ done }) => `comparing with the target: ${count(done)} compared`,
  match: ({ done }) => `looking for existing accounts: ${count(done)} looked up`,
  apply: ({ done }) => `writing to the target: ${count(done)} done`,
  settle: () => "waiting for calls without an answer",
};

/** How far it is: "reading the directory: 1,200 read". */
export function progressText(progress: Progress): string {
  const of = progress.of === undefined ? "" : ` of ${count(progress.of)}`;
  const note = progress.note === undefined ? "" : ` (${progress.note})`;
  return `${words[progress.step](progress)}${of}${note}`;
}

/** One line that is rewritten on a terminal; elsewhere one line every ten seconds. Counts only, never names. */
export class ProgressLine {
  readonly #name: string;
  readonly #output: ProgressOutput;
  readonly #clock: Clock;
  #saidAt: number;
  #isShown = false;

  constructor(name: string, output: ProgressOutput, clock: Clock) {
    this.#name = name;
    this.#output = output;
    this.#clock = clock;
    this.#saidAt = output.isTerminal ? 0 : clock.now();
  }

  show(progress: Progress): void {
    const now = this.#clock.now();
    if (now - this.#saidAt < (this.#output.isTerminal ? redrawMs : sayAgainMs)) return;
    this.#saidAt = now;
    const text = `${this.#name}: ${progressText(progress)}`;
    if (this.#output.isTerminal) this.#output.write(CLEAR + text.slice(0, this.#output.columns - 1));
    else this.#output.write(`${text}\n`);
    this.#isShown = this.#output.isTerminal;
  }

  /** Takes the line away, before anything else is written. */
  clear(): void {
    if (this.#isShown) this.#output.write(CLEAR);
    this.#isShown = false;
    if (this.#output.isTerminal) this.#saidAt = 0;
  }
}
