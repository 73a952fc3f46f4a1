import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./steps.mjs";

/**
 * Lets tests start a domain controller (ports 389 and 636) without being root: a copy of setpriv in .lab/ gets the right to hand
 * on low ports, once, by sudo. Says whether they may now.
 */
export function allowLowPorts() {
  const launcher = join(root, ".lab", "setpriv");
  if (process.getuid?.() === 0 || existsSync(launcher)) return true;
  mkdirSync(join(root, ".lab"), { recursive: true });
  copyFileSync("/usr/bin/setpriv", launcher);
  const allow = ["-n", "setcap", "cap_net_bind_service+ep", launcher];
  if (spawnSync("sudo", allow, { stdio: "ignore" }).status === 0) return true;
  rmSync(launcher);
  return false;
}
