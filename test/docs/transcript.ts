/** A page of docs/ that is written by typing: whole command lines, a clock that is given, and everything written down as it was said. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../src/clock.ts";
import { run } from "../../src/commands/run.ts";
import { whoAmI } from "../../src/connection.ts";

/** Stands still while a command runs, so that the same is printed everywhere; moves when somebody says so. */
export class WallClock implements Clock {
  #time: number;

  constructor(time: number) {
    this.#time = time;
  }

  readonly now = (): number => this.#time;

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#time += ms;
  }

  set(hours: number, minutes: number): void {
    this.#time = new Date(this.#time).setUTCHours(hours, minutes, 0, 0);
  }
}

/** A long command line is typed in several. */
function inLines(typed: string): string {
  return typed.length < 100 ? typed : typed.replaceAll(/ (?=--)/g, " \\\n    ");
}

export class Transcript implements AsyncDisposable {
  readonly folder: string;
  readonly clock: WallClock;
  #text = "";

  /** `name`: of the folder. */
  constructor(name: string, clock: WallClock) {
    this.folder = mkdtempSync(join(tmpdir(), `rollcall-${name}-`));
    this.clock = clock;
  }

  /** A new time of the day, as a heading. */
  at(hours: number, minutes: number, title: string): void {
    this.clock.set(hours, minutes);
    const time = `${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
    this.#text += `## ${time} ${title}\n\n`;
  }

  say(text: string): void {
    this.#text += `${text.trim()}\n\n`;
  }

  /** Types one command line, and writes down what it said and how it ended. */
  async type(argv: readonly string[]): Promise<number> {
    const { code, screen } = await this.rollcall(argv);
    const typed = argv.map((word) => (/^[\w./:@-]+$/.test(word) ? word : `"${word}"`)).join(" ");
    const ended = code === 0 ? "" : `(exit code ${code})\n`;
    this.#text += `\`\`\`\n$ rollcall ${inLines(this.steady(typed))}\n${screen.trimEnd()}\n${ended}\`\`\`\n\n`;
    return code;
  }

  /** A command line that nobody needs to see. */
  async rollcall(argv: readonly string[]): Promise<{ readonly code: number; readonly screen: string }> {
    let screen = "";
    const write = (text: string) => {
      screen += text;
    };
    const { signal } = new AbortController();
    const code = await run([...argv, "--config", this.configuration], {
      stdout: { isTerminal: true, columns: 80, write },
      // Progress is for people who wait.
      stderr: { isTerminal: false, columns: undefined, write },
      environment: { NO_COLOR: "1" },
      clock: this.clock,
      signal,
      abort: signal,
      ask: undefined,
    });
    return { code, screen: this.steady(screen) };
  }

  get text(): string {
    return `${this.#text.trimEnd()}\n`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
  }

  protected get configuration(): string {
    return join(this.folder, "rollcall.yaml");
  }

  /** Whoever runs it is called anna, and wherever it runs, the files lie in the same place. */
  protected steady(screen: string): string {
    return screen.replaceAll(whoAmI(), "anna").replaceAll(this.folder, "/etc/rollcall");
  }
}
