/** Rollcall where an admin put it: a folder with a configuration, whole command lines, and a snapshot to look into. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Clock } from "../../src/clock.ts";
import { run } from "../../src/commands/run.ts";
import { SharedClock } from "../sources/okta/okta-world.ts";

/** How a command ended, and what stood on the screen: `said` as if lines had no end. */
export interface Ended {
  readonly code: number;
  readonly screen: string;
  readonly said: string;
}

/** Sections of the configuration; JSON is YAML. */
export type Sections = Readonly<Record<string, unknown>>;

export class Site {
  readonly folder = mkdtempSync(join(tmpdir(), "rollcall-clouds-"));
  /** Shared with the clouds. */
  readonly clock = new SharedClock();

  /** Writes the configuration: one connection, `staff`. */
  configure(source: Sections, target: Sections, connection: Sections = {}): void {
    const staff = { source: "cloud", target: "app", ...connection };
    const sections = { sources: { cloud: source }, targets: { app: target }, connections: { staff } };
    writeFileSync(this.configuration, JSON.stringify({ state: "./state", ...sections }));
  }

  get configuration(): string {
    return join(this.folder, "rollcall.yaml");
  }

  /** A file that its owner alone may read; its path. */
  secret(name: string, text: string): string {
    const file = join(this.folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  async rollcall(line: string, clock: Clock = this.clock): Promise<Ended> {
    let screen = "";
    const output = {
      isTerminal: false,
      columns: undefined,
      write: (text: string) => {
        screen += text;
      },
    };
    const { signal } = new AbortController();
    const code = await run([...line.split(" "), "--config", this.configuration], {
      stdout: output,
      stderr: output,
      environment: {},
      clock,
      signal,
      abort: signal,
      ask: undefined,
    });
    return { code, screen, said: screen.replace(/\s+/g, " ") };
  }

  /** Answers a question to the snapshot. */
  ask<Row>(sql: string): readonly Row[] {
    const db = new Database(join(this.folder, "state", "staff.db"), { readonly: true });
    try {
      return db.prepare(sql).all() as Row[];
    } finally {
      db.close();
    }
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
