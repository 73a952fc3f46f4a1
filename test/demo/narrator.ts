import { styleText } from "node:util";
import type { Io } from "../../src/commands/invocation.ts";

/** Runs one command line of the program and gives its exit code. */
export type Rollcall = (argv: readonly string[], io: Io) => Promise<number>;

/** The story cannot go on: something did not come out as it says, or somebody stopped it. */
export class StoryStopped extends Error {}

const WIDTH = 80;

/** Tells the story: chapters with a sentence or two, and the commands of the program as an administrator would type them. */
export class Narrator {
  readonly #io: Io;
  readonly #rollcall: Rollcall;
  readonly #began: number;
  #chapters = 0;

  constructor(io: Io, rollcall: Rollcall) {
    const { stdout, stderr } = io;
    // A file shows the story as a terminal of the usual width does.
    const columns = stdout.columns ?? WIDTH;
    this.#io = {
      ...io,
      stdout: { isTerminal: stdout.isTerminal, columns, write: (text) => stdout.write(text) },
      stderr: { isTerminal: stderr.isTerminal, columns, write: (text) => stderr.write(text) },
      // Nobody is asked: the story goes on by itself.
      ask: undefined,
    };
    this.#rollcall = rollcall;
    this.#began = io.clock.now();
  }

  chapter(title: string, ...sentences: readonly string[]): void {
    this.#goOnUnlessStopped();
    this.#chapters += 1;
    const head = `── ${this.#chapters}  ${title} `;
    this.#write(`\n${this.#paint("cyan", head.padEnd(WIDTH - 2, "─"))}\n`);
    for (const sentence of sentences) this.say(sentence);
  }

  /** A paragraph, wrapped. */
  say(text: string): void {
    for (const line of wrapped(text, WIDTH - 5)) this.#write(`   ${line}\n`);
  }

  /** Lines that are not to be wrapped, such as a table. */
  show(...lines: readonly string[]): void {
    for (const line of lines) this.#write(`${line}\n`);
  }

  /** What the story found out by looking itself. */
  seen(text: string): void {
    this.#write("\n");
    const [first = "", ...rest] = wrapped(text, WIDTH - 7);
    this.#write(`   ${this.#paint("green", "✓")} ${first}\n`);
    for (const line of rest) this.#write(`     ${line}\n`);
  }

  /** A command line as it is typed. */
  prompt(line: string): void {
    this.#write(`\n${this.#paint("bold", `$ ${line}`)}\n`);
  }

  /** Types a command line; it has to end with this exit code, which is told when it is not 0. Gives what it printed. */
  async type(line: string, expected = 0): Promise<string> {
    this.#goOnUnlessStopped();
    this.prompt(line);
    let printed = "";
    const { stdout } = this.#io;
    const write = (text: string): void => {
      printed += text;
      stdout.write(text);
    };
    const code = await this.#rollcall(words(line).slice(1), { ...this.#io, stdout: { ...stdout, write } });
    this.#goOnUnlessStopped();
    if (code !== expected)
      throw new StoryStopped(`"${line}" ended with exit code ${code} instead of ${expected}`);
    if (code !== 0) this.#write(`${this.#paint("dim", `(exit code ${code})`)}\n`);
    return printed;
  }

  /** "12.3 s" since the story began. */
  elapsed(): string {
    return `${((this.#io.clock.now() - this.#began) / 1000).toFixed(1)} s`;
  }

  #goOnUnlessStopped(): void {
    if (this.#io.signal.aborted) throw new StoryStopped("stopped");
  }

  #write(text: string): void {
    this.#io.stdout.write(text);
  }

  #paint(style: "bold" | "cyan" | "dim" | "green", text: string): string {
    const { stdout, environment } = this.#io;
    const isPlain = !stdout.isTerminal || (environment["NO_COLOR"] ?? "") !== "";
    return isPlain ? text : styleText(style, text, { validateStream: false });
  }
}

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** The words of a command line; double quotes hold some together, as in a shell. */
function words(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|\S+/g)].map((match) => match[1] ?? match[0]);
}
