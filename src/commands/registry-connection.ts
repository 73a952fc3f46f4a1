import type { CommandDefinition, OptionDefinition } from "./invocation.ts";

const yes: OptionDefinition = ["--yes", "do it; without, it is only shown"];
const why: OptionDefinition = ["--reason <text>", "why, for the audit trail; asked for on a terminal"];

/** What is done to connections as a whole. */
export const connections: readonly CommandDefinition[] = [
  {
    name: "connection",
    summary: "the connections, and state files that belong to none of them",
    commands: [
      {
        name: "rename",
        arguments: "<old> <new>",
        summary:
          "a connection has another name in the configuration: its accounts and audit trail go with it",
        options: [yes, why],
        access: "operate",
        load: () => import("./connection-rename.ts"),
      },
      {
        name: "retire",
        arguments: "<name>",
        summary: "end a connection: let its accounts go as they are, or switch them off first",
        options: [
          [
            "--release",
            "it is no longer in the configuration: its accounts stay as they are and are nobody's",
          ],
          ["--deactivate", "it still is: its next cycles switch everybody off, within the limits"],
          ["--cancel", "take --deactivate back"],
          yes,
          why,
        ],
        details:
          "To end a connection and all access by it: --deactivate, `rollcall sync` until nothing is left (what is over the\n" +
          "limits waits for your approval), then take it out of the configuration and --release.",
        access: "operate",
        load: () => import("./connection-retire.ts"),
      },
    ],
    access: "view",
    load: () => import("./connection-list.ts"),
  },
  {
    name: "reset",
    arguments: "[connection]",
    summary: "forget where the last read ended, or which accounts are whose",
    options: [
      ["--cursor", "the next cycle reads everything"],
      ["--links", "every account is matched anew, as in a first run; accounts stay as they are"],
      yes,
      why,
    ],
    access: "operate",
    load: () => import("./reset.ts"),
  },
];
