/** man/rollcall.1, made of the registry of commands: groff's man macros (man(7)). */

import { globalOptions } from "../../src/commands/global-options.ts";
import type { CommandDefinition, OptionDefinition } from "../../src/commands/invocation.ts";
import { commands } from "../../src/commands/registry.ts";

/** Text as roff prints it: a backslash is one, a line never begins with a control character, a dash can be copied. */
function roff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga")
    .replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti")
    .replace(/^([.'])/gm, "\\&$1");
}

/** `code` in bold, everything else as it is. */
function prose(text: string): string {
  return text
    .split(/`([^`]+)`/)
    .map((part, at) => (at % 2 === 1 ? `\\fB${roff(part)}\\fR` : roff(part)))
    .join("");
}

/** `--out <file>`: the name in bold, what it takes in italics. */
function flags(text: string): string {
  const [name = "", ...rest] = text.split(" ");
  const takes = rest.join(" ").replace(/[<>]/g, "");
  return `\\fB${roff(name)}\\fR${takes === "" ? "" : ` \\fI${roff(takes)}\\fR`}`;
}

function words(text: string): string {
  return text.replace(/[<[]?([\w-]+)(\.\.\.)?[>\]]?/g, (whole, name: string, more = "") => {
    const shown = `\\fI${roff(name)}\\fR${roff(more)}`;
    return whole.startsWith("[") ? `[${shown}]` : shown;
  });
}

function optionLines([text, description]: OptionDefinition): string[] {
  return [".TP", flags(text), prose(description)];
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return prose(/[.!?:]$/.test(first) ? first : `${first}.`);
}

/** A command and, below it, its subcommands. */
function commandLines(definition: CommandDefinition, above = ""): string[] {
  if (definition.hidden === true) return [];
  const name = `${above}${definition.name}`;
  const takes = definition.arguments === undefined ? "" : ` ${words(definition.arguments)}`;
  const options = (definition.options ?? []).length === 0 ? "" : ` [\\fIoptions\\fR]`;
  return [
    `.SS "rollcall ${name}"`,
    `\\fBrollcall ${roff(name)}\\fR${takes}${options}`,
    ".PP",
    sentence(definition.summary),
    ...(definition.options ?? []).flatMap(optionLines),
    ...detailLines(definition.details ?? ""),
    ...(definition.commands ?? []).flatMap((inner) => commandLines(inner, `${name} `)),
  ];
}

/** Sentences are filled; what stands in columns, and what is to be typed, keeps its lines. */
function detailLines(details: string): string[] {
  return details.split("\n").flatMap((line, at, all) => {
    const isKept = line.includes("  ");
    const wasKept = at > 0 && (all[at - 1] ?? "").includes("  ");
    const text = isKept ? [".br", roff(line)] : [prose(line)];
    return line === "" ? [] : at === 0 || isKept !== wasKept ? [".PP", ...text.slice(isKept ? 1 : 0)] : text;
  });
}

const exitCodes: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "done, or nothing to do"],
  ["1", "failed; what was not done is done by the next cycle"],
  ["2", "the configuration or the command line is wrong; nothing was started"],
  ["3", "something is held for a person's word; everything else is done"],
  ["4", "done, but some people, groups or memberships are refused by the target"],
  ["5", "in quarantine, or a login was refused: a person has to mend something"],
  ["75", "somebody else is working on the connection"],
  ["130, 143", "stopped by SIGINT or SIGTERM"],
];

const files: readonly (readonly [file: string, meaning: string])[] = [
  [
    "config/rollcall.yaml, /etc/rollcall/rollcall.yaml",
    "the configuration, where no other is named with `--config`; the first that exists",
  ],
  [
    "/var/lib/rollcall",
    "the state folder, unless `state:` in the configuration names another; for its owner alone",
  ],
  [
    "STATE/CONNECTION.db",
    "the snapshot of a connection: what the directory said, what is wanted, what the target accepted, and the audit trail",
  ],
  ["STATE/CONNECTION.lock", "held by whoever works on the connection"],
  ["STATE/targets/TARGET.db", "which account belongs to whom, for all connections to a target"],
  ["STATE/targets/TARGET.directory.db", "an embedded directory"],
];

const environment: readonly (readonly [name: string, meaning: string])[] = [
  ["NO_COLOR", "set to anything: no colours"],
  ["CREDENTIALS_DIRECTORY", "where systemd puts what `{ credential: NAME }` in the configuration names"],
  ["AZURE_FEDERATED_TOKEN_FILE", "the token of a Kubernetes workload, for `workloadIdentity: true`"],
  ["NODE_EXTRA_CA_CERTS", "authorities to trust besides those of this machine, for every connection"],
  ["HTTPS_PROXY, NO_PROXY", "taken into account where Node.js is told to (NODE_USE_ENV_PROXY=1)"],
];

function list(entries: readonly (readonly [name: string, meaning: string])[]): string[] {
  return entries.flatMap(([name, meaning]) => [".TP", `\\fB${roff(name)}\\fR`, prose(meaning)]);
}

/** The whole page. */
export function manPage(version: string): string {
  const lines = [
    '.\\" Made of the registry of commands: UPDATE=1 npx vitest run test/docs/man-page.test.ts',
    `.TH ROLLCALL 1 "" "rollcall ${version}" "User Commands"`,
    // To the left, and no word broken: what is to be typed can be searched for and copied.
    ".ad l",
    ".nh",
    ".SH NAME",
    "rollcall \\- keep the people and groups of an application as they are in a directory",
    ".SH SYNOPSIS",
    "\\fBrollcall\\fR \\fIcommand\\fR [\\fIarguments\\fR] [\\fIoptions\\fR]",
    ".SH DESCRIPTION",
    prose(
      "Rollcall reads Active Directory, Entra ID and Okta, works out what differs from last time, and creates, updates and deactivates accounts in any SCIM 2.0 service, or in a directory of its own. It only makes connections outwards.",
    ),
    ".PP",
    prose(
      "`rollcall plan` shows what a sync would do, `rollcall sync` does it, `rollcall daemon` does it by the clock, and `rollcall explain` tells why. What is over a limit waits for a person: `rollcall held`.",
    ),
    ".SH OPTIONS",
    "Every command takes these:",
    ...globalOptions.flatMap(optionLines),
    ...optionLines(["--help", "print help, of a command where one is named"]),
    ...optionLines(["--version", "print the version"]),
    ".SH COMMANDS",
    ...commands.flatMap((each) => commandLines(each)),
    '.SH "EXIT STATUS"',
    "Where several apply, the first of 2, 1, 5, 3, 4, 75, 0.",
    ...list(exitCodes),
    ".SH FILES",
    ...list(files),
    ".SH ENVIRONMENT",
    ...list(environment),
    ".SH EXAMPLES",
    ...list([
      ["rollcall init", "write a first configuration"],
      ["rollcall validate", "check it after every edit"],
      ["rollcall plan --offline staff", "what an edit changes, in seconds and without asking anybody"],
      ["rollcall plan staff", "what a sync would do"],
      ["rollcall sync", "do it, for every connection"],
      ["rollcall explain ann@example.com", "everything known of one person"],
    ]),
  ];
  return `${lines.join("\n")}\n`;
}
