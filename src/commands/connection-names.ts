import { existsSync } from "node:fs";
import { isMap, isScalar, parseDocument } from "yaml";
import { ConfigurationError } from "../errors.ts";
import { readTextFile } from "../yaml/file.ts";
import { defaultFiles } from "./default-files.ts";

/** What a connection may be called: anything else could mean something to a shell. */
const form = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/**
 * Names of the connections in the configuration that a command line means, as far as the file can be read at all: a configuration with mistakes has names
 * too. Nothing is checked and no alias is followed; where there is no such file there are none.
 */
export async function connectionNames(words: readonly string[]): Promise<readonly string[]> {
  const file = namedFile(words) ?? defaultFiles.find((each) => existsSync(each));
  const text = file === undefined ? undefined : await textOf(file);
  const connections =
    text === undefined ? undefined : parseDocument(text, { logLevel: "silent" }).get("connections");
  if (!isMap(connections)) return [];
  return connections.items
    .map(({ key }) => (isScalar(key) ? String(key.value) : ""))
    .filter((name) => form.test(name));
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readTextFile(file);
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined;
    throw error;
  }
}

/** `--config FILE` on the line so far. */
function namedFile(words: readonly string[]): string | undefined {
  const at = words.lastIndexOf("--config");
  const behind = at === -1 ? undefined : words[at + 1];
  return behind ?? words.find((word) => word.startsWith("--config="))?.slice("--config=".length);
}
