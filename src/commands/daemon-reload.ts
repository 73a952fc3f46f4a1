import { hostOf } from "./daemon-status.ts";
import type { Invocation } from "./invocation.ts";
import { escaped } from "./output/escape.ts";
import { counted } from "./output/numbers.ts";
import { createScreen } from "./screen.ts";

/** `rollcall daemon reload`: as SIGHUP, and with an answer. What is wrong in the files is told in full, and the configuration before stays in use. */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const host = hostOf(invocation.io);
  const { config: before } = host;
  const outcome = await host.reload();
  if (outcome.type === "refused") {
    screen.message(`the daemon does not take ${before.file}, and goes on with what it has:`);
    throw outcome.error;
  }
  const { file, digest, connections } = host.config;
  const isNew = outcome.type === "taken";
  screen.document("DaemonReload", { file, digest, changed: isNew, connections: connections.length });
  if (!screen.quiet)
    screen.line(
      isNew
        ? `${screen.paint.add("✓")} ${escaped(file)} is in use, with ${counted(connections.length, "connection")}`
        : `  ${escaped(file)} did not change`,
    );
  return 0;
}
