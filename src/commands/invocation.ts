/** What a command is given, and what it is: the outside world as an argument, so that a test runs whole commands without a process. */
import type { Clock } from "../clock.ts";
import type { Access, Guest } from "../daemon/control-seat.ts";
import type { FileUse } from "../files.ts";
import type { Refusals } from "../secret-in-use.ts";

/** Standard output or standard error. */
export interface Output {
  readonly isTerminal: boolean;
  /** Cells in a line; undefined when it is no terminal. */
  readonly columns: number | undefined;
  /** Lines of a window; left out where it is no terminal, or nobody knows. */
  readonly rows?: number | undefined;
  /** Calls back when the window gets another size, until the function that it gives is called. */
  onResize?(listener: () => void): () => void;
  write(text: string): void;
  /** Resolves when whoever reads has taken most of what was written; left out where it goes straight to the reader. */
  drained?(): Promise<void>;
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
  /** Passwords that were refused while this command runs: for several connections a wrong one is tried once. Left out: nothing is remembered. */
  readonly refusals?: Refusals;
  /** What to do about an error, where the place that the command runs in knows better than the error. */
  readonly adviceOn?: (error: unknown) => string | undefined;
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
  /** For machines alone: no help and no manual names it. */
  readonly hidden?: true;
  /** Shown below the help. */
  readonly details?: string;
  /** Subcommands; the command itself runs when none is named. */
  readonly commands?: readonly CommandDefinition[];
  /**
   * Who may have a daemon that runs do it: members of rollcall-view (what only looks), or of rollcall-operate. Left out: it always works in the
   * process of whoever types it, with their rights. What a daemon may do touches files of that person only by `filesOf`.
   */
  readonly access?: Access | ((flags: Flags) => Access);
  /** The files that it is given, by name of the option or argument, and what it does with them. */
  readonly files?: Readonly<Record<string, FileUse>>;
  /** It writes to the target: it goes on where whoever typed it is gone. */
  readonly goesOn?: true;
  /** It is understood by daemons of other versions as well. */
  readonly anyVersion?: true;
  readonly load: () => Promise<CommandModule>;
}

/** A trailing `...` in the flags lets an option be given several times. */
export type OptionDefinition = readonly [flags: string, description: string];

/** Who may have a daemon do it, as it was typed; undefined: nobody. */
export function accessOf({ access }: CommandDefinition, flags: Flags): Access | undefined {
  return typeof access === "function" ? access(flags) : access;
}

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
