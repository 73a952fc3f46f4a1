/** Configurations that are wrong, each with the real sources and targets; what `rollcall validate` says of them stands in docs/configuration-errors.md. */

export interface Wrong {
  readonly title: string;
  /** rollcall.yaml */
  readonly yaml: string | Uint8Array;
  /** mapping.yaml beside it. */
  readonly mapping?: string | Uint8Array;
}

const entra = `  entra:
    type: entra
    tenantId: 8a7d2f10-5c3e-4b7a-9f21-6d0e4c1b2a33
    clientId: 1c2b7e54-0f8d-4a61-b3c9-52d6a7e8f901
    clientSecret: { env: ENTRA_SECRET }
`;
const connections = "connections:\n  staff: { source: entra }\n";
const sound = `sources:\n${entra}${connections}`;

/** A sound configuration whose only connection says this besides. */
function connection(settings: string): string {
  return `sources:\n${entra}connections:\n  staff:\n    source: entra\n${settings}`;
}

/** A sound configuration with another source, called hr. */
function source(section: string): string {
  return `sources:\n  hr:\n${section}connections:\n  staff: { source: hr }\n`;
}

/** A sound configuration with this target. */
function target(section: string): string {
  return `sources:\n${entra}targets:\n  app:\n${section}connections:\n  staff: { source: entra, target: app }\n`;
}

/** Rows of a mapping that extends the default. */
function mapping(rows: string): Pick<Wrong, "yaml" | "mapping"> {
  return {
    yaml: connection("    mapping: mapping.yaml\n"),
    mapping: `extends: default\nusers:\n  attributes:\n${rows}`,
  };
}

const scim = "    type: scim\n    baseUrl: https://app.example.com/scim/v2\n    token: { env: APP_TOKEN }\n";

