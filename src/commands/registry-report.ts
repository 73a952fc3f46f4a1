import type { CommandDefinition, OptionDefinition } from "./invocation.ts";

const forAuditors: readonly OptionDefinition[] = [
  ["--csv <file>", "write all of it as comma-separated values; - is standard output"],
  ["--limit <n>", "show so many on the screen; 0 shows all (default: 50)"],
];
const since: OptionDefinition = [
  "--since <duration>",
  "no older than this, such as 24h or 90d (default: 30d)",
];

/** What an auditor asks. */
export const report: CommandDefinition = {
  name: "report",
  arguments: "[connection]",
  summary: "for the auditor: who left and how fast, who has access, who approved what (default: leavers)",
  options: [since, ...forAuditors],
  commands: [
    {
      name: "leavers",
      arguments: "[connection]",
      summary: "who was disabled, deleted or left the scope, and when the target took their access away",
      options: [since, ...forAuditors],
      access: "view",
      files: { csv: "replace" },
      load: () => import("./report-leavers.ts"),
    },
    {
      name: "access",
      arguments: "[connection]",
      summary: "who has an account and which groups, since when, by which rule, and what was changed by hand",
      options: [
        ["--since <duration>", "only accounts and memberships that are no older than this (default: all)"],
        ...forAuditors,
      ],
      access: "view",
      files: { csv: "replace" },
      load: () => import("./report-access.ts"),
    },
    {
      name: "approvals",
      arguments: "[connection]",
      summary: "what persons let through, refused, linked, paused or undid, why, and what it led to",
      options: [since, ...forAuditors],
      access: "view",
      files: { csv: "replace" },
      load: () => import("./report-approvals.ts"),
    },
  ],
  access: "view",
  files: { csv: "replace" },
  load: () => import("./report-leavers.ts"),
};
