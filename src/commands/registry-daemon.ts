import type { CommandDefinition } from "./invocation.ts";

/** The process that works by the clock. */
export const daemon: CommandDefinition = {
  name: "daemon",
  summary: "run every connection by the clock (every: 40m), until it is stopped",
  options: [["--sync-now", "a cycle of every connection at once, then by the clock"]],
  details:
    "Logs JSON lines to standard output, and short lines on a terminal. SIGHUP has it look at a changed configuration,\n" +
    "which it does by itself every 30 seconds; SIGTERM ends it after what is under way.\n" +
    "While it runs, other commands are run by it: `rollcall status` shows what it does.",
  commands: [
    {
      name: "reload",
      summary: "have the daemon that runs look at its configuration now, and say whether it takes it",
      access: "operate",
      anyVersion: true,
      load: () => import("./daemon-reload.ts"),
    },
    {
      name: "check",
      summary: "say whether a daemon runs and its clocks move on: exit code 0, or 1 (for health checks)",
      access: "view",
      anyVersion: true,
      load: () => import("./daemon-check.ts"),
    },
    {
      name: "stop",
      summary: "end the daemon that runs, after what is under way (a service: systemctl stop rollcall)",
      access: "operate",
      anyVersion: true,
      load: () => import("./daemon-stop.ts"),
    },
  ],
  load: () => import("./daemon.ts"),
};
