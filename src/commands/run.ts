import { Command, CommanderError } from "commander";
import { complain } from "./complain.ts";
import { globalOptions } from "./global-options.ts";
import type { CommandDefinition, Flags, Io } from "./invocation.ts";
import { escapedLines } from "./output/escape.ts";
import { commands } from "./registry.ts";
import { version } from "./version.ts";

const codes = `
Exit codes: 0 done or nothing to do, 1 failed, 2 wrong configuration or usage, 3 something is held for approval,
4 done but some objects are failing, 5 quarantined or login refused, 75 somebody else is working on the connection,
130 and 143 stopped by a signal.`;

/** Runs one command line (without node and script) and gives the exit code. Throws nothing. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let code = 0;
  const program = programOf(argv, io, (outcome) => {
    code = outcome;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    // Commander has said what is wrong by then; its own exit codes know no 2.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return complain(await inWords(error), io, {
      json: argv.includes("--json"),
      verbose: argv.includes("--verbose"),
    });
  }
}

/** A database that fails below any command is trouble with the disk, not a bug of ours. Loaded then only: SQLite is heavy. */
async function inWords(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || error.name !== "SqliteError") return error;
  const { storeFailure } = await import("../store/database.ts");
  return storeFailure(error) ?? error;
}

function programOf(argv: readonly string[], io: Io, done: (code: number) => void): Command {
  const program = new Command("rollcall")
    .description("Keeps the people and groups of an application as they are in your directory.")
    .version(version(), "--version", "print the version")
    .helpOption("--help", "print this help, or that of a command")
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, helpWidth: Math.min(io.stdout.columns ?? 100, 110) })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(usageError(text)),
    })
    .addHelpText("after", codes)
    .exitOverride()
    .showSuggestionAfterError();
  for (const [flags, description] of globalOptions) program.option(flags, description);
  const begin = async (definition: CommandDefinition, command: Command) => {
    const given = { definition, arguments: command.args, flags: command.optsWithGlobals<Flags>() };
    // Not needed by whoever asks for help.
    const { throughDaemon } = await import("./through-daemon.ts");
    const { runHere } = await import("./run-here.ts");
    done((await throughDaemon(argv, given, io)) ?? (await runHere(argv, given, io)));
  };
  // Whoever types a command needs no other; whoever asks for help or mistypes one needs all.
  const typed = commands.filter(({ name }) => name === argv[0]);
  for (const definition of typed.length > 0 ? typed : commands) add(program, definition, begin);
  return program;
}

type Begin = (definition: CommandDefinition, command: Command) => Promise<void>;

function add(parent: Command, definition: CommandDefinition, begin: Begin): void {
  const command = parent
    .command(definition.name, { hidden: definition.hidden === true })
    .description(definition.summary)
    .copyInheritedSettings(parent);
  for (const argument of definition.arguments?.split(" ") ?? []) command.argument(argument);
  for (const [flags, description] of definition.options ?? []) command.option(flags, description);
  if (definition.details !== undefined) command.addHelpText("after", `\n${definition.details}`);
  for (const inner of definition.commands ?? []) add(command, inner, begin);
  command.action(() => begin(definition, command));
}

function usageError(text: string): string {
  const [first = "", ...rest] = escapedLines(text.trimEnd());
  const hint = rest.filter((line) => line !== "").map((line) => `  ${line}\n`);
  return `rollcall: ${first.replace(/^error: /, "")}\n${hint.join("")}`;
}
