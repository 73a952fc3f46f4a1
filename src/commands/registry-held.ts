import type { CommandDefinition, OptionDefinition } from "./invocation.ts";

const connection: OptionDefinition = ["--connection <name>", "look in this connection only"];
const only: OptionDefinition = [
  "--only <key...>",
  "of that only these: people by login name, e-mail address or id, groups by name or id",
];
const expect: OptionDefinition = ["--expect <digest>", "only if it is still what `held show` showed"];
const whyAnswered: OptionDefinition = [
  "--reason <text>",
  "why, for the audit trail; asked for on a terminal",
];

/** What waits for a person, and how it is answered. */
export const held: CommandDefinition = {
  name: "held",
  arguments: "[connection]",
  summary: "what waits for a person's word",
  commands: [
    {
      name: "list",
      arguments: "[connection]",
      summary: "what waits for a person's word (the default)",
      options: [
        ["--limit <n>", "show so many objects of a hold; 0 shows all (default: 20)"],
        ["--rejected", "list what persons said no to, with who, when and why"],
      ],
      access: "view",
      load: () => import("./held.ts"),
    },
    {
      name: "show",
      arguments: "<what>",
      summary:
        "everything about a hold, or what is held of a person or group: old and new values, why, since when",
      options: [["--limit <n>", "show so many changes; 0 shows all (default: 20)"], connection],
      access: "view",
      load: () => import("./held-show.ts"),
    },
    {
      name: "approve",
      arguments: "[hold]",
      summary: 'let what is held through, by class, number or "all", as it stands now; good for 72 hours',
      options: [only, expect, whyAnswered, connection],
      details: "With --only it also takes a rejection of these people or groups back.",
      access: "operate",
      load: () => import("./held-approve.ts"),
    },
    {
      name: "reject",
      arguments: "[hold]",
      summary: "say no to what is held: it is not sent, and nobody is asked again while the same is wanted",
      options: [only, expect, whyAnswered, connection],
      access: "operate",
      load: () => import("./held-reject.ts"),
    },
  ],
  access: "view",
  load: () => import("./held.ts"),
};
