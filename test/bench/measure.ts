/** What a whole process costs, from its start to its end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What one process, or one piece of work in it, has cost. */
export interface Cost {
  /** Seconds. */
  readonly wall: number;
  /** Seconds of user and system time, of all its threads. */
  readonly cpu: number;
  /** The most memory that it held at a time, bytes (VmHWM). */
  readonly peak: number;
  /** What the work itself counted: requests, rows, people. */
  readonly said: Readonly<Record<string, number>>;
}

interface Asked {
  /** Options of node, before the script. */
  readonly node?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are as they should be; 0 alone unless said. */
  readonly codes?: readonly number[];
  /** Numbers in what a program prints for people; left out: the last line that is an object of numbers. */
  readonly read?: (out: string) => Readonly<Record<string, number>>;
}

const probe = fileURLToPath(new URL("./probe.mjs", import.meta.url));

/**
 * Runs a script to its end. Its last line on standard output that is a flat JSON object of numbers is what it said; a script that
 * measures a part of itself says `wall` and `cpu` (seconds) there, which then count in the place of the process's own.
 */
export async function measure(script: string, args: readonly string[], asked: Asked = {}): Promise<Cost> {
  const began = performance.now();
  const child = spawn(process.execPath, [...(asked.node ?? []), "--import", probe, script, ...args], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", ...asked.env },
  });
  const texts = [1, 2, 3].map((fd) => collect(child.stdio[fd] as NodeJS.ReadableStream));
  const [[code], ...rest] = await Promise.all([once(child, "close"), ...texts]);
  const [out = "", err = "", cost = ""] = rest as string[];
  const wall = (performance.now() - began) / 1000;
  if (!(asked.codes ?? [0]).includes(code as number))
    throw new Error(
      `${[script, ...args].join(" ")} ended with ${code}\n${out.slice(-2000)}\n${err.slice(-4000)}`,
    );
  if (cost === "") throw new Error(`${script} did not tell what it cost`);
  const { cpu, peak } = JSON.parse(cost) as { cpu: number; peak: number };
  const said = (asked.read ?? lastObject)(out);
  return { wall: said["wall"] ?? wall, cpu: said["cpu"] ?? cpu, peak, said };
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  stream.setEncoding("utf8");
  for await (const chunk of stream) text = `${text}${chunk}`.slice(-200_000);
  return text;
}

function lastObject(out: string): Readonly<Record<string, number>> {
  const line = out
    .trimEnd()
    .split("\n")
    .findLast((each) => each.startsWith("{") && each.endsWith("}"));
  return line === undefined ? {} : (JSON.parse(line) as Record<string, number>);
}
