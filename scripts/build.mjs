#!/usr/bin/env node
// `npm run build`: what the installed package runs. The sources lose their types, everything else beside them is copied.
import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pinnedNode } from "./node-packages.mjs";
import { root, step } from "./steps.mjs";

const src = join(root, "src");
const dist = join(root, "dist");

rmSync(dist, { recursive: true, force: true });
const node = existsSync(pinnedNode) ? pinnedNode : process.execPath;
if (!step("build", node, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"])) process.exit(1);
for (const name of readdirSync(src, { recursive: true, encoding: "utf8" })) {
  if (/\.(sql|yaml|json)$/.test(name)) cpSync(join(src, name), join(dist, name));
}
