/** What a command is given, and what it is: the outside world as an argument, so that a test runs whole commands without a process. */
import type { Clock } from "../clock.ts";

/** Standard output or standard error. */
export interface Output {
  readonly isTerminal: boolean;
  /** Cells in a line; undefined when it is no terminal. */
  readonly columns: number | undefined;
  write(text: string): void;
}

export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** First interrupt: finish what is under way, then stop. */
  readonly signal: AbortSignal;
  /** Second interrupt: stop now. */
  readonly abort: AbortSignal;
  /** Asks the person at the terminal; undefined when there is none. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** Calls the listener at each SIGHUP from now on, which otherwise ends the process; the answer ends that. Left out where there are no signals. */
  onHangup?(listener: () => void): () => void;
  /** Set where a daemon runs the command for somebody at its control socket. */
  readonly guest?: Guest;
}

/** One call of a command. */
export interface Invocation {
  readonly io: Io;
  readonly arguments: readonly string[];
  readonly flags: Flags;
}

/** Options of the command line under their long names, in camel case. */
export type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** What the file of a command exports: does the work and gives the exit code. */
export interface CommandModule {
  run(invocation: Invocation): Promise<number>;
}

/** A command as the registry has it; its file is loaded when it runs. */
export interface CommandDefinition {
  readonly name: string;
  readonly summary: string;
  /** As commander writes them: `[connection]`, `<user>`, `[connection...]`. */
  readonly arguments?: string;
  readonly options?: readonly OptionDefinition[];
  /** Shown below the help. */
  readonly details?: string;
  /** Subcommands; the command itself runs when none is named. */
  readonly commands?: readonly CommandDefinition[];
  readonly load: () => Promise<CommandModule>;
}

/** A trailing `...` in the flags lets an option be given several times. */
export type OptionDefinition = readonly [flags: string, description: string];

/** True when an option without a value was given. */
export function isSet(flags: Flags, name: string): boolean {
  return flags[name] === true;
}

/** The value of an option, if it was given. */
export function textOf(flags: Flags, name: string): string | undefined {
  const value = flags[name];
  return typeof value === "string" ? value : undefined;
}

/** The values of an option that may be given several times. */
export function textsOf(flags: Flags, name: string): readonly string[] {
  const value = flags[name];
  return Array.isArray(value) ? value : [];
}
