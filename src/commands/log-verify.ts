import type { Invocation } from "./invocation.ts";
import { connectionsOf, lookAt, openConfig } from "./open.ts";
import { createScreen } from "./screen.ts";

/** `rollcall log verify`: walks the chain of the audit trail. Exit code 1 when it is broken. */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const results = connectionsOf(config, invocation.arguments).map((connection) => {
    const store = lookAt(config, connection, invocation);
    try {
      return {
        connection: connection.name,
        hasRun: store !== undefined,
        firstBreak: store?.audit.firstBreak() ?? null,
      };
    } finally {
      store?.close();
    }
  });
  const holds = results.every((each) => each.firstBreak === null);
  screen.document("LogVerification", { holds, connections: results });
  for (const { connection, hasRun, firstBreak } of results) {
    const { paint } = screen;
    if (!hasRun) screen.line(`${paint.faint(".")} ${connection}: never run, nothing to check`);
    else if (firstBreak === null) screen.line(`${paint.add("✓")} ${connection}: the audit trail is whole`);
    else
      screen.line(
        `${paint.remove("✗")} ${connection}: the audit trail was changed: entry ${firstBreak} does not fit the one before it`,
      );
  }
  return holds ? 0 : 1;
}
