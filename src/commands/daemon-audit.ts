/** The daemon sends the audit trail on while it runs. */
import { deliverAudit } from "../daemon/deliver-audit.ts";
import { isRollcallError } from "../errors.ts";
import type { Companion, CompanionContext } from "./daemon-companions.ts";
import { version } from "./version.ts";

/** From one look for new events to the next; after a failure up to sixteen times as long. */
const everyMs = 15_000;
const longestMs = 16 * everyMs;

/** Looks again and again for events that are not sent yet, of every connection. A log server that is away is said once, and when it is back. */
export async function openAuditDelivery(context: CompanionContext): Promise<Companion> {
  const end = new AbortController();
  const ended = deliver(context, end.signal);
  return {
    async close() {
      end.abort();
      await ended;
    },
  };
}

async function deliver({ invocation, worker, log }: CompanionContext, signal: AbortSignal): Promise<void> {
  const { clock } = invocation.io;
  let failures = 0;
  while (!signal.aborted) {
    const { config } = worker;
    try {
      if (config.audit.syslog !== undefined) {
        for (const { name } of config.connections)
          await deliverAudit(config, name, { version: version(), signal });
        if (failures > 0) log.info({}, "the log server takes the audit trail again");
      }
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      const said = isRollcallError(error) ? error.message : "it failed";
      if (failures === 1)
        log.warn({ error }, `the audit trail is not sent on: ${said}; nothing is lost, it is sent later`);
    }
    try {
      await clock.sleep(Math.min(longestMs, everyMs * 2 ** Math.max(0, failures - 1)), signal);
    } catch {
      return;
    }
  }
}
