import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../children.ts";
import { type Ended, ended } from "./machine.ts";

/** Images and containers in a folder of their own; nothing of the machine's own Podman is touched. */
export class Podman {
  readonly #options: readonly string[];

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#options = [
      ...["--root", join(folder, "storage")],
      ...["--runroot", join(folder, "run")],
      ...["--tmpdir", join(folder, "tmp")],
      ...["--storage-driver", "overlay"],
      ...["--cgroup-manager", "cgroupfs"],
      ...["--runtime", "runc"],
    ];
  }

  /** An image made of the folder of a machine. */
  async importFolder(root: string, image: string): Promise<void> {
    const archive = `${root}.tar`;
    await run("tar", ["-C", root, "--exclude=./usr/share/doc", "--exclude=./var/cache", "-cf", archive, "."]);
    try {
      await this.must("import", "--quiet", archive, image);
    } finally {
      rmSync(archive, { force: true });
    }
  }

  /** Runs Podman to its end; never throws. */
  run(...line: readonly string[]): Promise<Ended> {
    return ended("podman", [...this.#options, ...line]);
  }

  /** Runs Podman, which has to succeed; what it said. */
  async must(...line: readonly string[]): Promise<string> {
    const { code, out, err } = await this.run(...line);
    if (code !== 0) throw new Error(`podman ${line.join(" ")} ended with ${code}: ${out}${err}`);
    return out.trim();
  }

  /** Takes every container and image away, and unmounts what they had mounted. */
  async end(): Promise<void> {
    await this.run("rm", "--all", "--force", "--time", "0");
    await this.run("system", "reset", "--force");
  }
}
