import { readdirSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "./lab/children.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/** What `npm pack` says of the archive it made. */
interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

describe("the package", () => {
  let folder: string;
  let packed: Packed;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rollcall-package-"));
    const said = await run("npm", ["pack", "--json", "--pack-destination", folder], {
      cwd: root,
    });
    // Scripts that npm runs first may print lines of their own.
    const [first] = JSON.parse(said.slice(said.indexOf("[\n"))) as Packed[];
    if (first === undefined) throw new Error(`npm pack said ${said}`);
    packed = first;
    await writeFile(join(folder, "package.json"), "{}");
    const install = [
      "install",
      "--omit=dev",
      "--ignore-scripts",
      "--prefer-offline",
      "--no-audit",
      "--no-fund",
    ];
    await run("npm", [...install, join(folder, packed.filename)], { cwd: folder });
  }, 180_000);

  afterAll(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  test("holds the command, the build of every source, and what is read beside it: nothing else", () => {
    const built = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.[a-z]+$/.test(name))
      .map((name) => `dist/${name.replace(/\.ts$/, ".js")}`);
    const config = readdirSync(join(root, "config"), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.[a-z]+$/.test(name))
      .map((name) => `config/${name}`);
    const texts = ["CHANGELOG.md", "LICENSE", "NOTICE", "README.md", "package.json"];
    const expected = ["bin/rollcall.js", ...built, ...config, ...texts];
    expect(packed.files.map((file) => file.path).toSorted()).toEqual(expected.toSorted());
  });

  test("runs where it is installed, without the sources", async () => {
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      readonly version: string;
    };
    const command = join(folder, "node_modules", ".bin", "rollcall");
    expect((await run(process.execPath, [command, "--version"], { cwd: folder })).trim()).toContain(version);
  });
});
