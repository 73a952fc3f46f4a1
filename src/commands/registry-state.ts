import type { CommandDefinition, OptionDefinition } from "./invocation.ts";

const yes: OptionDefinition = ["--yes", "do it; without, it is only shown"];
const why: OptionDefinition = ["--reason <text>", "why, for the audit trail; asked for on a terminal"];

/** What is done to the state as files. */
export const state: readonly CommandDefinition[] = [
  {
    name: "forget",
    arguments: "<person>",
    summary: "erase somebody who is gone from the directory and has no account that is on",
    options: [["--connection <name>", "in this connection only"], yes, why],
    details:
      "From snapshots, audit trail, claims and the embedded directory, down to the pages of the files. The audit trail still\n" +
      "verifies, and says that somebody was forgotten, by whom and why: do not name them in the reason.",
    access: "operate",
    load: () => import("./forget.ts"),
  },
];
