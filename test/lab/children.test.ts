import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const children = fileURLToPath(new URL("children.ts", import.meta.url));

/** A process that starts a server which would run for ten minutes, and the server's pid. */
async function starter(
  then: string,
): Promise<{ readonly parent: ReturnType<typeof spawn>; readonly pid: number }> {
  const program = `import { startServer } from ${JSON.stringify(children)};
    console.log(startServer("sleep", ["600"], { log: "/dev/null" }).pid); ${then}`;
  const parent = spawn(process.execPath, ["--input-type=module-typescript", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  return { parent, pid: Number(line.toString()) };
}

async function isGone(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
    if (status === undefined || / Z /.test(status)) return true;
    await pause(50);
  }
  return false;
}

describe("a server that a test started", () => {
  test("ends with its process", async () => {
    const { pid } = await starter("setTimeout(() => process.exit(1), 100);");
    expect(await isGone(pid)).toBe(true);
  });

  test("ends with its process even when that was killed", async () => {
    const { parent, pid } = await starter("setInterval(() => {}, 1000);");
    expect(await readFile(`/proc/${pid}/comm`, "utf8")).toMatch(/sleep|setpriv/);
    parent.kill("SIGKILL");
    expect(await isGone(pid)).toBe(true);
  });
});
