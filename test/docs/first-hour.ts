/** A desk for docs/first-hour.md: a tenant and an application that speaks SCIM, both over real sockets. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type EntraTenant, startEntraTenant } from "../stand-ins/entra/tenant.ts";
import { type ScimService, startScimService } from "../stand-ins/scim-service.ts";
import { Transcript, WallClock } from "./transcript.ts";

/** What nobody types in the real world is called by what everybody has. */
const graph = "https://graph.microsoft.com";
const login = "https://login.microsoftonline.com";
const app = "https://app.contoso.example/scim/v2";

export class FirstHour extends Transcript {
  readonly tenant: EntraTenant;
  readonly app: ScimService;
  readonly #ids = new Map<string, string>();

  private constructor(tenant: EntraTenant, service: ScimService, clock: WallClock) {
    super("first-hour", clock);
    this.tenant = tenant;
    this.#ids.set(tenant.tenantId, "8a7d2f10-5c3e-4b7a-9f21-6d0e4c1b2a33");
    this.#ids.set(tenant.clientId, "1c2b7e54-0f8d-4a61-b3c9-52d6a7e8f901");
    this.app = service;
  }

  static async begin(): Promise<FirstHour> {
    const clock = new WallClock(Date.UTC(2026, 10, 23, 9, 0));
    let ids = 0;
    const newId = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, "0")}`;
    const tenant = await startEntraTenant({ now: clock.now, newId });
    return new FirstHour(tenant, await startScimService(), clock);
  }

  /** Secrets lie in files that only their owner can read. */
  secret(name: string, text: string): string {
    const file = join(this.folder, name);
    writeFileSync(file, `${text}\n`, { mode: 0o600 });
    return file;
  }

  /** The stand-ins are on this machine: what the vendor's addresses are by default has to be said here. Not shown. */
  pointToStandIns(): void {
    const { loginUrl, graphUrl, caFile } = this.tenant;
    this.edit(
      /^( +)tenantId:/m,
      `$1endpoints: { login: "${loginUrl}", graph: "${graphUrl}" }\n$1ca: { file: ${caFile} }\n$1tenantId:`,
    );
  }

  edit(what: RegExp | string, by: string): void {
    const before = readFileSync(this.configuration, "utf8");
    const after = before.replace(what, by);
    if (after === before) throw new Error(`nothing to edit: ${what}`);
    writeFileSync(this.configuration, after);
  }

  /** A file as it is, without what only the stand-ins need. */
  show(): void {
    const shown = readFileSync(this.configuration, "utf8")
      .split("\n")
      .filter((line) => !/^ +(?:endpoints|ca):/.test(line))
      .join("\n");
    this.say(`\`\`\`yaml\n${this.steady(shown).trimEnd()}\n\`\`\``);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.app.stop();
    await this.tenant.stop();
    await super[Symbol.asyncDispose]();
  }

  /** Ids of the application are random: they are numbered in the order in which they are seen, and stay as long as they were. */
  protected override steady(screen: string): string {
    const id = /(?!0{8})[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g;
    return (
      super
        .steady(screen)
        .replaceAll(this.tenant.graphUrl, graph)
        .replaceAll(this.tenant.loginUrl, login)
        .replaceAll(this.app.baseUrl, app)
        .replaceAll(/localhost:\d+/g, new URL(login).host)
        // The stand-in's authority is as old as the test's process.
        .replaceAll(/expires on \d{4}-\d\d-\d\d \(in \d+ days\)/g, "expires on 2027-11-22 (in 364 days)")
        // A digest of changes covers the ids of accounts.
        .replaceAll(/--expect [0-9a-f]{10}/g, "--expect a0447db04d")
        .replace(id, (found) => {
          const known =
            this.#ids.get(found) ?? `a0000000-0000-4000-8000-${String(this.#ids.size + 1).padStart(12, "0")}`;
          this.#ids.set(found, known);
          return known;
        })
    );
  }
}
