import type { Config } from "../config/config.ts";
import { isRollcallError } from "../errors.ts";
import type { Invocation } from "./invocation.ts";
import { createScreen } from "./screen.ts";
import { version } from "./version.ts";

/**
 * What a command that works by itself wrote into the audit trail goes on to the log server before it ends; in a daemon the daemon does it. What cannot be
 * sent now is sent by the next command, or by the daemon: it changes nothing of what the command came to.
 */
export async function sendAuditOn(invocation: Invocation, config: Config, connection: string): Promise<void> {
  const { io } = invocation;
  if (config.audit.syslog === undefined || io.guest !== undefined) return;
  try {
    const { deliverAudit } = await import("../daemon/deliver-audit.ts");
    await deliverAudit(config, connection, { version: version(), signal: io.signal });
  } catch (error) {
    if (io.signal.aborted) return;
    const why = isRollcallError(error) ? error.message : "it failed";
    createScreen(invocation).message(
      `${connection}: the audit trail is not sent on: ${why}; it is sent later, and nothing of it is lost`,
    );
  }
}
