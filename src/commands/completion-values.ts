import type { HoldClass } from "../store/holds.ts";

/** Those that completion is written for. */
export const shells = ["bash", "zsh", "fish", "powershell"] as const;

/** A value and, for shells that show it, what it means. */
export type Choice = readonly [value: string, description: string];

/** Of connections of the configuration; a file, which the shell knows best; or one of a few words. */
export type Values = "connections" | "files" | readonly Choice[];

const times: readonly Choice[] = [
  ["1h", "the last hour"],
  ["24h", "the last day"],
  ["7d", "the last week"],
  ["30d", "the last month"],
  ["90d", "the last quarter"],
];

const classes: readonly Choice[] = [
  ["deactivations", "accounts to be switched off"],
  ["deletions", "accounts and groups to be deleted"],
  ["not-visible", "people who are no longer visible"],
  ["member-removals", "memberships to be taken away"],
  ["identifier-changes", "other names, external ids or addresses"],
  ["cleared-values", "values that become empty"],
  ["creations", "new accounts and groups"],
  ["adoptions", "existing accounts to be taken over"],
  ["switched-off", "accounts that somebody switched off at the target"],
  ["privileged-additions", "new members of groups that give rights"],
  ["configuration", "what an edit of the configuration takes away"],
] satisfies readonly (readonly [HoldClass, string])[];

const words = (...all: readonly string[]): readonly Choice[] => all.map((each) => [each, ""]);

/** By the long name of an option, where its placeholder does not say it. */
const byOption: Readonly<Record<string, Values>> = {
  "--connection": "connections",
  "--let-through": classes,
  "--source": words("active-directory", "entra", "okta"),
  "--target": words("embedded", "scim"),
  "--cloud": words("public", "usgov", "usgov-dod", "china"),
};

/** By what stands in brackets behind an option, or as an argument of a command. */
const byPlaceholder: Readonly<Record<string, Values>> = {
  connection: "connections",
  new: "connections",
  file: "files",
  folder: "files",
  duration: times,
  n: [
    ["0", "all of them"],
    ["50", ""],
    ["1000", ""],
  ],
  hold: [...classes, ["all", "everything that is held"]],
  what: classes,
  shell: words(...shells),
  schema: [
    ["config", "of the configuration"],
    ["mapping", "of mapping files"],
    ["json", "of what --json gives"],
  ],
};

/** What an option takes, by its flags in the registry: `--since <duration>`. Undefined: it takes nothing; nothing is known: an empty list. */
export function valuesOfOption(flags: string): Values | undefined {
  const [, name = "", placeholder] = /^(\S+)(?: [<[](\w+)(?:\.\.\.)?[>\]])?$/.exec(flags) ?? [];
  if (placeholder === undefined) return undefined;
  return byOption[name] ?? byPlaceholder[placeholder] ?? [];
}

/** What an argument may be: `[connection...]`. */
export function valuesOfArgument(argument: string): Values {
  const name = argument.replace(/\W/g, "");
  return name === "name" ? "connections" : (byPlaceholder[name] ?? []);
}
