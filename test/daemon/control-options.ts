import { join } from "node:path";
import type { ControlOptions } from "../../src/daemon/control.ts";
import type { Host } from "../../src/daemon/control-host.ts";
import { silent } from "../../src/log.ts";

/** How a daemon without connections opens its control socket in a folder. */
export function controlOptions(folder: string, run: ControlOptions["run"]): ControlOptions {
  return {
    path: join(folder, "control.sock"),
    folderMode: 0o700,
    config: join(folder, "rollcall.yaml"),
    version: "1.2.3",
    patienceMs: 2_000,
    groups: { view: undefined, operate: undefined },
    // No command of these tests asks for anything of the daemon.
    host: {} as Host,
    log: silent,
    run,
  };
}
