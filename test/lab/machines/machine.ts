import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { run } from "../children.ts";

const patienceMs = 60_000;

/** Process 1 of each that runs; whoever leaves this process takes them along. */
const leaders = new Set<number>();

process.on("exit", () => {
  for (const leader of leaders) process.kill(leader, "SIGKILL");
});

/** A machine that systemd has booted from a folder, in systemd-nspawn: processes, files and users of its own, the network of this one. */
export class Machine {
  readonly #process: ChildProcess;
  /** Its process 1, as seen from here. */
  readonly #leader: number;

  private constructor(process: ChildProcess, leader: number) {
    leaders.add(leader);
    process.once("exit", () => leaders.delete(leader));
    this.#process = process;
    this.#leader = leader;
  }

  /** Boots `root`; resolves when systemd has started everything. What the console says goes to the file `log`. */
  static async boot(root: string, log: string): Promise<Machine> {
    const output = openSync(log, "a");
    const machine = ["--quiet", `--directory=${root}`, "--register=no", "--keep-unit", "--boot"];
    const nspawn = spawn("setpriv", ["--pdeathsig", "TERM", "systemd-nspawn", ...machine], {
      stdio: ["ignore", output, output],
      detached: true,
    });
    const end = Date.now() + patienceMs;
    try {
      for (;;) {
        if (nspawn.exitCode !== null) throw new Error(`the machine ended: ${readFileSync(log, "utf8")}`);
        if (Date.now() > end) throw new Error(`the machine did not start: ${readFileSync(log, "utf8")}`);
        const leader = childOf(nspawn.pid);
        if (leader !== undefined) {
          const { out } = await inside(leader, ["systemctl", "is-system-running"]);
          if (/^(running|degraded)/.test(out)) return new Machine(nspawn, leader);
        }
        await wait(200);
      }
    } catch (error) {
      nspawn.kill("SIGKILL");
      throw error;
    }
  }

  /** Runs a program in it; never throws. */
  run(...line: readonly string[]): Promise<Ended> {
    return inside(this.#leader, line);
  }

  /** Runs a program that has to end well; what it said. */
  async must(...line: readonly string[]): Promise<string> {
    const { code, out, err } = await this.run(...line);
    if (code !== 0) throw new Error(`${line.join(" ")} ended with ${code}: ${out}${err}`);
    return out.trim();
  }

  /** One property of a unit. */
  property(unit: string, name: string): Promise<string> {
    return this.must("systemctl", "show", "--value", "--property", name, unit);
  }

  /** Waits until it is so; throws with what the unit's journal says when it takes too long. */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + patienceMs;
    while (!(await isSo())) {
      if (Date.now() > end)
        throw new Error(`${what}: not after ${patienceMs / 1000} s\n${await this.journal("rollcall")}`);
      await wait(100);
    }
  }

  journal(unit: string): Promise<string> {
    return this.must("journalctl", "--no-pager", "--output", "cat", "--unit", unit);
  }

  /** Powers it off. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const gone = once(this.#process, "exit");
    // What systemd takes for "power off" (systemd(1), signals).
    spawnSync("kill", ["-s", "RTMIN+4", String(this.#leader)]);
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 30_000);
    await gone;
    clearTimeout(timer);
  }
}

/** The one child of a process. */
function childOf(pid: number | undefined): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children === "" ? undefined : Number(children.split(" ")[0]);
}

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end while this process goes on: what it asks may be answered here. */
export function ended(program: string, line: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      program,
      line,
      { maxBuffer: 1 << 26, ...(env === undefined ? {} : { env }) },
      (error, out, err) => {
        resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : 1, out, err });
      },
    );
  });
}

function inside(leader: number, line: readonly string[]): Promise<Ended> {
  const namespaces = ["--target", String(leader), "--mount", "--pid", "--ipc", "--uts", "--cgroup", "--net"];
  return ended("nsenter", [...namespaces, "--", ...line], {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LANG: "C.UTF-8",
  });
}

/** Installs the package as `npm pack` makes it, with the packages that it needs, as an admin would; below `prefix` in the folder of a machine. */
export async function installPackage(archive: string, root: string, prefix: string): Promise<void> {
  const install = ["install", "--global", "--omit=dev", "--ignore-scripts", "--prefer-offline"];
  await run("npm", [...install, "--no-audit", "--no-fund", "--prefix", join(root, prefix), archive]);
}
