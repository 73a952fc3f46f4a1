import { completionWords } from "./completion-words.ts";
import { connectionNames } from "./connection-names.ts";
import { globalOptions } from "./global-options.ts";
import type { Invocation } from "./invocation.ts";
import { commands } from "./registry.ts";

/**
 * `rollcall complete -- WORDS`: what the shells' completion scripts ask. Quick, and never loud: whoever presses a key in the middle of a line must not get
 * an error into it; the command itself will say what is wrong.
 */
export async function run({ io, arguments: words }: Invocation): Promise<number> {
  io.stdout.write(completionWords(words, commands, globalOptions, await connectionNames(words)));
  return 0;
}
