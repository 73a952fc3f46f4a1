import { hostOf } from "./daemon-status.ts";
import type { Invocation } from "./invocation.ts";
import { createScreen } from "./screen.ts";

/** `rollcall daemon stop`: as SIGTERM. The answer comes before the end. */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const { stop } = hostOf(invocation.io);
  screen.document("DaemonStop", { pid: process.pid });
  if (!screen.quiet) screen.line(`  the daemon (pid ${process.pid}) ends after what is under way`);
  stop();
  return 0;
}
