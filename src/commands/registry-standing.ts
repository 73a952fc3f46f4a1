import type { CommandDefinition, OptionDefinition } from "./invocation.ts";

const connection: OptionDefinition = ["--connection <name>", "look in this connection only"];
const why: OptionDefinition = ["--reason <text>", "why, for the audit trail; asked for on a terminal"];

/** Stopping a connection, and having it go on. */
export const standing: readonly CommandDefinition[] = [
  {
    name: "pause",
    arguments: "[connection...]",
    summary: "write nothing more until resume, also in a sync that runs now; everything, or what is named",
    options: [why],
    details: "Cycles go on to read and to plan. Nobody is deactivated meanwhile, either.",
    access: "operate",
    load: () => import("./pause.ts"),
  },
  {
    name: "resume",
    arguments: "[connection...]",
    summary: "write again after a pause",
    options: [["--reason <text>", "why, for the audit trail"]],
    access: "operate",
    load: () => import("./resume.ts"),
  },
  {
    name: "quarantine",
    arguments: "[connection]",
    summary: "connections that wait for a person to mend something: why, since when, what failed first",
    commands: [
      {
        name: "list",
        arguments: "[connection]",
        summary: "which connections are in quarantine (the default)",
        access: "view",
        load: () => import("./quarantine.ts"),
      },
      {
        name: "release",
        arguments: "[connection...]",
        summary: "it is mended: the next cycle tries everything",
        options: [why],
        access: "operate",
        load: () => import("./quarantine-release.ts"),
      },
    ],
    access: "view",
    load: () => import("./quarantine.ts"),
  },
  {
    name: "retry",
    arguments: "[object]",
    summary: "try again what is failing or was given up: everything, or one person or group",
    options: [connection],
    details:
      "Named by login name, e-mail address or id, a group by its name or id. Its references and memberships are tried again too,\n" +
      "and values that were no longer put right because another system writes them.\n" +
      "The next cycle does it; the schedule of retries begins anew.",
    access: "operate",
    load: () => import("./retry.ts"),
  },
];
