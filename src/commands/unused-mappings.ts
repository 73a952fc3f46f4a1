import { readdir } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { Config } from "../config/config.ts";
import { isRollcallError } from "../errors.ts";
import { readDocument } from "../yaml/document.ts";
import { readTextFile } from "../yaml/file.ts";
import type { Problem } from "../yaml/problem.ts";

/** So many files of a folder are looked at: a folder of mappings holds a few. */
const most = 100;

/** Mapping files beside those that are used, which no connection names: forgotten, or meant by a line that is not there. */
export async function unusedMappings({ file, connections }: Config): Promise<readonly Problem[]> {
  // They are called as the configuration was: perhaps from where somebody stands.
  const used = connections.flatMap(({ mapping }) => (mapping === undefined ? [] : [resolve(mapping.file)]));
  const folders = new Set([...used.map((each) => dirname(each)), join(dirname(file), "mappings")]);
  const problems: Problem[] = [];
  for (const folder of folders) {
    for (const name of await yamlFiles(folder)) {
      const path = join(folder, name);
      if (path === file || used.includes(path) || !(await isMapping(path))) continue;
      problems.push({
        file: shown(path),
        line: 1,
        column: 1,
        path: "",
        message: "no connection uses this mapping",
        frame: "",
      });
    }
  }
  return problems;
}

/** As somebody would type it who stands above it; else by its whole path. */
function shown(path: string): string {
  const short = relative("", path);
  return short.startsWith("..") ? path : short;
}

async function yamlFiles(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => /\.ya?ml$/.test(name))
      .toSorted()
      .slice(0, most);
  } catch {
    // No such folder, or none that we may look into: then there is nothing to say about it.
    return [];
  }
}

/** Other files may lie beside; a mapping says something of users or groups, and nothing of connections. */
async function isMapping(path: string): Promise<boolean> {
  try {
    const { value } = readDocument(path, await readTextFile(path)).document;
    if (typeof value !== "object" || value === null || "connections" in value) return false;
    return "extends" in value || "users" in value || "groups" in value;
  } catch (error) {
    if (isRollcallError(error)) return false;
    throw error;
  }
}
