import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Switches } from "../../stand-ins/scim-service.ts";
import { stopServer } from "../children.ts";

/** A SCIM service that does what services do wrong, as a process of its own, with a look at what it counts. */
export interface SlowService {
  readonly baseUrl: string;
  readonly token: string;
  /** How many requests came so far, and how many of them are under way, by its own count. */
  counts(): Promise<Counts>;
  /** Of all requests so far, in the order in which they came. */
  methods(): Promise<readonly string[]>;
  /** For requests that come from now on. */
  change(switches: Partial<Switches>): Promise<void>;
  stop(): Promise<void>;
}

interface Counts {
  readonly users: readonly unknown[];
  readonly requests: number;
  readonly inFlight: number;
}

const script = fileURLToPath(new URL("../../stand-ins/scim-service.ts", import.meta.url));

export async function startSlowService(switches: Partial<Switches>): Promise<SlowService> {
  const line = ["--pdeathsig", "KILL", process.execPath, script, "--switches", JSON.stringify(switches)];
  const child = spawn("setpriv", line, { stdio: ["ignore", "pipe", "inherit"] });
  const [first] = (await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    once(child, "exit").then(() => Promise.reject(new Error("the SCIM service ended at once"))),
  ])) as [string];
  const { baseUrl, token } = JSON.parse(first) as { readonly baseUrl: string; readonly token: string };
  const ask = async (path: string): Promise<unknown> => (await fetch(`${baseUrl}/${path}`)).json();
  return {
    baseUrl,
    token,
    counts: async () => (await ask("_state")) as Counts,
    methods: async () => ((await ask("_log")) as { method: string }[]).map(({ method }) => method),
    change: async (changed) => {
      await fetch(`${baseUrl}/_switches`, { method: "POST", body: JSON.stringify(changed) });
    },
    stop: () => stopServer(child),
  };
}
