import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { stopServer } from "./children.ts";

/** A SCIM server that nobody here wrote, as a process of its own. */
export interface RunningService {
  readonly baseUrl: string;
  readonly token: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const folder = fileURLToPath(new URL("./scim-services/", import.meta.url));
const START_MS = 30_000;

/** scimmy 1.3 with scimmy-routers: keeps everything in memory; `/_state` shows it. */
export function startScimmy(): Promise<RunningService> {
  return start("scimmy.mjs", {});
}

/** @better-auth/scim over node:sqlite; `database` names a file that outlives the process. */
export function startBetterAuth(database?: string): Promise<RunningService> {
  return start("better-auth.mjs", database === undefined ? {} : { SCIM_DATABASE: database });
}

async function start(script: string, env: Readonly<Record<string, string>>): Promise<RunningService> {
  if (!existsSync(`${folder}node_modules`))
    throw new Error(
      "the SCIM servers are not installed: npm ci --ignore-scripts --legacy-peer-deps in test/lab/scim-services",
    );
  // setpriv: the server must not outlive a test worker that was killed.
  const child = spawn("setpriv", ["--pdeathsig", "KILL", process.execPath, `${folder}${script}`], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const said: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  try {
    const line = await firstLine(createInterface({ input: child.stdout }));
    const { baseUrl, token, pid } = JSON.parse(line) as RunningService;
    child.stdout.resume();
    return { baseUrl, token, pid, stop: () => stopServer(child) };
  } catch (error) {
    await stopServer(child);
    throw new Error(`${script} did not start: ${said.join("").slice(-2_000)}`, { cause: error });
  }
}

function firstLine(lines: ReturnType<typeof createInterface>): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing printed within ${START_MS} ms`)), START_MS);
    lines.once("line", (line) => {
      clearTimeout(timer);
      resolve(line);
    });
    lines.once("close", () => {
      clearTimeout(timer);
      reject(new Error("it ended"));
    });
  });
}
