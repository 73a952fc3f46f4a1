import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { seconds, step } from "./steps.mjs";

const policy = "/usr/sbin/policy-rc.d";
const sets = JSON.parse(readFileSync(new URL("debian-packages.json", import.meta.url), "utf8"));

/** Debian packages of a set ("samba", "machines", "prometheus") that this machine lacks. */
export function missingDebianPackages(set) {
  const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
  const { packages } = sets[set];
  return Object.keys(packages).filter((name) => !existsSync(packages[name].replace("{machine}", machine)));
}

/**
 * Installs a set as root or by a sudo that asks for no password. Says whether it is there now. What can be done without
 * (`isOptional`) fails in one line.
 */
export function installDebianPackages(set, { isOptional = false } = {}) {
  const missing = missingDebianPackages(set);
  if (missing.length === 0) return true;
  const { title } = sets[set];
  const asRoot = rootPrefix();
  if (asRoot === undefined || !existsSync("/usr/bin/apt-get")) return false;
  const wait = ["-o", "DPkg::Lock::Timeout=300", "-qq"];
  const install = ["install", "-y", "--no-install-recommends", ...missing];
  const aptGet = [...asRoot, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
  const [program, ...before] = aptGet;
  withoutServiceStarts(asRoot, () => {
    // A list of packages that is too old, or none, is the usual reason to fail; then it is fetched first.
    const begun = Date.now();
    const first = spawnSync(program, [...before, ...wait, ...install], { stdio: "ignore" });
    if (first.status === 0) process.stdout.write(`${title}, from Debian packages ok (${seconds(begun)})\n`);
    else if (step("Debian package lists", program, [...before, ...wait, "update"], { isOptional })) {
      step(`${title}, from Debian packages`, program, [...before, ...wait, ...install], { isOptional });
    }
  });
  return missingDebianPackages(set).length === 0;
}

function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0 ? ["sudo", "-n"] : undefined;
}

// Debian starts a service as it is installed unless policy-rc.d says no; the tests start their own, on loopback addresses.
function withoutServiceStarts(asRoot, action) {
  if (existsSync(policy)) return action();
  const [program, ...before] = [...asRoot, "sh", "-c"];
  const shell = (script) => spawnSync(program, [...before, script], { stdio: "ignore" });
  // Whoever interrupts ends apt-get; this process lives on to tidy up.
  const tidyFirst = () => {};
  process.on("SIGINT", tidyFirst);
  shell(`printf '#!/bin/sh\\nexit 101\\n' > ${policy} && chmod 755 ${policy}`);
  try {
    return action();
  } finally {
    shell(`rm -f ${policy}`);
    process.off("SIGINT", tidyFirst);
  }
}
