import { createHash } from "node:crypto";

/** So many of the last events are kept to be shown. */
const kept = 400;

/** What happened, one line an event: the last of them readable, all of them in a digest that is the same for every run of a seed. */
export class Trace {
  readonly #hash = createHash("sha256");
  readonly #lines: string[] = [];
  readonly #now: () => number;
  readonly #folder: string;
  readonly #loud: boolean;

  /** `folder` is another one in every run, and called "state" in the trace; `loud`: every event is printed as it happens. */
  constructor(now: () => number, folder: string, loud: boolean) {
    this.#now = now;
    this.#folder = folder;
    this.#loud = loud;
  }

  note(text: string): void {
    const line = `${(this.#now() / 1000).toFixed(3).padStart(12)}  ${text.replaceAll(this.#folder, "state")}`;
    this.#hash.update(`${line}\n`);
    if (this.#loud) console.log(line);
    this.#lines.push(line);
    if (this.#lines.length > kept * 2) this.#lines.splice(0, kept);
  }

  /** The last events, oldest first. */
  last(count: number): readonly string[] {
    return this.#lines.slice(-count);
  }

  digest(): string {
    return this.#hash.copy().digest("hex");
  }
}
