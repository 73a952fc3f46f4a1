import type { Clock } from "../../../src/clock.ts";
import { type Log, silent } from "../../../src/log.ts";
import { definition } from "../../../src/sources/okta/index.ts";
import type { OktaOrganisation } from "../../../src/sources/okta/organisation.ts";

const select = {
  user: ["displayName", "email", "login", "firstName", "lastName", "accountEnabled", "managerUser"],
  group: ["name", "description"],
};

export interface SourceOptions {
  readonly token?: string;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly select?: { readonly user: readonly string[]; readonly group: readonly string[] };
  /** More keys of the YAML section. */
  readonly more?: Readonly<Record<string, unknown>>;
}

let secrets = 0;

/** A reference to a secret, as an admin would write it. */
export function secret(text: string): { readonly env: string } {
  const env = `ROLLCALL_TEST_OKTA_${++secrets}`;
  process.env[env] = text;
  return { env };
}

/** A source as an admin would configure it for this server. */
export function sourceOn(
  server: { readonly origin: string; readonly ca: string },
  options: SourceOptions = {},
): OktaOrganisation {
  const settings = definition.settings.parse({
    orgUrl: server.origin,
    ca: { file: server.ca },
    ...(options.more?.["clientId"] === undefined && { token: secret(options.token ?? "00token") }),
    ...options.more,
  });
  return definition.open(settings, {
    name: "okta",
    select: options.select ?? select,
    log: options.log ?? silent,
    clock: options.clock ?? new SteppingClock(),
  }) as OktaOrganisation;
}

/** Waits take no time: the clock jumps, and remembers by how much. */
export class SteppingClock implements Clock {
  readonly slept: number[] = [];
  #ahead = 0;

  now(): number {
    return Date.now() + this.#ahead;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.slept.push(ms);
    this.#ahead += ms;
  }
}
