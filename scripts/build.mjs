#!/usr/bin/env node
// `npm run build`: what the installed package runs, in dist/. Sources and most packages are put together into few files, what else stands beside
// the sources is copied. `node scripts/build.mjs FOLDER [MODULE]` builds elsewhere, or one part of the program alone, to measure it.
import { cpSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { bundle } from "./bundle.mjs";
import { licencesOf } from "./licences.mjs";
import { root, seconds } from "./steps.mjs";

const src = join(root, "src");
const [folder = join(root, "dist"), entry = "main.ts"] = process.argv.slice(2);
const dist = resolve(folder);
const begun = Date.now();

rmSync(dist, { recursive: true, force: true });
const main = join(src, entry);
const commands = (...names) => names.map((name) => join(src, "commands", `${name}.ts`));
const packages = await bundle({
  entry: main,
  folder: dist,
  // What `status` needs, most commands need.
  together: { start: [main], run: commands("run"), look: commands("run-here", "through-daemon", "status") },
});
for (const name of readdirSync(src, { recursive: true, encoding: "utf8" })) {
  if (/\.(sql|yaml|json)$/.test(name)) cpSync(join(src, name), join(dist, name));
}
writeFileSync(join(dist, "packages.txt"), licencesOf(packages));
process.stdout.write(`build ok (${seconds(begun)})\n`);
