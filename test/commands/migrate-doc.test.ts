import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { CommandDefinition } from "../../src/commands/invocation.ts";
import { commands } from "../../src/commands/registry.ts";

const text = readFileSync(new URL("../../docs/migrate.md", import.meta.url), "utf8");
const blocks = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map(([, block]) => block ?? "");
const lines = blocks.flatMap((block) => block.split("\n")).filter((line) => line.startsWith("rollcall "));

/** What a line of the page gets wrong; undefined when it can be typed. */
function problemOf(line: string): string | undefined {
  const [, ...words] = [...line.matchAll(/"[^"]*"|\S+/g)].map(([word]) => word);
  let known: readonly CommandDefinition[] = commands;
  let command: CommandDefinition | undefined;
  let at = 0;
  for (; known.length > 0; at += 1) {
    const found = known.find(({ name }) => name === words[at]);
    if (found === undefined) break;
    command = found;
    known = found.commands ?? [];
  }
  if (command === undefined) return "no such command";
  const options = new Map((command.options ?? []).map(([flags]) => [flags.split(" ")[0] ?? "", flags]));
  const given: string[] = [];
  for (; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!word.startsWith("--")) given.push(word);
    else if (!options.has(word)) return `no option ${word}`;
    else if (options.get(word)?.includes("<") === true) at += 1;
  }
  const wanted = command.arguments?.split(" ") ?? [];
  const least = wanted.filter((each) => each.startsWith("<")).length;
  if (given.length < least || given.length > wanted.length) return `${given.length} arguments`;
  return undefined;
}

test("every command line of docs/migrate.md can be typed as it stands", () => {
  expect(lines.length).toBeGreaterThan(25);
  const problems = lines.map((line) => ({ line, problem: problemOf(line) }));
  expect(problems.filter(({ problem }) => problem !== undefined)).toEqual([]);
});
