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
  {
    name: "backup",
    arguments: "[file]",
    summary: "the whole state in one file, also while a daemon works with it",
    options: [
      ["--handover", "the state moves: nothing is done with it here any more"],
      ["--take-back", "after a handover: it is worked with here again"],
      ["--yes", "with --handover or --take-back: do it; without, it is only shown"],
      why,
    ],
    details:
      "Snapshots, audit trails, claims and embedded directories, as of one moment; not the configuration and not the secrets.\n" +
      "A tar file that its owner alone can read. It never overwrites anything.",
    access: "operate",
    files: { file: "replace" },
    load: () => import("./backup.ts"),
  },
  {
    name: "restore",
    arguments: "<file>",
    summary: "put a backup in the place of the state, which is moved aside",
    options: [["--replace", "also where the state here is newer, another one, or handed over"], yes, why],
    details:
      "Stop the daemon first. Everything is checked before anything is moved. The next sync of each connection reads and compares\n" +
      "everything before it writes, and unless the backup is a handover, nothing is written until `rollcall resume`.",
    load: () => import("./restore.ts"),
  },
  {
    name: "support-bundle",
    arguments: "<file>",
    summary:
      "one text file for whoever helps from afar: versions, counts, errors by code; nobody and no secret in it",
    access: "operate",
    files: { file: "new" },
    load: () => import("./support-bundle.ts"),
  },
];
