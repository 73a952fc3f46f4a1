import { type Command, RootCommand } from "@bomb.sh/tab";
import { type Choice, type Values, valuesOfArgument, valuesOfOption } from "./completion-values.ts";
import type { CommandDefinition, OptionDefinition } from "./invocation.ts";

/** The shell completes the name of a file itself. */
const FILES = ":0\n";

/** What may stand at the end of a command line, in the words that the shells' scripts read: a value and its meaning on a line each, then how to take them. */
export function completionWords(
  words: readonly string[],
  commands: readonly CommandDefinition[],
  globals: readonly OptionDefinition[],
  connections: readonly string[],
): string {
  const root = new RootCommand();
  const takesFiles = new Set<string>();
  const offer = (values: Values): Offer => {
    const choices = typeof values !== "string" ? values : values === "files" ? [] : named(connections);
    return (say) => {
      for (const [value, meaning] of choices) say(value, meaning);
    };
  };
  const addOption = (command: Command, [flags, description]: OptionDefinition) => {
    const name = flags.replace(/^--(\S+).*$/, "$1");
    const values = valuesOfOption(flags);
    if (values === undefined) command.option(name, description);
    else command.option(name, description, offer(values));
    if (values === "files") takesFiles.add(`--${name}`);
  };
  const add = (definition: CommandDefinition, above: string) => {
    const path = `${above}${definition.name}`;
    const command = root.command(path, definition.summary);
    for (const option of [...(definition.options ?? []), ...globals]) addOption(command, option);
    for (const argument of definition.arguments?.split(" ") ?? [])
      command.argument(
        argument.replace(/\W/g, ""),
        offer(valuesOfArgument(argument)),
        argument.includes("..."),
      );
    for (const inner of definition.commands ?? []) add(inner, `${path} `);
  };
  for (const definition of commands) if (definition.hidden !== true) add(definition, "");
  for (const option of globals) addOption(root, option);
  const before = words.at(-2) ?? "";
  const last = words.at(-1) ?? "";
  const [option = "", value] = last.split("=");
  if (takesFiles.has(before) || (value !== undefined && takesFiles.has(option))) return FILES;
  return said(() => root.parse([...words]));
}

type Offer = (say: (value: string, meaning: string) => void) => void;

function named(connections: readonly string[]): readonly Choice[] {
  return connections.map((name) => [name, "connection"]);
}

/** The library speaks to the console alone. */
export function said(work: () => void): string {
  const { log } = console;
  const lines: string[] = [];
  console.log = (line: unknown) => {
    lines.push(`${String(line)}\n`);
  };
  try {
    work();
  } finally {
    console.log = log;
  }
  return lines.join("");
}
