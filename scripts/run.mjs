#!/usr/bin/env node
// `npm run demo`, `npm test`, `npm run simulate` and `npm run bench`, also in a fresh clone on a machine whose own Node is older than the project's: plain
// JavaScript for any Node since 20 that installs what is missing and then goes on with the Node that the project pins.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { installDebianPackages, missingDebianPackages } from "./debian-packages.mjs";
import { allowLowPorts } from "./low-ports.mjs";
import { installNodePackages, pinnedNode } from "./node-packages.mjs";
import { root, seconds, step } from "./steps.mjs";

const [task, ...args] = process.argv.slice(2);
if (task === "demo") process.exit(await demo());
if (task === "test") process.exit(await test());
if (task === "simulate") process.exit(await simulate());
if (task === "bench") process.exit(await bench());
process.stderr.write(
  'usage: node scripts/run.mjs demo|test|simulate|bench [arguments], usually as "npm run demo", "npm test" and so on\n',
);
process.exit(2);

// Without a domain controller the story has one directory less, and says why.
async function demo() {
  if (!installNodePackages(".")) return 1;
  if (!args.includes("--without-samba") && installDebianPackages("samba", { isOptional: true }))
    allowLowPorts();
  return onPinnedNode(["bin/rollcall.js", "demo", ...args]);
}

async function simulate() {
  if (!installNodePackages(".")) return 1;
  return onPinnedNode(["test/simulation/main.ts", ...args]);
}

// What customers run is measured: the built program.
async function bench() {
  if (!installNodePackages(".")) return 1;
  installDebianPackages("samba", { isOptional: true });
  if (!step("build", pinnedNode, ["scripts/build.mjs"])) return 1;
  return onPinnedNode(["test/bench/main.ts", ...args]);
}

async function test() {
  if (!installNodePackages(".") || !installNodePackages("test/lab/scim-services")) return 1;
  const lacking = whatTheLabLacks();
  if (lacking !== undefined && process.env.CI === "true") {
    process.stderr.write(`Nothing is skipped in CI; the tests need a domain controller, and ${lacking}\n`);
    return 1;
  }
  // What these are for is left out, with a line that says so, where they cannot be had.
  if (process.env.CI === "true")
    for (const set of ["machines", "prometheus"]) installDebianPackages(set, { isOptional: true });
  // Whoever names files wants to know about those, soon.
  const named = args.some((argument) => !argument.startsWith("-"));
  const checks = named
    ? []
    : [check("lint", "biome", "check"), check("types", "tsc", "--noEmit"), check("unused code", "knip")];
  const begun = Date.now();
  const status = await onPinnedNode(["node_modules/.bin/vitest", "run", ...args]);
  const failed = checks.filter((one) => !one.passed).map((one) => one.title);
  if (failed.length > 0) process.stdout.write(`Not passed, see above: ${failed.join(", ")}\n`);
  if (!named) process.stdout.write(`tests ${status === 0 ? "passed" : "failed"} (${seconds(begun)})\n`);
  return status === 0 && failed.length > 0 ? 1 : status;
}

function check(title, command, ...argument) {
  return { title, passed: step(title, pinnedNode, [`node_modules/.bin/${command}`, ...argument]) };
}

/** Waits for what was started also when this process is to end, so that nothing is left behind. */
async function onPinnedNode(argument) {
  const child = spawn(pinnedNode, argument, { cwd: root, stdio: "inherit" });
  const passOn = (signal) => {
    // Ctrl-C reaches everybody at the terminal by itself; twice would mean "at once".
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  };
  const asked = new Set();
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => {
      if (!asked.has(signal)) passOn(signal);
      asked.add(signal);
    });
  }
  // npm tells its shell alone that it is to end, and the shell tells nobody.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill("SIGTERM");
  }, 200);
  const [code, signal] = await once(child, "exit");
  clearInterval(watch);
  return code ?? 128 + (constants.signals[signal] ?? 0);
}

/** Installs what a domain controller needs; a sentence about what is still missing, or undefined. */
function whatTheLabLacks() {
  if (!installDebianPackages("samba")) {
    const names = missingDebianPackages("samba").join(" ");
    return `Samba is not installed: sudo apt-get install --no-install-recommends ${names}`;
  }
  if (!allowLowPorts()) return "its ports need root, or a sudo that asks for no password";
  return undefined;
}
