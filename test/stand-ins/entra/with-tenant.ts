import { afterEach } from "vitest";
import { BareClient } from "./bare-client.ts";
import { type EntraTenant, startEntraTenant, type TenantOptions } from "./tenant.ts";

const open: { readonly tenant: EntraTenant; readonly client: BareClient }[] = [];

/** Ends what each test started, also when it failed. */
export function endsTenants(): void {
  afterEach(async () => {
    for (const { tenant, client } of open.splice(0)) {
      await client.close();
      await tenant.stop();
    }
  });
}

export async function tenantAndClient(
  options: TenantOptions = {},
): Promise<{ readonly tenant: EntraTenant; readonly client: BareClient }> {
  const tenant = await startEntraTenant(options);
  const both = { tenant, client: new BareClient(tenant) };
  open.push(both);
  return both;
}

/** A wall clock that only moves when it is told to. */
export class HandClock {
  ms = Date.parse("2026-11-22T12:00:00Z");
  readonly now = (): number => this.ms;
}
