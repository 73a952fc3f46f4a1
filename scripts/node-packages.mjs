import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { root, step } from "./steps.mjs";

/** The Node that the project pins (package `node`), whatever the machine has. */
export const pinnedNode = join(root, "node_modules", "node", "bin", "node");

// Programs of the folder that is about to be replaced must not run the replacing.
const ownPath = (process.env.PATH ?? "")
  .split(delimiter)
  .filter((entry) => !entry.endsWith(join("node_modules", ".bin")))
  .join(delimiter);

/** Installs what the lock file of `folder` names, unless it is there already. Says whether it is there now. */
export function installNodePackages(folder) {
  const where = join(root, folder);
  const isProject = folder === ".";
  if (!existsSync(join(where, "package-lock.json")) || isInstalled(where, isProject)) return true;
  const options = { cwd: where, env: { ...process.env, PATH: ownPath } };
  const title = isProject ? "npm packages" : `npm packages of ${folder}`;
  // No install scripts: the SQLite library would be compiled, though it brings binaries. Only the pinned Node fetches its own.
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error", ...(isProject ? [] : ["--legacy-peer-deps"])];
  if (!step(title, "npm", ["ci", "--ignore-scripts", "--include=dev", ...quiet], options)) return false;
  return (
    !isProject ||
    step("the pinned Node", "npm", ["rebuild", "node", "--ignore-scripts=false", ...quiet], options)
  );
}

// npm leaves a list of what it installed, written last: compared with the lock file it tells whether anything changed since.
function isInstalled(where, isProject) {
  if (isProject && !existsSync(pinnedNode)) return false;
  const installed = join(where, "node_modules", ".package-lock.json");
  if (!existsSync(installed)) return false;
  const present = packagesOf(installed);
  return Object.entries(packagesOf(join(where, "package-lock.json"))).every(
    ([path, { version, optional }]) => path === "" || optional === true || present[path]?.version === version,
  );
}

function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, "utf8")).packages ?? {};
}
