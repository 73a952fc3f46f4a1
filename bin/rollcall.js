#!/usr/bin/env node
// The command `rollcall`. Written in what every Node since 14 can read, so that one that is too old gets a sentence instead of
// a crash: below 24.15 the TypeScript sources do not run, and the SQLite library ends the whole process.
import { existsSync } from "node:fs";

const [major, minor] = process.versions.node.split(".").map(Number);
// In a clone the sources run as they are; a package has only what the build made of them (Node strips no types below node_modules).
const inClone = existsSync(new URL("../src", import.meta.url));

if (major > 24 || (major === 24 && minor >= 15)) {
  import(inClone ? "../src/main.ts" : "../dist/main.js").catch((error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exitCode = 1;
  });
} else {
  const way = inClone
    ? 'In a clone, "npm ci" once and then "npm run -s rollcall -- ARGS" bring and use the right one.'
    : "Install a newer one (https://nodejs.org) and put it first on the PATH.";
  process.stderr.write(`rollcall needs Node.js 24.15 or newer; this is ${process.version}. ${way}\n`);
  process.exitCode = 2;
}
