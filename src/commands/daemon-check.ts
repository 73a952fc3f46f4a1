import { ConnectionError } from "../errors.ts";
import { hostOf } from "./daemon-status.ts";
import type { Invocation } from "./invocation.ts";
import { createScreen } from "./screen.ts";

/**
 * `rollcall daemon check`: whether a daemon answers, and its clocks move on. No connection's trouble is in it: starting the process again would mend none.
 * One that does not answer at all makes this wait; whoever asks for health gives it a time.
 */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const isAlive = hostOf(invocation.io).isAlive();
  screen.document("DaemonCheck", { pid: process.pid, alive: isAlive });
  if (!isAlive) {
    throw new ConnectionError("a clock of the daemon stands still, or a cycle hangs", {
      hint: "start it again: systemctl restart rollcall. Nothing is lost by that",
    });
  }
  if (!screen.quiet) screen.line(`  the daemon (pid ${process.pid}) runs, and its clocks move on`);
  return 0;
}
