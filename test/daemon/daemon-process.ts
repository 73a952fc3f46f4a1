/** `rollcall daemon` as a process of its own, with a tenant of Entra ID that is a stand-in; everything ends with the test. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type EntraTenant, startEntraTenant } from "../stand-ins/entra/tenant.ts";
import { askSnapshot } from "./ask-snapshot.ts";

const main = fileURLToPath(new URL("../../bin/rollcall.js", import.meta.url));

export interface Line {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A process and what it has said. */
export class DaemonProcess {
  readonly child: ChildProcess;
  readonly lines: Line[] = [];
  errors = "";
  readonly exited: Promise<readonly [code: number | null, signal: NodeJS.Signals | null]>;
  readonly #listeners = new Set<() => void>();

  constructor(argv: readonly string[], environment: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, [main, ...argv], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", ...environment },
    });
    let rest = "";
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const lines = `${rest}${text}`.split("\n");
      rest = lines.pop() ?? "";
      this.lines.push(...lines.map((line) => JSON.parse(line) as Line));
      for (const each of this.#listeners) each();
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.errors += text;
    });
    this.exited = once(this.child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
    void this.exited.then(() => {
      for (const each of this.#listeners) each();
    });
  }

  /** Resolves when it has said this so many times; rejects when it ends before. */
  async said(message: string, times = 1): Promise<void> {
    const isSaid = () => this.lines.filter(({ msg }) => msg === message).length >= times;
    while (!isSaid()) {
      const { child } = this;
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`ended without saying "${message}": ${this.errors}${JSON.stringify(this.lines)}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#listeners.add(resolve);
      await promise;
      this.#listeners.delete(resolve);
    }
  }

  async kill(signal: NodeJS.Signals): Promise<readonly [code: number | null, signal: NodeJS.Signals | null]> {
    this.child.kill(signal);
    return this.exited;
  }
}

/** A folder with a configuration: connections that read the tenant. */
export class DaemonSite {
  readonly folder = mkdtempSync(join(tmpdir(), "rollcall-daemon-"));
  readonly tenant: EntraTenant;
  readonly #processes: DaemonProcess[] = [];

  private constructor(tenant: EntraTenant) {
    this.tenant = tenant;
    writeFileSync(join(this.folder, "secret"), tenant.clientSecret, { mode: 0o600 });
  }

  static async open(people: number): Promise<DaemonSite> {
    const tenant = await startEntraTenant();
    for (let n = 0; n < people; n++) tenant.createUser({ displayName: `Person ${n}` });
    return new DaemonSite(tenant);
  }

  get file(): string {
    return join(this.folder, "rollcall.yaml");
  }

  /** Writes the configuration: the source is called `cloud`. */
  configure(rest: Readonly<Record<string, unknown>>): void {
    const { tenant } = this;
    const cloud = {
      type: "entra",
      tenantId: tenant.tenantId,
      clientId: tenant.clientId,
      clientSecret: { file: "secret" },
      endpoints: { login: tenant.loginUrl, graph: tenant.graphUrl },
      ca: { file: tenant.caFile },
    };
    writeFileSync(this.file, JSON.stringify({ state: "./state", sources: { cloud }, ...rest }));
  }

  start(
    argv: readonly string[] = ["daemon"],
    environment: Readonly<Record<string, string>> = {},
  ): DaemonProcess {
    const started = new DaemonProcess([...argv, "--config", this.file], environment);
    this.#processes.push(started);
    return started;
  }

  /** Answers a question to a snapshot. */
  ask<Row>(sql: string, connection = "staff"): readonly Row[] {
    return askSnapshot(this.folder, connection, sql);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child, exited } of this.#processes) {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await exited;
    }
    await this.tenant.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
