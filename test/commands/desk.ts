/** An admin's desk: a configuration in a folder, a directory that is a few maps, the real store and embedded target, and whole command lines. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { z } from "zod";
import type { Io } from "../../src/commands/invocation.ts";
import { run } from "../../src/commands/run.ts";
import { silent } from "../../src/log.ts";
import type { ScimApi } from "../../src/scim/api.ts";
import { sources } from "../../src/sources/index.ts";
import type { Source, SourceDefinition } from "../../src/sources/source.ts";
import { type Lock, takeLock } from "../../src/store/lock.ts";
import { Store } from "../../src/store/store.ts";
import { definition as embedded } from "../../src/targets/embedded/index.ts";
import { directoryDefinition, TestDirectory } from "../directory.ts";
import { TestClock } from "../world.ts";
import { checkDocuments } from "./documents.ts";

/** What a command line came to. */
export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Seat {
  /** Of a terminal; undefined: output goes to a pipe. */
  readonly columns?: number;
  readonly rows?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly answers?: readonly string[];
  /** Instead of answers. */
  readonly ask?: (question: string) => Promise<string>;
  readonly signal?: AbortSignal;
}

const registry = sources as Record<string, () => Promise<SourceDefinition>>;
let desks = 0;

export class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), "rollcall-desk-"));
  readonly directory = new TestDirectory();
  readonly clock = new TestClock();
  /** Overrides methods of the source. */
  source: Partial<Source> = {};
  readonly #type: string;

  constructor(connection = "") {
    desks += 1;
    this.#type = `test-${desks}`;
    const definition: SourceDefinition = {
      ...directoryDefinition,
      type: this.#type,
      settings: z.looseObject({}),
      mapping: new URL("./mapping.yaml", import.meta.url),
      open: () => ({ ...this.directory.source(), ...this.source }),
    };
    registry[this.#type] = async () => definition;
    this.configure(`
connections:
  staff:
    source: people
${connection}`);
  }

  /** Writes the configuration: the source is called `people`. */
  configure(rest: string): void {
    const text = `state: ./state\nsources:\n  people: { type: ${this.#type} }\n${rest}`;
    writeFileSync(this.file, text);
  }

  /** Another place for the configuration. */
  place: string | undefined;

  get file(): string {
    return this.place ?? join(this.folder, "rollcall.yaml");
  }

  /** Somebody changes the snapshot by hand. */
  tamper(sql: string): void {
    const db = new Database(join(this.folder, "state", "staff.db"));
    db.exec(sql);
    db.close();
  }

  /** What the last command line said, in the order in which a terminal shows it. */
  screen = "";

  async run(line: string | readonly string[], seat: Seat = {}): Promise<Result> {
    const argv = typeof line === "string" ? line.split(" ") : line;
    let out = "";
    let err = "";
    this.screen = "";
    const answers = [...(seat.answers ?? [])];
    const terminal = { isTerminal: seat.columns !== undefined, columns: seat.columns, rows: seat.rows };
    const io: Io = {
      stdout: {
        ...terminal,
        write: (text) => {
          out += text;
          this.screen += text;
        },
      },
      stderr: {
        ...terminal,
        write: (text) => {
          err += text;
          this.screen += text;
        },
      },
      environment: seat.environment ?? {},
      clock: this.clock,
      signal: seat.signal ?? new AbortController().signal,
      abort: new AbortController().signal,
      ask: seat.ask ?? (seat.answers === undefined ? undefined : async () => answers.shift() ?? ""),
    };
    const code = await run([...argv, "--config", this.file], io);
    if (argv.includes("--json")) checkDocuments(argv.join(" "), out);
    return { code, out, err };
  }

  store(): Store {
    return Store.open({
      folder: join(this.folder, "state"),
      connection: "staff",
      target: "directory",
      clock: this.clock,
      create: true,
    });
  }

  /** Somebody else works on a connection. */
  lock(connection: string): Lock {
    return takeLock(join(this.folder, "state", `${connection}.lock`), connection);
  }

  /** The embedded directory itself. Close it. */
  target(): Promise<ScimApi> {
    const folder = join(this.folder, "state", "targets");
    mkdirSync(folder, { recursive: true });
    return embedded.open({}, { name: "directory", folder, log: silent, clock: this.clock });
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), "utf8");
  }

  [Symbol.dispose](): void {
    delete registry[this.#type];
    rmSync(this.folder, { recursive: true, force: true });
  }
}
