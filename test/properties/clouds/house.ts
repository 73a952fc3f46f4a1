/** The product as it runs for one connection, on state files that a test throws away. */
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionConfig, Limits, Policy } from "../../../src/config/config.ts";
import { connectionOf } from "../../../src/connection.ts";
import { type CycleRequest, cycle } from "../../../src/cycle.ts";
import { ConfigurationError } from "../../../src/errors.ts";
import { silent } from "../../../src/log.ts";
import type { CompiledMapping } from "../../../src/mapping/compile.ts";
import type { ScimApi } from "../../../src/scim/api.ts";
import type { Source } from "../../../src/sources/source.ts";
import { Store } from "../../../src/store/store.ts";
import type { Report } from "../../../src/sync/report.ts";
import { definition as embedded } from "../../../src/targets/embedded/index.ts";
import { type AccountBook, BookReader } from "./account-book.ts";
import type { Vendor } from "./vendor.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** In memory where the system has such a folder: nothing here has to outlive a power cut. */
const base = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const NAME = "clouds";

export interface HouseOptions {
  readonly policy: Policy;
  readonly limits: Limits;
  readonly mapping: CompiledMapping;
  readonly vendor: Vendor;
  /** State files with nothing in them, which are copied: making them takes longer than most stories. */
  readonly template: string;
}

interface Parts {
  readonly store: Store;
  readonly target: ScimApi;
}

/** Makes empty state files for all houses to begin with. Take the folder away in the end. */
export async function emptyState(clock: VirtualClock): Promise<string> {
  const folder = mkdtempSync(join(base, "rollcall-clouds-"));
  const { store, target } = await openParts(folder, clock);
  store.close();
  await target.close();
  return folder;
}

async function openParts(folder: string, clock: VirtualClock): Promise<Parts> {
  const store = Store.open({ folder, connection: NAME, target: "directory", clock, create: true });
  const context = { name: "directory", folder: join(folder, "targets"), log: silent, clock };
  return { store, target: await embedded.open({}, context) };
}

export class House {
  readonly #options: HouseOptions;
  readonly #folder: string;
  readonly #config: ConnectionConfig;
  #parts: Parts | undefined;
  #reader: BookReader | undefined;
  #isDead = false;

  constructor(options: HouseOptions) {
    this.#options = options;
    this.#folder = mkdtempSync(join(base, "rollcall-clouds-"));
    cpSync(options.template, this.#folder, { recursive: true });
    const section = (name: string, type: string) => ({ name, type, settings: {}, where: "test" });
    this.#config = {
      name: NAME,
      where: "test",
      source: section("source", options.vendor.definition.type),
      target: section("directory", "embedded"),
      mode: "sync",
      everyMs: 40 * 60_000,
      scope: { include: [] },
      policy: options.policy,
      limits: options.limits,
      reconcileEveryMs: undefined,
      retry: { waitsMs: [6 * 3_600_000, 24 * 3_600_000], giveUpAfterMs: 28 * 24 * 3_600_000 },
      protect: { users: [], groups: [] },
      privilegedGroups: [],
    };
  }

  /** One cycle. Undefined when the process died in it, and when the directory knows nobody by that name yet. */
  async cycle(
    source: Source,
    request: Partial<CycleRequest>,
    signal: AbortSignal,
  ): Promise<Report | undefined> {
    const { vendor, mapping } = this.#options;
    this.#parts ??= await openParts(this.#folder, vendor.clock);
    const around = { clock: vendor.clock, log: silent, signal, abort: signal, progress: () => {} };
    const parts = { config: this.#config, mapping, source, ...this.#parts };
    const connection = connectionOf(
      parts,
      vendor.definition.view,
      { digest: "test" },
      around,
      async () => {},
    );
    try {
      return await cycle(connection, { purpose: "sync", trigger: "test", ...request });
    } catch (error) {
      const isTooEarly = request.user !== undefined && error instanceof ConfigurationError;
      if (!this.#isDead && !isTooEarly) throw error;
      return undefined;
    } finally {
      if (this.#isDead) await this.restart();
    }
  }

  /** The process dies here: nothing after this is written down. */
  die(): void {
    this.#isDead = true;
    this.#parts?.store.close();
  }

  /** The next cycle is that of a new process. */
  async restart(): Promise<void> {
    const parts = this.#parts;
    this.#parts = undefined;
    if (!this.#isDead) parts?.store.close();
    this.#isDead = false;
    await parts?.target.close();
  }

  /** A person says yes to everything that is held. */
  approve(): void {
    const store = this.#parts?.store;
    if (store === undefined) return;
    const at = this.#options.vendor.clock.now();
    for (const hold of store.holds.open()) {
      store.transaction(() =>
        store.holds.approve(hold, { actor: "test", reason: "known", at, expiresAt: at + 72 * 3_600_000 }),
      );
    }
  }

  book(): AccountBook {
    this.#reader ??= new BookReader(join(this.#folder, "targets/directory.directory.db"));
    return this.#reader.read();
  }

  async end(): Promise<void> {
    await this.restart();
    this.#reader?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
