import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../../src/sources/entra/", import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));

test("the vendor's libraries are loaded by the first question, not with the definition", () => {
  const lines = files.flatMap((name) => readFileSync(`${root}${name}`, "utf8").split("\n"));
  const imports = lines.filter((line) => /"@(azure\/identity|microsoft\/microsoft-graph-client)"/.test(line));
  expect(imports.filter((line) => /await import\(/.test(line))).toHaveLength(2);
  expect(imports.filter((line) => !/^import type |await import\(/.test(line))).toEqual([]);
});
