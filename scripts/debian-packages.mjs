import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { step } from "./steps.mjs";

const policy = "/usr/sbin/policy-rc.d";
const packages = JSON.parse(readFileSync(new URL("samba-packages.json", import.meta.url), "utf8"));

/** Debian packages that the lab's domain controller needs and this machine lacks. */
export function missingDebianPackages() {
  const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
  return Object.keys(packages).filter((name) => !existsSync(packages[name].replace("{machine}", machine)));
}

/** Installs them as root or by a sudo that asks for no password. Says whether they are there now. */
export function installDebianPackages() {
  if (missingDebianPackages().length === 0) return true;
  const asRoot = rootPrefix();
  if (asRoot === undefined || !existsSync("/usr/bin/apt-get")) return false;
  withoutServiceStarts(asRoot, () => {
    const install = [
      "env",
      "DEBIAN_FRONTEND=noninteractive",
      "apt-get",
      "-o",
      "DPkg::Lock::Timeout=300",
      "install",
      "-y",
      "-qq",
    ];
    const command = [...asRoot, ...install, "--no-install-recommends", ...missingDebianPackages()];
    // A list of packages that is too old, or none, is the usual reason to fail; then it is fetched first.
    if (spawnSync(command[0], command.slice(1), { stdio: "ignore" }).status === 0) return;
    const update = [...asRoot, "apt-get", "-o", "DPkg::Lock::Timeout=300", "update", "-qq"];
    step("Debian package lists", update[0], update.slice(1));
    step(`Debian packages ${missingDebianPackages().join(" ")}`, command[0], command.slice(1));
  });
  return missingDebianPackages().length === 0;
}

function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0 ? ["sudo", "-n"] : undefined;
}

// Debian starts a service as it is installed unless policy-rc.d says no; the tests start their own, on loopback addresses.
function withoutServiceStarts(asRoot, action) {
  if (existsSync(policy)) return action();
  const shell = (script) =>
    spawnSync([...asRoot, "sh"][0], [...asRoot, "sh", "-c", script].slice(1), { stdio: "ignore" });
  const put = `printf '#!/bin/sh\\nexit 101\\n' > ${policy} && chmod 755 ${policy}`;
  shell(put);
  try {
    return action();
  } finally {
    shell(`rm -f ${policy}`);
  }
}
