import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Cost } from "../measure.ts";
import type { Slapd } from "./slapd.ts";

/** Ticks of the kernel's clock in a second, which /proc counts in (proc(5)). */
const TICKS = 100;

/** The same read by ldapsearch(1), for comparison. Its cost is looked up all the time while it runs, to some hundredths of a second. */
export async function ldapsearch(
  slapd: Slapd,
  filter: string,
  attributes: readonly string[],
  pageSize: number,
): Promise<Cost> {
  const began = performance.now();
  const child = spawn(
    "/usr/bin/ldapsearch",
    [
      ...["-x", "-LLL", "-H", slapd.url, "-D", slapd.bindDn, "-w", slapd.password, "-b", slapd.root],
      ...["-E", `pr=${pageSize}/noprompt`, filter, ...attributes],
    ],
    { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, LDAPTLS_CACERT: slapd.ca } },
  );
  let seen = { cpu: 0, peak: 0 };
  const timer = setInterval(() => {
    seen = costOf(child.pid) ?? seen;
  }, 5);
  let objects = 0;
  let rest = "";
  child.stdout.setEncoding("latin1").on("data", (text: string) => {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    objects += lines.filter((line) => line.startsWith("dn:")).length;
  });
  const [code] = (await once(child, "close")) as [number];
  clearInterval(timer);
  if (code !== 0) throw new Error(`ldapsearch ended with ${code}`);
  return { ...seen, wall: (performance.now() - began) / 1000, said: { objects } };
}

function costOf(pid: number | undefined): { readonly cpu: number; readonly peak: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program, in brackets, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [user = 0, system = 0] = fields.slice(11, 13).map(Number);
    const [, kib] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    if (kib === undefined) return undefined;
    return { cpu: (user + system) / TICKS, peak: Number(kib) * 1024 };
  } catch {
    // It has ended.
    return undefined;
  }
}
