/** A desk for docs/bad-day.md: a tenant over real sockets, whole command lines, a clock that is given, and everything written down as it was typed. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../src/clock.ts";
import { run } from "../../src/commands/run.ts";
import { whoAmI } from "../../src/connection.ts";
import { type EntraTenant, startEntraTenant } from "../stand-ins/entra/tenant.ts";

/** Stands still while a command runs, so that the same is printed everywhere; moves when somebody says so. */
class WallClock implements Clock {
  #time: number;

  constructor(time: number) {
    this.#time = time;
  }

  readonly now = (): number => this.#time;

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#time += ms;
  }

  set(hours: number, minutes: number): void {
    this.#time = new Date(this.#time).setUTCHours(hours, minutes, 0, 0);
  }
}

export class BadDay implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "rollcall-bad-day-"));
  readonly clock: WallClock;
  readonly tenant: EntraTenant;
  #text = "";

  private constructor(tenant: EntraTenant, clock: WallClock) {
    this.tenant = tenant;
    this.clock = clock;
  }

  static async begin(): Promise<BadDay> {
    const clock = new WallClock(Date.UTC(2026, 10, 23, 9, 0));
    let ids = 0;
    const newId = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, "0")}`;
    return new BadDay(await startEntraTenant({ now: clock.now, newId }), clock);
  }

  /** Writes the configuration, with this in the connection. */
  configure(connection: string): void {
    const { tenantId, clientId, clientSecret, loginUrl, graphUrl, caFile } = this.tenant;
    const secret = join(this.folder, "client-secret");
    writeFileSync(secret, clientSecret, { mode: 0o600 });
    writeFileSync(
      this.#configuration,
      `state: ${join(this.folder, "state")}
sources:
  entra:
    type: entra
    tenantId: ${tenantId}
    clientId: ${clientId}
    clientSecret: { file: ${secret} }
    endpoints: { login: "${loginUrl}", graph: "${graphUrl}" }
    ca: { file: ${caFile} }
connections:
  staff:
    source: entra
${connection}`,
    );
  }

  /** A new time of the day, as a heading. */
  at(hours: number, minutes: number, title: string): void {
    this.clock.set(hours, minutes);
    const time = `${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
    this.#text += `## ${time} ${title}\n\n`;
  }

  say(text: string): void {
    this.#text += `${text.trim()}\n\n`;
  }

  /** Types one command line, and writes down what it said and how it ended. */
  async type(argv: readonly string[]): Promise<number> {
    const { code, screen } = await this.rollcall(argv);
    const typed = argv.map((word) => (/^[\w./:@-]+$/.test(word) ? word : `"${word}"`)).join(" ");
    const ended = code === 0 ? "" : `(exit code ${code})\n`;
    this.#text += `\`\`\`\n$ rollcall ${typed}\n${screen.trimEnd()}\n${ended}\`\`\`\n\n`;
    return code;
  }

  /** A command line that nobody needs to see. */
  async rollcall(argv: readonly string[]): Promise<{ readonly code: number; readonly screen: string }> {
    let screen = "";
    const write = (text: string) => {
      screen += text;
    };
    const { signal } = new AbortController();
    const code = await run([...argv, "--config", this.#configuration], {
      stdout: { isTerminal: true, columns: 80, write },
      // Progress is for people who wait.
      stderr: { isTerminal: false, columns: undefined, write },
      environment: { NO_COLOR: "1" },
      clock: this.clock,
      signal,
      abort: signal,
      ask: undefined,
    });
    return { code, screen: this.#steady(screen) };
  }

  get text(): string {
    return `${this.#text.trimEnd()}\n`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tenant.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #configuration(): string {
    return join(this.folder, "rollcall.yaml");
  }

  /** Whoever runs it is called anna, and wherever it runs, the files lie in the same place. */
  #steady(screen: string): string {
    return screen.replaceAll(whoAmI(), "anna").replaceAll(this.folder, "/etc/rollcall");
  }
}
