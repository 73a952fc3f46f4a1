import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { stopServer } from "../children.ts";

/** A disk of its own below `folder`, seen by those only who are started through `launcher`. */
export interface SmallDisk {
  readonly launcher: readonly string[];
  /** The disk's folder as this process can reach it. */
  readonly folder: string;
  /** Leaves so many bytes free. */
  fillUpTo(free: number): Promise<void>;
  empty(): Promise<void>;
  stop(): Promise<void>;
}

/** Mounts memory as a disk of `size` bytes in a mount namespace; needs root, or user namespaces. */
export async function mountSmallDisk(folder: string, size: number): Promise<SmallDisk> {
  await mkdir(folder, { recursive: true });
  const isRoot = process.getuid?.() === 0;
  const holder = spawn(
    "setpriv",
    [
      ...["--pdeathsig", "KILL", "unshare", "--mount", ...(isRoot ? [] : ["--user", "--map-root-user"])],
      ...[
        "sh",
        "-c",
        'mount -t tmpfs -o "size=$1,mode=700" none "$2" && echo mounted && exec sleep infinity',
      ],
      ...["sh", String(size), folder],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await isMounted(holder);
  const inside = join(`/proc/${holder.pid}/root`, folder);
  const ballast = join(inside, "ballast");
  return {
    launcher: [
      ...["nsenter", "--target", String(holder.pid), "--mount"],
      ...(isRoot ? [] : ["--user", "--preserve-credentials"]),
    ],
    folder: inside,
    fillUpTo: async (free) => {
      await rm(ballast, { force: true });
      const { bavail, bsize } = await statfs(inside);
      await writeFile(ballast, Buffer.alloc(Math.max(0, bavail * bsize - free)));
    },
    empty: () => rm(ballast, { force: true }),
    stop: () => stopServer(holder),
  };
}

async function isMounted(holder: ChildProcess): Promise<void> {
  if (holder.stdout === null) throw new Error("no output");
  const lines = createInterface({ input: holder.stdout });
  await Promise.race([
    once(lines, "line"),
    once(holder, "exit").then(() => Promise.reject(new Error("the disk could not be mounted"))),
  ]);
}
