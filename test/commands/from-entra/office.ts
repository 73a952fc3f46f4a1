/** A folder in which an export is imported by the real command, and what came of it is loaded as the daemon would. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../../src/config/load.ts";
import { compiledMapping } from "../../../src/connection.ts";
import { type CompiledMapping, checkMapping } from "../../../src/mapping/compile.ts";
import { Desk, type Result } from "../desk.ts";

const FLAGS = [
  ...[
    "--tenant-id",
    "8a7d2f10-5c3e-4b7a-9f21-6d0e4c1b2a33",
    "--client-id",
    "1c2b7e54-0f8d-4a61-b3c9-52d6a7e8f901",
  ],
  ...[
    "--client-secret-env",
    "SECRET",
    "--scim-url",
    "https://app.example.com/scim/v2",
    "--scim-token-env",
    "TOKEN",
  ],
];

export const APPLICATION = "0f6b2a51-9f0e-4f0a-8a53-0d7c1f1b9c11";

export class Office {
  readonly folder = mkdtempSync(join(tmpdir(), "rollcall-from-entra-"));
  readonly #desk = new Desk();

  constructor() {
    this.#desk.place = join(this.folder, "rollcall.yaml");
  }

  /** Writes the export and takes it over; `assigned` is everybody unless another flag says so. */
  async take(document: unknown, flags: readonly string[] = ["--assigned", "everybody"]): Promise<Result> {
    const file = this.write(
      "schema.json",
      typeof document === "string" ? document : JSON.stringify(document),
    );
    return this.run(["init", "--from-entra", file, ...FLAGS, ...flags]);
  }

  run(argv: readonly string[], seat: Parameters<Desk["run"]>[1] = {}): Promise<Result> {
    return this.#desk.run(argv, seat);
  }

  write(name: string, content: string | Uint8Array): string {
    const file = join(this.folder, name);
    writeFileSync(file, content);
    return file;
  }

  has(name: string): boolean {
    return existsSync(join(this.folder, name));
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), "utf8");
  }

  get config(): string {
    return this.read("rollcall.yaml");
  }

  get mapping(): string {
    return this.read("mappings/staff.yaml");
  }

  /** What was written, loaded. */
  async compiled(): Promise<CompiledMapping> {
    const config = await loadConfig(join(this.folder, "rollcall.yaml"), checkMapping);
    const [connection] = config.connections;
    if (connection === undefined) throw new Error("no connection was written");
    return compiledMapping(connection);
  }

  [Symbol.dispose](): void {
    this.#desk[Symbol.dispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
