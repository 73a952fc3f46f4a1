import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A copy of setpriv that may hand on the right to ports below 1024; scripts/low-ports.mjs makes it where tests do not run as root. */
export const privilegedLauncher = fileURLToPath(new URL("../../.lab/setpriv", import.meta.url));

/** What runs right now; whoever leaves this process takes them along. */
const running = new Set<ChildProcess>();

process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/**
 * Starts a server that ends with this process, however that ends: `setpriv --pdeathsig` covers a test worker that was killed.
 * Its output goes to the file `log`.
 */
export function startServer(
  command: string,
  args: readonly string[],
  options: { readonly log: string; readonly cwd?: string; readonly env?: NodeJS.ProcessEnv },
): ChildProcess {
  const log = openSync(options.log, "a");
  const launcher = existsSync(privilegedLauncher)
    ? [privilegedLauncher, "--inh-caps", "+net_bind_service", "--ambient-caps", "+net_bind_service"]
    : ["setpriv"];
  const [program = "setpriv", ...before] = launcher;
  const child = spawn(program, [...before, "--pdeathsig", "KILL", command, ...args], {
    stdio: ["ignore", log, log],
    detached: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  child.once("error", () => running.delete(child));
  return child;
}

/** Ends a server by its pid: politely, and after `patienceMs` for good. Resolves when it is gone. */
export async function stopServer(child: ChildProcess, patienceMs = 5000): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  await gone;
  clearTimeout(timer);
}

/** Runs a program to its end and gives its standard output; an exit code other than 0 throws with what it said. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly input?: string } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      { maxBuffer: 64 * 1024 * 1024, cwd: options.cwd, env: options.env },
      (error, stdout, stderr) => {
        if (error)
          reject(new Error(`${command} failed: ${stdout}${stderr}${error.message}`, { cause: error }));
        else resolve(stdout);
      },
    );
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input ?? "");
  });
}
