/** Where a secret is kept. */
export type SecretPlace = { readonly file: string } | { readonly env: string };

/** What a first configuration is made of. */
export interface Answers {
  readonly name: string;
  readonly state: string;
  readonly urls: readonly string[];
  readonly domain: string | undefined;
  readonly baseDn: string | undefined;
  readonly bindDn: string;
  readonly bindPassword: SecretPlace;
  readonly caFile: string | undefined;
  readonly scim: { readonly baseUrl: string; readonly token: SecretPlace } | undefined;
  readonly secrets: readonly SecretPlace[];
}

/** The text of a first configuration: Active Directory into the embedded directory or a SCIM service. Texts are quoted as JSON, which is YAML. */
export function firstConfig(answers: Answers): string {
  const { name, state, urls, domain, baseDn, bindDn, bindPassword, caFile, scim } = answers;
  const quoted = (text: string) => JSON.stringify(text);
  const lines = [
    "# yaml-language-server: $schema=./rollcall.schema.json",
    "# Written by `rollcall init`. `rollcall validate` checks it after every edit.",
    "",
    `state: ${quoted(state)}`,
    "every: 40m",
    "",
    "sources:",
    "  ad:",
    "    type: active-directory",
    ...(domain === undefined
      ? [`    url: [${urls.map(quoted).join(", ")}]`]
      : [`    domain: ${quoted(domain)}`]),
    ...(baseDn === undefined ? [] : [`    baseDn: ${quoted(baseDn)}`]),
    `    bindDn: ${quoted(bindDn)}`,
    `    bindPassword: ${place(bindPassword)}`,
    ...(caFile === undefined ? [] : [`    ca: { file: ${quoted(caFile)} }`]),
    "",
    "targets:",
    ...(scim === undefined
      ? ["  directory:", "    type: embedded"]
      : [
          "  app:",
          "    type: scim",
          `    baseUrl: ${quoted(scim.baseUrl)}`,
          `    token: ${place(scim.token)}`,
        ]),
    "",
    "connections:",
    `  ${name}:`,
    "    source: ad",
    `    target: ${scim === undefined ? "directory" : "app"}`,
    "    # Who is synchronised. Without a rule: every person, but no computers and no built-in accounts.",
    "    # scope:",
    '    #   users: user.department in ["Sales", "IT"]',
    '    #   groups: group.cn.startsWith("app-")',
    "    policy:",
    "      existingAccounts: review   # an account that exists already waits for a person's word",
  ];
  return `${lines.join("\n")}\n`;
}

function place(secret: SecretPlace): string {
  return "file" in secret
    ? `{ file: ${JSON.stringify(secret.file)} }`
    : `{ env: ${JSON.stringify(secret.env)} }`;
}
