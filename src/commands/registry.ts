import { initOptions } from "./init-options.ts";
import type { CommandDefinition, OptionDefinition } from "./invocation.ts";
import { connections } from "./registry-connection.ts";
import { daemon } from "./registry-daemon.ts";
import { editing } from "./registry-editing.ts";
import { held } from "./registry-held.ts";
import { report } from "./registry-report.ts";
import { standing } from "./registry-standing.ts";
import { state } from "./registry-state.ts";

const full: OptionDefinition = ["--full", "read everything, not only what changed"];
const reconcile: OptionDefinition = [
  "--reconcile",
  "compare everything that the target holds, and put right what was changed there by hand",
];
const user: OptionDefinition = ["--user <key>", "one person only: login name, e-mail address, or id"];
const group: OptionDefinition = ["--group <key>", "one group only, with its members: name or id"];
const letThrough: OptionDefinition = [
  "--reason <text>",
  "with --user: let this person through whatever holds them, for this reason",
];
const connection: OptionDefinition = ["--connection <name>", "look in this connection only"];

const yes: OptionDefinition = ["--yes", "do it; without this it is only shown"];
const why: OptionDefinition = ["--reason <text>", "why, for the audit trail; asked for on a terminal"];

/** Every command, in the order of the help: first steps, every day, looking back. */
export const commands: readonly CommandDefinition[] = [
  {
    name: "init",
    summary: "write a first configuration (one directory into a SCIM service or the embedded directory)",
    options: initOptions,
    details: "Asks for what is missing when it runs on a terminal. Never overwrites a file.",
    load: () => import("./init.ts"),
  },
  {
    name: "validate",
    summary: "check the configuration and its mappings; all problems at once, and what looks like a slip",
    options: [["--strict", "warnings count as problems: exit 2"]],
    load: () => import("./validate.ts"),
  },
  {
    name: "attributes",
    arguments: "[connection]",
    summary:
      "what the directory offers, what the mapping makes of it and what the target takes, side by side",
    options: [["--all", "every attribute with its type, also those that nobody reads or writes"]],
    details: "Asks the target for its schema (/Schemas) and works without it; the directory is not asked.",
    access: "operate",
    load: () => import("./attributes.ts"),
  },
  {
    name: "test",
    arguments: "[connection]",
    summary:
      "log in to source and target, check permissions, map a sample person; writes nothing to the target",
    options: [["--notify", "send a test message to everybody under notify: instead"]],
    access: "operate",
    load: () => import("./test.ts"),
  },
  {
    name: "plan",
    arguments: "[connection]",
    summary: "what a sync would change, each with old, new and why; writes nothing to the target",
    options: [
      full,
      user,
      group,
      reconcile,
      [
        "--offline",
        "only what the edited configuration changes for the people whom the snapshot knows: asks nobody",
      ],
      ["--out <file>", "write the plan to this file as well, to be reviewed and applied as it is"],
      ["--limit <n>", "show so many changes of a kind; 0 shows all (default: 10)"],
    ],
    access: ({ offline }) => (offline === true ? "view" : "operate"),
    files: { out: "new" },
    load: () => import("./plan.ts"),
  },
  {
    name: "sync",
    arguments: "[connection...]",
    summary: "read what changed and make the target match, now",
    options: [
      full,
      user,
      group,
      reconcile,
      letThrough,
      ["--plan <file>", "exactly what this plan lists, or nothing; the directory is not asked"],
    ],
    access: "operate",
    goesOn: true,
    files: { plan: "read" },
    load: () => import("./sync.ts"),
  },
  daemon,
  {
    name: "status",
    arguments: "[connection]",
    summary: "how each connection is, what waits, and the next command to type",
    options: [
      ["--watch", "look again and again: in place on a terminal, elsewhere each time that something changed"],
      ["--interval <duration>", "with --watch: from one look to the next (default: 2s)"],
    ],
    access: "view",
    load: () => import("./status.ts"),
  },
  {
    name: "explain",
    arguments: "<person-or-group>",
    summary:
      "everything known of one person or group: record, scope, mapping, account, history, what comes next",
    options: [connection],
    access: "view",
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
      ["--configuration", "when the configuration changed, and what in it"],
      ["--csv <file>", "write all of it as comma-separated values, with all values; - is standard output"],
      ["--json-lines <file>", "the same as one JSON document a line"],
      ["--limit <n>", "the newest n; 0 shows all (default: 200)"],
    ],
    commands: [
      {
        name: "verify",
        arguments: "[connection]",
        summary: "check that nobody changed the audit trail",
        access: "view",
        load: () => import("./log-verify.ts"),
      },
    ],
    access: "view",
    files: { csv: "replace", jsonLines: "replace" },
    load: () => import("./log.ts"),
  },
  held,
  {
    name: "survey",
    arguments: "[connection]",
    summary: "who has an account and who has not, before the first sync; writes nothing to the target",
    options: [["--csv <file>", "everybody and every account on a line each; - is standard output"]],
    details:
      "Reads the whole directory and the whole list of the target, and looks for everybody's account as a sync would.\n" +
      "Lines of the file in which you fill target_id in can be imported with `rollcall links import`.",
    access: "operate",
    files: { csv: "replace" },
    load: () => import("./survey.ts"),
  },
  {
    name: "link",
    arguments: "<person> <account> [connection]",
    summary: "bind one person and one account by hand, whatever their names are",
    options: [["--group", "a group of the directory and a group at the target instead"], yes, why],
    details:
      "The person is named by login name, e-mail address or id in the directory, the account by its id or userName at the\n" +
      "target. What differs between the two is then an ordinary change, which the next sync makes within the limits.",
    access: "operate",
    load: () => import("./link.ts"),
  },
  {
    name: "unlink",
    arguments: "<person> [connection]",
    summary: "cut the link of one person or group; the account stays as it is",
    options: [yes, why],
    access: "operate",
    load: () => import("./unlink.ts"),
  },
  {
    name: "undo",
    arguments: "<run> [connection]",
    summary: "put back what a run changed and nobody changed since; shown first",
    options: [
      user,
      ["--yes", "do it; without, it is shown, and on a terminal asked"],
      ["--reason <text>", "why, for the audit trail; asked for on a terminal"],
      [
        "--let-through <class...>",
        "do what is over its limit all the same: deactivations, identifier-changes, ...",
      ],
      ["--limit <n>", "show so many people and groups; 0 shows all (default: 50)"],
    ],
    details:
      "Who was switched off is switched on again, who was created is switched off, values, names, references and\n" +
      "memberships are as they were, and an account that was taken over is no longer linked. What was deleted cannot be\n" +
      "put back. What the directory says otherwise is rejected by that: no sync does it again until the directory says\n" +
      "something else, or a person lets it through with `rollcall held approve --only KEY`.",
    access: "operate",
    goesOn: true,
    load: () => import("./undo.ts"),
  },
  report,
  {
    name: "transfer",
    arguments: "[person]",
    summary: "people go from one connection to another at the same target, and keep their accounts",
    options: [
      ["--from <connection>", "where they were"],
      ["--to <connection>", "where they are now"],
      ["--as <key>", "what the person is called there, if it is another name"],
      ["--group", "a group instead of a person"],
      ["--all", "everybody who is clearly the same on both sides, and groups of the same name"],
      [
        "--by <attribute>",
        "with --all: an attribute of the new directory that is the id in the old one, or userName",
      ],
      yes,
      why,
    ],
    details:
      "Nobody is switched off between. A person is taken out of the groups of the connection that they leave.\n" +
      "--by onPremisesImmutableId finds people of Active Directory again in Entra ID.",
    access: "operate",
    load: () => import("./transfer.ts"),
  },
  {
    name: "links",
    summary: "who is linked to which account, to a file and from one",
    commands: [
      {
        name: "export",
        arguments: "<file> [connection]",
        summary: "write every link into a CSV file; - is standard output",
        access: "view",
        files: { file: "replace" },
        load: () => import("./links-export.ts"),
      },
      {
        name: "import",
        arguments: "<file> [connection]",
        summary: "make the links of a CSV file, all of them or none",
        options: [["--skip-missing", "leave out lines whose person or account is no longer there"], yes, why],
        details:
          "The columns source_id and target_id count, and kind (user or group). Lines without one of the two ids are left out,\n" +
          "so that the file of `rollcall survey --csv` can be corrected and imported.",
        access: "operate",
        files: { file: "read" },
        load: () => import("./links-import.ts"),
      },
    ],
    access: "view",
    load: () => import("./links.ts"),
  },
  ...standing,
  ...connections,
  ...state,
  ...editing,
  {
    name: "demo",
    summary: "a guided demo on directories of its own: Entra ID, Okta, Active Directory (from a clone)",
    options: [["--without-samba", "leave out the domain controller, also where it could be started"]],
    load: () => import("./demo.ts"),
  },
];
