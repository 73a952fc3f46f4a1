/** The daemon sends the audit trail on while it runs. */
import type { Config } from "../config/config.ts";
import { deliverAudit } from "../daemon/deliver-audit.ts";
import { isRollcallError, TransientError } from "../errors.ts";
import { stateFiles } from "../store/state-file.ts";
import type { Companion, CompanionContext } from "./daemon-companions.ts";
import { version } from "./version.ts";

/** From one look for new events to the next; after a failure up to sixteen times as long. */
const everyMs = 15_000;
const longestMs = 16 * everyMs;

/**
 * Looks again and again for events that are not sent yet, of every snapshot in the state folder. A log server that is away is said once, and when it is
 * back; so is a snapshot of which nothing can be sent, which keeps back none of the others.
 */
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

async function deliver(context: CompanionContext, signal: AbortSignal): Promise<void> {
  const { clock } = context.invocation.io;
  /** Connections of which it was said that nothing can be sent. */
  const broken = new Set<string>();
  let failures = 0;
  while (!signal.aborted) {
    failures = (await deliverAll(context, { broken, wasAway: failures > 0 }, signal)) ? 0 : failures + 1;
    try {
      await clock.sleep(Math.min(longestMs, everyMs * 2 ** Math.max(0, failures - 1)), signal);
    } catch {
      return;
    }
  }
}

/** One look at everything; false: the log server is away, and so is what is left. */
async function deliverAll(
  { worker: { config }, log }: CompanionContext,
  { broken, wasAway }: { readonly broken: Set<string>; readonly wasAway: boolean },
  signal: AbortSignal,
): Promise<boolean> {
  if (config.audit.syslog === undefined) return true;
  let sent = 0;
  for (const connection of namesIn(config)) {
    try {
      sent += await deliverAudit(config, connection, { version: version(), signal });
      if (broken.delete(connection)) log.info({ connection }, "the audit trail is sent on again");
    } catch (error) {
      if (signal.aborted) return true;
      const said = isRollcallError(error) ? error.message : "it failed";
      if (error instanceof TransientError) {
        if (!wasAway)
          log.warn({ error }, `the audit trail is not sent on: ${said}; nothing is lost, it is sent later`);
        return false;
      }
      if (!broken.has(connection))
        log.warn({ connection, error }, `the audit trail of ${connection} is not sent on: ${said}`);
      broken.add(connection);
    }
  }
  if (wasAway) log.info({ sent }, "the log server takes the audit trail again");
  return true;
}

/** Also of those that the configuration names no more: a trail ends with its last event, and not with its connection. */
function namesIn({ state, connections }: Config): readonly string[] {
  const names = connections.map(({ name }) => name);
  try {
    return [...new Set([...names, ...stateFiles(state)])];
  } catch {
    // Each of those that are configured says by itself what is wrong with the folder.
    return names;
  }
}
