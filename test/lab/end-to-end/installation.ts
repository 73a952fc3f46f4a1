import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DomainController, ServiceAccount } from "../samba.ts";

/** What `rollcall ... --json` prints at the end of a sync, as far as the tests look at it. */
export interface Printed {
  readonly kind: string;
  readonly outcome?: string;
  readonly read?: {
    readonly type: string;
    readonly why?: string;
    readonly users: number;
    readonly groups: number;
  } | null;
  readonly applied?: Readonly<Record<string, number>>;
  readonly failures?: readonly unknown[];
  readonly holds?: readonly { readonly class: string }[];
  readonly waiting?: Readonly<Record<string, number>>;
  readonly problem?: { readonly message: string; readonly hint: string | null } | null;
  /** Of a document of kind "Error". */
  readonly message?: string;
}

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

const command = fileURLToPath(new URL("../../../bin/rollcall.js", import.meta.url));

/** Shared by all processes that tests start: loading is half of what a short one does. */
const compileCache = join(tmpdir(), "rollcall-tests-compile-cache");

/** Sections of a configuration; JSON is YAML. */
export type Sections = Readonly<Record<string, unknown>>;

/** Rollcall as an admin has it: a folder with a configuration, its state, and the command line as a process of its own. */
export class Installation {
  readonly folder: string;
  readonly state: string;
  /** Goes before the command: a program that starts it somewhere else. */
  launcher: readonly string[] = [];
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(folder: string, secrets: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.state = join(folder, "state");
    this.#environment = { ...process.env, NO_COLOR: "1", ...secrets, NODE_COMPILE_CACHE: compileCache };
  }

  /** `secrets` are variables of the environment; mapping files are named relative to the folder. */
  static async create(
    sections: Sections,
    secrets: Readonly<Record<string, string>>,
    files: Readonly<Record<string, string>> = {},
  ): Promise<Installation> {
    const installation = new Installation(await mkdtemp(join(tmpdir(), "rollcall-site-")), secrets);
    for (const [name, text] of Object.entries(files)) await writeFile(join(installation.folder, name), text);
    await installation.configure(sections);
    return installation;
  }

  async configure(sections: Sections): Promise<void> {
    await writeFile(this.#configuration, JSON.stringify({ state: this.state, ...sections }));
  }

  /** Starts the command; it ends with this process whatever happens. */
  start(...args: readonly string[]): Running {
    // Root without the right to pass by permissions is like everybody else before a folder that may not be written to.
    const asOthers = process.getuid?.() === 0 ? ["--bounding-set", "-dac_override"] : [];
    const rollcall = [process.execPath, command, "--config", this.#configuration, ...args];
    const [program = "setpriv", ...line] = [
      ...[...this.launcher, "setpriv", "--pdeathsig", "KILL", ...asOthers],
      ...rollcall,
    ];
    const child = spawn(program, line, { env: this.#environment, stdio: ["ignore", "pipe", "pipe"] });
    const said = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said.stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said.stderr += text;
    });
    const ended = once(child, "close").then(([code, signal]) => ({
      ...{ code: code as number | null, signal: signal as NodeJS.Signals | null },
      ...{ stdout: said.stdout, stderr: said.stderr },
    }));
    return { child, ended };
  }

  async run(...args: readonly string[]): Promise<Ended> {
    return this.start(...args).ended;
  }

  /** A sync whose result is read by a program. */
  async sync(...args: readonly string[]): Promise<Ended & { readonly printed: Printed }> {
    const ended = await this.run("sync", "--json", ...args);
    try {
      return { ...ended, printed: JSON.parse(ended.stdout) as Printed };
    } catch (error) {
      throw new Error(`no JSON (exit code ${ended.code}): ${ended.stdout}${ended.stderr}`, { cause: error });
    }
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  get #configuration(): string {
    return join(this.folder, "rollcall.yaml");
  }
}

/** Variable of the environment that holds the password of the account that reads. */
export const AD_PASSWORD = "AD_PASSWORD";

/** The section of a domain controller in the configuration. */
export function directorySection(
  dc: DomainController,
  account: ServiceAccount,
  more: Readonly<Record<string, unknown>>,
): Sections {
  return {
    type: "active-directory",
    url: dc.url,
    bindDn: account.dn,
    bindPassword: { env: AD_PASSWORD },
    ca: { file: dc.ca },
    ...more,
  };
}
