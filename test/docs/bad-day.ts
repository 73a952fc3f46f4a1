/** A desk for docs/bad-day.md: a tenant over real sockets. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type EntraTenant, startEntraTenant } from "../stand-ins/entra/tenant.ts";
import { Transcript, WallClock } from "./transcript.ts";

export class BadDay extends Transcript {
  readonly tenant: EntraTenant;

  private constructor(tenant: EntraTenant, clock: WallClock) {
    super("bad-day", clock);
    this.tenant = tenant;
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
      this.configuration,
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

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.tenant.stop();
    await super[Symbol.asyncDispose]();
  }
}
