/** A process that reads a tenant and tells how much of its heap was in use after a tenth of the people and shortly before the end. */
import { silent } from "../../../src/log.ts";
import { definition } from "../../../src/sources/entra/index.ts";

interface Tenant {
  readonly tenantId: string;
  readonly clientId: string;
  readonly loginUrl: string;
  readonly graphUrl: string;
  readonly caFile: string;
}

process.once("message", async ({ tenantId, clientId, loginUrl, graphUrl, caFile }: Tenant) => {
  const settings = definition.settings.parse({
    tenantId,
    clientId,
    clientSecret: { env: "ENTRA_SECRET" },
    endpoints: { login: loginUrl, graph: graphUrl },
    ca: { file: caFile },
  });
  const clock = { now: Date.now, sleep: () => Promise.reject(new Error("nobody waits here")) };
  const user = ["displayName", "mail", "jobTitle", "department", "streetAddress", "manager"];
  const source = definition.open(settings, {
    name: "entra",
    select: { user, group: [] },
    log: silent,
    clock,
  });
  let people = 0;
  let firstMib = 0;
  let lastMib = 0;
  for await (const { changes } of source.poll(undefined, AbortSignal.timeout(110_000))) {
    people += changes.filter((change) => change.type === "present").length;
    if (firstMib === 0 && people >= 20_000) firstMib = usedMib();
    if (lastMib === 0 && people >= 199_000) lastMib = usedMib();
  }
  process.send?.({ people, firstMib, lastMib });
  await source.close();
});

function usedMib(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