export const wrongConfigurations: Readonly<Record<string, readonly Wrong[]>> = {
  "The file": [
    { title: "an empty file", yaml: "" },
    { title: "only comments", yaml: "# to be written\n" },
    { title: "a list instead of a map", yaml: "- sources\n- connections\n" },
    { title: "a tab as indentation", yaml: "sources:\n\tentra: { type: entra }\n" },
    { title: "a key twice", yaml: `every: 40m\n${sound}every: 1h\n` },
    { title: "a bracket that is not closed", yaml: `${sound}  more: { source: [entra }\n` },
    { title: "a quote that is not closed", yaml: `state: "/var/lib/rollcall\n${sound}` },
    {
      title: "an indentation that fits nowhere",
      yaml: "sources:\n    entra: { type: entra }\n  okta: { type: okta }\n",
    },
    { title: "a key without its colon", yaml: `sources:\n  entra\n    type: entra\n` },
    { title: "two documents", yaml: `${sound}---\n${sound}` },
    { title: "a tag", yaml: `every: !!binary NDBt\n${sound}` },
    {
      title: "a merge key of YAML 1.1",
      yaml: `sources:\n${entra}connections:\n  a: &a { source: entra }\n  b: { <<: *a, every: 1h }\n`,
    },
    { title: "an alias to nothing", yaml: `every: *often\n${sound}` },
    { title: "an alias inside itself", yaml: `every: &a [*a]\n${sound}` },
    { title: "an alias bomb", yaml: bomb() },
    { title: "forty-one levels", yaml: `x: ${"[".repeat(50)}${"]".repeat(50)}\n${sound}` },
    { title: "a key called __proto__", yaml: `__proto__: { admin: true }\n${sound}` },
    { title: "a file of more than 1 MiB", yaml: `#${"x".repeat(1024 * 1024)}\n${sound}` },
    { title: "a file in UTF-16", yaml: Buffer.from(`\ufeff${sound}`, "utf16le") },
    { title: "bytes that are no UTF-8", yaml: Buffer.from(`# Gr\u00fc\u00dfe\n${sound}`, "latin1") },
    { title: "a binary file", yaml: Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 0) },
    {
      title: "Windows line ends, and a mistake on the third line",
      yaml: sound.replace("type: entra", "type: entre").replaceAll("\n", "\r\n"),
    },
  ],
  "Keys and values": [
    {
      title: "misspelt keys at every level",
      yaml: `evry: 40m\n${connection("    scop: {}\n    limits: { deletion: 5% }\n    policy: { groups: { nestd: direct } }\n")}`,
    },
    { title: "a duration without a unit", yaml: `every: 40\n${sound}` },
    {
      title: "a percentage without its sign, and one above everything",
      yaml: connection("    limits: { deactivations: 5, creations: 150% }\n"),
    },
    { title: "a number that is too small", yaml: connection("    limits: { neverHoldBelow: -1 }\n") },
    {
      title: "a word for true that YAML does not know",
      yaml: connection("    policy: { groups: { push: yes } }\n"),
    },
    { title: "one value where a list is meant", yaml: connection("    privilegedGroups: Domain Admins\n") },
    { title: "a list where a map is meant", yaml: connection("    protect: [breakglass@example.com]\n") },
    {
      title: "a word that is none of the choices",
      yaml: connection("    mode: dryrun\n    policy: { whenDisabled: delete }\n"),
    },
    {
      title: "a connection without a source",
      yaml: `sources:\n${entra}connections:\n  staff: { mode: sync }\n`,
    },
    {
      title: "a source that is not there",
      yaml: `sources:\n${entra}connections:\n  staff: { source: entar }\n`,
    },
    {
      title: "a target that is not there",
      yaml: `sources:\n${entra}connections:\n  staff: { source: entra, target: app }\n`,
    },
    {
      title: "a name that cannot be a file",
      yaml: `sources:\n${entra}connections:\n  "../staff": { source: entra }\n`,
    },
    { title: "names that differ in case only", yaml: `${sound}  Staff: { source: entra }\n` },
    {
      title: "a period of grace without the deactivation that it begins with",
      yaml: connection("    policy: { whenDeleted: delete, deleteAfter: 30d }\n"),
    },
    {
      title: "groups and an application at once",
      yaml: connection("    scope: { assigned: { groups: [App-Users], app: 0f3a } }\n"),
    },
    {
      title: "retries that never end well",
      yaml: connection("    retry: { schedule: [6h, 1h], giveUpAfter: 30m }\n"),
    },
  ],
  "Sources and targets": [
    {
      title: "a type that nobody knows",
      yaml: source("    type: activedirectory\n    url: ldaps://dc1.corp.example\n"),
    },
    {
      title: "a secret in the file",
      yaml: source("    type: okta\n    orgUrl: https://example.okta.com\n    token: hunter2\n"),
    },
    {
      title: "a secret under a misspelt key",
      yaml: source("    type: okta\n    orgUrl: https://example.okta.com\n    tokn: hunter2\n"),
    },
    {
      title: "two ways to log in",
      yaml: source(
        "    type: entra\n    tenantId: 8a7d2f10-5c3e-4b7a-9f21-6d0e4c1b2a33\n    clientId: 1c2b7e54-0f8d-4a61-b3c9-52d6a7e8f901\n    clientSecret: { env: A }\n    certificate: { file: app.pem }\n",
      ),
    },
    { title: "no way to log in", yaml: source("    type: okta\n    orgUrl: https://example.okta.com\n") },
    {
      title: "an id that is none",
      yaml: source("    type: entra\n    tenantId: contoso.onmicrosoft.com\n    managedIdentity: true\n"),
    },
    {
      title: "an administrator's address instead of the organisation's",
      yaml: source("    type: okta\n    orgUrl: https://example-admin.okta.com\n    token: { env: A }\n"),
    },
    {
      title: "domain controllers without TLS, and by HTTP",
      yaml: source(
        "    type: active-directory\n    url: [http://dc1, 10.0.0.1]\n    bindDn: CN=x\n    bindPassword: { file: /run/secrets/ad }\n",
      ),
    },
    {
      title: "both a URL and a domain, and a base that is no name",
      yaml: source(
        "    type: active-directory\n    url: ldaps://dc1.corp.example\n    domain: corp.example\n    baseDn: corp.example\n    bindDn: CN=x\n    bindPassword: { file: /run/secrets/ad }\n",
      ),
    },
    { title: "a service without TLS", yaml: target(scim.replace("https://app", "http://app")) },
    {
      title: "an address with a query, and one that is none",
      yaml: target(scim.replace("/scim/v2", "/scim/v2?tenant=1")),
    },
    {
      title: "an unknown profile and a wrong quirk",
      yaml: target(`${scim}    profile: slak\n    quirks: { update: post, membersPerRequest: 0 }\n`),
    },
    {
      title: "a login among the header lines",
      yaml: target(`${scim}    headers: { Authorization: Bearer hunter2 }\n`),
    },
    {
      title: "an environment variable with a name that cannot be one",
      yaml: target(scim.replace("env: APP_TOKEN", 'env: "APP-TOKEN"')),
    },
  ],
  Scope: [
    {
      title: "an expression that ends too early",
      yaml: connection("    scope: { users: 'user.accountEnabled &&' }\n"),
    },
    {
      title: "an attribute that is not there",
      yaml: connection(
        '    scope:\n      users: |\n        user.accountEnabled &&\n          user.departmnt == "IT"\n',
      ),
    },
    { title: "no condition", yaml: connection("    scope: { users: user.department }\n") },
    {
      title: "one equals sign, and words for and",
      yaml: connection(
        "    scope: { users: 'user.department = \"IT\"', groups: 'group.displayName != \"a\" and true' }\n",
      ),
    },
    {
      title: "people where groups are meant",
      yaml: connection("    scope: { groups: user.accountEnabled }\n"),
    },
    {
      title: "a pattern that could take for ever",
      yaml: connection("    scope: { users: 'user.department.matches(\"(?=a)+\")' }\n"),
    },
    { title: "a class that nobody can let in", yaml: connection("    scope: { include: [guest] }\n") },
  ],
  Mappings: [
    { title: "a file that is not there", yaml: connection("    mapping: mappings/staff.yaml\n") },
    { title: "a folder instead of a file", yaml: connection("    mapping: .\n") },
    {
      title: "a mapping that extends another file",
      yaml: connection("    mapping: mapping.yaml\n"),
      mapping: "extends: mapping.yaml\n",
    },
    { title: "a configuration instead of a mapping", yaml: connection("    mapping: rollcall.yaml\n") },
    {
      title: "misspelt functions and attributes",
      ...mapping("    userName: toLower(user.userPrincipalNam)\n    title: user.jobTitel\n"),
    },
    {
      title: "too many arguments, and one of the wrong type",
      ...mapping("    title: trim(user.jobTitle, 1)\n    nickName: lower(user.accountEnabled)\n"),
    },
    { title: "a computed name", ...mapping('    title: user["job" + "Title"]\n') },
    {
      title: "paths that are none",
      ...mapping(
        "    username2: user.mail\n    emails.value: user.mail\n    'emails[type = \"work\"].value': user.mail\n",
      ),
    },
    {
      title: "an attribute that the extension has not",
      ...mapping(
        "    urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:deparment: user.department\n",
      ),
    },
    {
      title: "a row in two forms at once",
      ...mapping("    title: { value: user.jobTitle, constant: x }\n    nickName: { valeu: user.mail }\n"),
    },
    {
      title: "an expression that YAML takes for a map",
      ...mapping('    title: user.accountEnabled ? "on": "off"\n'),
    },
    {
      title: "matching by what no row gives, and by what is written once",
      yaml: connection("    mapping: mapping.yaml\n"),
      mapping:
        "extends: default\nusers:\n  match: [employeeNumber, externalId]\n  attributes:\n    externalId: { value: user.id, write: onCreate }\n",
    },
    {
      title: "without a name for the account",
      yaml: connection("    mapping: mapping.yaml\n"),
      mapping: "extends: default\nusers:\n  attributes:\n    userName: null\n",
    },
    {
      title: "a test that expects something else",
      yaml: connection("    mapping: mapping.yaml\n"),
      mapping:
        "extends: default\ntests:\n  - given: { userPrincipalName: Ann@Example.com, accountEnabled: true }\n    expect: { userName: ann, active: true }\n",
    },
    {
      title: "mistakes in both files at once",
      ...mapping("    title: user.jobTitel\n"),
      yaml: `evry: 40m\n${connection("    mapping: mapping.yaml\n    mode: dryrun\n")}`,
    },
  ],
};

function bomb(): string {
  const levels = Array.from({ length: 12 }, (_, n) =>
    n === 0
      ? "a0: &a0 [x, x, x, x, x, x, x, x, x]"
      : `a${n}: &a${n} [${Array(9)
          .fill(`*a${n - 1}`)
          .join(", ")}]`,
  );
  return `${levels.join("\n")}\n${sound}`;
}
