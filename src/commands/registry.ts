import type { CommandDefinition, OptionDefinition } from "./invocation.ts";

const full: OptionDefinition = ["--full", "read everything, not only what changed"];
const reconcile: OptionDefinition = [
  "--reconcile",
  "compare everything that the target holds, and put right what was changed there by hand",
];
const user: OptionDefinition = ["--user <key>", "one person only: login name, e-mail address, or id"];
const connection: OptionDefinition = ["--connection <name>", "look in this connection only"];

/** Every command, in the order of the help: first steps, every day, looking back. */
export const commands: readonly CommandDefinition[] = [
  {
    name: "init",
    summary: "write a first configuration (Active Directory to a SCIM service or the embedded directory)",
    options: [
      ["--url <url...>", "domain controller: ldaps://host, or ldap://host for StartTLS"],
      ["--domain <name>", "instead of --url: DNS name of the domain, whose controllers are looked up"],
      ["--base-dn <dn>", "read only what is below it"],
      ["--bind-dn <name>", "account to log in with"],
      ["--bind-password-file <file>", "file that holds its password (mode 600)"],
      ["--bind-password-env <name>", "environment variable that holds its password"],
      ["--ca-file <file>", "PEM file of the authority that signed the domain controllers' certificates"],
      ["--target <type>", "embedded or scim"],
      ["--scim-url <url>", "address of the SCIM service, before /Users and /Groups"],
      ["--scim-token-file <file>", "file that holds its bearer token (mode 600)"],
      ["--scim-token-env <name>", "environment variable that holds its bearer token"],
      ["--name <name>", "name of the connection (default: staff)"],
      ["--state <folder>", "where the snapshots live (default: /var/lib/rollcall)"],
    ],
    details: "Asks for what is missing when it runs on a terminal. Never overwrites a file.",
    load: () => import("./init.ts"),
  },
  {
    name: "validate",
    summary: "check the configuration and its mappings; all problems at once",
    load: () => import("./validate.ts"),
  },
  {
    name: "test",
    arguments: "[connection]",
    summary:
      "log in to source and target, check permissions, map a sample person; writes nothing to the target",
    load: () => import("./test.ts"),
  },
  {
    name: "plan",
    arguments: "[connection]",
    summary: "what a sync would change, each with old, new and why; writes nothing to the target",
    options: [
      full,
      user,
      reconcile,
      ["--limit <n>", "show so many changes of a kind; 0 shows all (default: 50)"],
    ],
    load: () => import("./plan.ts"),
  },
  {
    name: "sync",
    arguments: "[connection...]",
    summary: "read what changed and make the target match, now",
    options: [full, user, reconcile],
    load: () => import("./sync.ts"),
  },
  {
    name: "status",
    arguments: "[connection]",
    summary: "how each connection is, what waits, and the next command to type",
    load: () => import("./status.ts"),
  },
  {
    name: "explain",
    arguments: "<user>",
    summary:
      "everything known of one person: record, scope, mapping, account, groups, history, what comes next",
    options: [connection],
    load: () => import("./explain.ts"),
  },
  {
    name: "log",
    arguments: "[connection]",
    summary: "what was written to the target, when, why and with which outcome",
    options: [
      ["--since <duration>", "no older than this, such as 90m, 24h or 7d"],
      ["--user <key>", "of one person or group, with values before and after"],
      ["--run <number>", "of one run"],
      ["--failed", "only what did not succeed"],
      ["--limit <n>", "the newest n; 0 shows all (default: 200)"],
    ],
    commands: [
      {
        name: "verify",
        arguments: "[connection]",
        summary: "check that nobody changed the audit trail",
        load: () => import("./log-verify.ts"),
      },
    ],
    load: () => import("./log.ts"),
  },
  {
    name: "held",
    arguments: "[connection]",
    summary: "what waits for a person's word",
    commands: [
      {
        name: "list",
        arguments: "[connection]",
        summary: "what waits for a person's word (the default)",
        options: [["--limit <n>", "show so many objects of a hold; 0 shows all (default: 20)"]],
        load: () => import("./held.ts"),
      },
      {
        name: "approve",
        arguments: "<hold>",
        summary: "let a hold through, by number or class, as it stands now; good for 72 hours",
        options: [["--reason <text>", "why, for the audit trail; asked for on a terminal"], connection],
        load: () => import("./held-approve.ts"),
      },
    ],
    load: () => import("./held.ts"),
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
    load: () => import("./retry.ts"),
  },
  {
    name: "demo",
    summary: "a guided demo on a domain controller of its own (from a clone)",
    load: () => import("./demo.ts"),
  },
];
