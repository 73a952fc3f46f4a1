import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ended, ThreeDirectories } from "./connections/three-directories.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Tells, as the process ends, what it loaded of files and of Node's own modules. */
const teller = `import { registerHooks } from "node:module";
const files = new Set();
registerHooks({ load: (url, context, next) => { if (url.startsWith("file:")) files.add(url); return next(url, context); } });
process.on("exit", () => process.stderr.write("\\n" + JSON.stringify({ files: [...files], own: process.moduleLoadList })));`;

interface Loaded {
  readonly files: readonly string[];
  readonly own: readonly string[];
}

let folder: string;
let main: string;
let directories: ThreeDirectories;

// Beside the packages that are not inside it, as where it is installed.
beforeAll(async () => {
  mkdirSync(join(root, ".lab"), { recursive: true });
  folder = mkdtempSync(join(root, ".lab", "built-"));
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  execFileSync(process.execPath, [join(root, "scripts/build.mjs"), join(folder, "dist")]);
  main = join(folder, "dist", "main.js");
  writeFileSync(join(folder, "teller.mjs"), teller);
  directories = await ThreeDirectories.start("scim");
}, 60_000);

afterAll(async () => {
  await directories?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A command line of the built program. */
function run(line: string): Promise<Ended> {
  return directories.runApart(line, [main]);
}

async function loadedBy(line: string): Promise<Loaded> {
  const { code, err } = await directories.runApart(line, ["--import", join(folder, "teller.mjs"), main]);
  expect(code, err).toBe(0);
  return JSON.parse(err.slice(err.lastIndexOf("\n"))) as Loaded;
}

/** By name the time of the last change. */
function filesIn(path: string): Map<string, number> {
  const entries = readdirSync(path, { recursive: true, encoding: "utf8" }).map((name) => join(path, name));
  return new Map(
    entries.filter((each) => statSync(each).isFile()).map((each) => [each, statSync(each).mtimeMs]),
  );
}

test("the built program reads an Entra tenant, an Okta organisation and an Active Directory, and says what it did", async () => {
  directories.inEntra("ann");
  directories.inOkta("bob");
  directories.inAd("cem");
  const validated = await run("validate");
  expect(validated.code, validated.err).toBe(0);
  for (const name of ["cloud", "partners", "staff"]) {
    const tested = await run(`test ${name}`);
    expect(tested.code, tested.out + tested.err).toBe(0);
    const planned = await run(`plan ${name}`);
    expect(planned.code, planned.out + planned.err).toBe(0);
  }
  expect(directories.service?.count("POST")).toBe(0);
  const synced = await run("sync");
  expect(synced.code, synced.out + synced.err).toBe(0);
  const accounts = await directories.accounts();
  expect([...accounts.keys()]).toEqual(
    expect.arrayContaining(["ann@corp.example", "bob@corp.example", "cem@corp.example"]),
  );
  const explained = await run("explain ann@corp.example");
  expect(explained.code, explained.err).toBe(0);
  expect(explained.out).toContain("ann@corp.example");
  const { out } = await run("status --json");
  const { connections } = JSON.parse(out) as {
    readonly connections: readonly Readonly<Record<string, unknown>>[];
  };
  expect(connections).toHaveLength(3);
}, 120_000);

test("what Node makes of the program's files is kept beside them, for their owner alone", async () => {
  const compiled = join(folder, "dist", "compiled");
  rmSync(compiled, { recursive: true, force: true });
  expect((await run("status")).code).toBe(0);
  expect(statSync(compiled).mode & 0o777).toBe(0o700);
  const kept = filesIn(compiled);
  expect(kept.size).toBeGreaterThan(5);
  // Nothing is made again as long as it serves.
  expect((await run("status")).code).toBe(0);
  expect(filesIn(compiled)).toEqual(kept);
  // Where nothing can be kept, everything is compiled.
  rmSync(compiled, { recursive: true });
  writeFileSync(compiled, "");
  const looked = await run("status");
  expect(looked.code, looked.err).toBe(0);
  expect(looked.err).toBe("");
  rmSync(compiled);
}, 60_000);

test("the built program loads few files, and nothing of Node's that it has itself", async () => {
  const loads = async (line: string) => {
    const { files, own } = await loadedBy(line);
    const parts = files.filter((url) => url.includes("/dist/"));
    const packages = files.filter((url) => url.includes("/node_modules/"));
    const names = packages.map((url) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]);
    const hasOwnClient = own.some((name) => name.includes("deps/undici"));
    return { parts: parts.length, packages: [...new Set(names)], hasOwnClient };
  };
  const version = await loads("--version");
  expect(version.parts).toBeLessThan(6);
  expect(version.packages).toEqual([]);
  const status = await loads("status");
  expect(status.parts).toBeLessThan(30);
  expect(status.packages).toEqual(["better-sqlite3"]);
  // The second one has nothing to do.
  await run("sync cloud");
  const idle = await loads("sync cloud");
  expect(idle.parts).toBeLessThan(90);
  expect(idle.packages).toEqual(["better-sqlite3"]);
  expect(idle.hasOwnClient).toBe(false);
}, 60_000);
