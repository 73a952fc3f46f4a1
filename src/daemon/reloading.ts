import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Clock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import { BusyError, ConfigurationError } from "../errors.ts";
import type { Log } from "../log.ts";

/** What came of a look at the configuration files. */
export type Reloaded =
  /** Every cycle that begins from now on goes by it. */
  | { readonly type: "taken"; readonly config: Config }
  | { readonly type: "unchanged" }
  /** The one before stays in use. */
  | { readonly type: "refused"; readonly error: unknown };

export interface ReloadingOptions {
  readonly config: Config;
  /** Reads and checks the files again; throws what is wrong with them. */
  readonly load: () => Promise<Config>;
  readonly clock: Clock;
  readonly log: Log;
  /** How often the files are looked at, ms: every 30 s unless a test says otherwise. */
  readonly pollMs?: number | undefined;
  /** Called with a sound configuration that is another one than before. */
  readonly take: (config: Config) => void;
  readonly refuse: (error: unknown) => void;
}

/** By their content and not by inotify: network file systems and bind mounts say nothing, and editors and Kubernetes put new files in place of old ones. */
const usualPollMs = 30_000;

/** Whoever writes a file in several steps is given so long to finish. */
const settleMs = 1000;

/** The configuration in use, kept in step with its files. One that is not sound, or that only a restart can put into use, is not taken. */
export class Reloading {
  readonly #options: ReloadingOptions;
  readonly #end = new AbortController();
  #config: Config;
  #since: number;
  #refused: { readonly at: number; readonly error: unknown; readonly message: string } | undefined;
  /** Of the files when they were last loaded. */
  #content = "";
  #last: Promise<Reloaded> = Promise.resolve({ type: "unchanged" });
  #polling: Promise<void> | undefined;

  constructor(options: ReloadingOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#since = options.clock.now();
  }

  get config(): Config {
    return this.#config;
  }

  /** Since when it is in use, ms since 1970 UTC. */
  get since(): number {
    return this.#since;
  }

  /** What is wrong with the files as they are now; undefined where they are what is in use. */
  get refused(): { readonly at: number; readonly message: string } | undefined {
    return this.#refused;
  }

  /** Looks at the files now. One look after the other. Never rejects. */
  reload(): Promise<Reloaded> {
    this.#last = this.#last.then(() => this.#look());
    return this.#last;
  }

  /** Looks whenever their content changes. */
  start(): void {
    this.#polling ??= this.#poll();
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#polling;
    await this.#last;
  }

  async #look(): Promise<Reloaded> {
    const { clock, log, load, take } = this.#options;
    try {
      this.#content = await this.#read();
      const next = await load();
      // Nobody would end a clock that starts now.
      if (this.#end.signal.aborted) return { type: "refused", error: stopping() };
      refuseRestart(this.#config, next);
      const isSame = next.digest === this.#config.digest;
      if (isSame && this.#refused !== undefined)
        log.info({ file: next.file }, "the configuration is again the one that is in use");
      this.#refused = undefined;
      if (isSame) return { type: "unchanged" };
      this.#config = next;
      this.#since = clock.now();
      take(next);
      const connections = next.connections.map(({ name }) => name);
      log.info({ file: next.file, digest: next.digest, connections }, "the changed configuration is in use");
      return { type: "taken", config: next };
    } catch (error) {
      if (!this.#end.signal.aborted) this.#refuse(error);
      return { type: "refused", error };
    }
  }

  /** Said once for as long as the same is wrong. */
  #refuse(error: unknown): void {
    const { clock, log, refuse } = this.#options;
    const message = error instanceof Error ? error.message : String(error);
    if (this.#refused?.message === message) return;
    this.#refused = { at: clock.now(), error, message };
    log.error(
      { file: this.#config.file, error },
      "the changed configuration is not taken: the one before stays in use",
    );
    refuse(error);
  }

  async #poll(): Promise<void> {
    const { clock, pollMs = usualPollMs } = this.#options;
    const { signal } = this.#end;
    this.#content = await this.#read();
    try {
      for (;;) {
        await clock.sleep(pollMs, signal);
        if (await this.#isSettled(signal)) await this.reload();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** What was wrong may be mended in a file that the configuration in use does not name: then every look is worth one. */
  async #isSettled(signal: AbortSignal): Promise<boolean> {
    if (this.#refused !== undefined) return true;
    let content = await this.#read();
    if (content === this.#content) return false;
    for (;;) {
      await this.#options.clock.sleep(settleMs, signal);
      const later = await this.#read();
      if (later === content) return true;
      content = later;
    }
  }

  async #read(): Promise<string> {
    const { file, connections } = this.#config;
    const files = new Set([
      file,
      ...connections.flatMap(({ mapping }) => (mapping === undefined ? [] : [mapping.file])),
    ]);
    const hash = createHash("sha256");
    for (const each of files) hash.update(await readFile(resolve(each)).catch(() => "missing")).update("\0");
    return hash.digest("hex");
  }
}

function stopping(): BusyError {
  return new BusyError("the daemon is about to stop: it takes no configuration any more", {
    hint: "when it starts anew, it reads the file as it is then",
  });
}

/** What a process takes up once, when it starts: all of a changed file has to wait for a restart then. */
function refuseRestart(before: Config, next: Config): void {
  const changed = keptByProcess.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(next[key]));
  if (changed.length === 0) return;
  throw new ConfigurationError(
    `${next.file}: ${changed.join(" and ")} changed, which only a restart puts into use; until then nothing of the changed file is`,
    { hint: "restart rollcall, or put back what was there" },
  );
}

const keptByProcess = ["state", "control", "metrics"] as const;
