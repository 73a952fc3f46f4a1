import type { Entry, SecretPlace } from "./init-form.ts";
import type { FromEntra } from "./init-from-entra.ts";
import type { SourceSection } from "./init-sources/source-section.ts";

/** What a first configuration is made of. */
export interface Answers {
  readonly name: string;
  readonly state: string;
  readonly source: {
    readonly type: string;
    readonly section: SourceSection;
    readonly entries: readonly Entry[];
  };
  /** Of the SCIM service; undefined for the embedded directory. */
  readonly scim: readonly Entry[] | undefined;
  readonly secrets: readonly SecretPlace[];
  /** What was taken over from Entra's own provisioning. */
  readonly fromEntra: FromEntra | undefined;
}

/** The text of a first configuration: one directory into the embedded directory or a SCIM service. */
export function firstConfig({ name, state, source, scim, fromEntra }: Answers): string {
  const { section } = source;
  const lines = [
    "# yaml-language-server: $schema=./rollcall.schema.json",
    "# Written by `rollcall init`. `rollcall validate` checks it after every edit.",
    "",
    `state: ${JSON.stringify(state)}`,
    "every: 40m",
    "",
    "sources:",
    `  ${section.name}:`,
    `    type: ${source.type}`,
    ...settings(source.entries),
    "",
    "targets:",
    ...(scim === undefined
      ? ["  directory:", "    type: embedded"]
      : ["  app:", "    type: scim", ...settings(scim)]),
    "",
    "connections:",
    `  ${name}:`,
    `    source: ${section.name}`,
    `    target: ${scim === undefined ? "directory" : "app"}`,
    ...(fromEntra === undefined
      ? beginning(section)
      : [`    mapping: ${mappingName(name)}`, ...fromEntra.connection]),
  ];
  return `${lines.join("\n")}\n`;
}

/** Where the mapping file of a connection is written, from the configuration's folder. */
export function mappingName(connection: string): string {
  return `mappings/${connection}.yaml`;
}

function beginning({ everybody, scope }: SourceSection): readonly string[] {
  return [
    `    # Who is synchronised. Without a rule: ${everybody}.`,
    "    # scope:",
    `    #   users: ${scope.users}`,
    `    #   groups: ${scope.groups}`,
    "    policy:",
    "      existingAccounts: review   # an account that exists already waits for a person's word",
  ];
}

function settings(entries: readonly Entry[]): string[] {
  return entries.map(({ key, yaml }) => `    ${key}: ${yaml}`);
}
