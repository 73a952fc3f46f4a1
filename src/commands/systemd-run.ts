/** The line that runs a command as the service would: with its user, its state folder and its credentials. */
import { execFileSync } from "node:child_process";

/** What is known without the unit. */
export interface Service {
  /** Names of the credentials that the configuration refers to. */
  readonly credentials: readonly string[];
  readonly state: string;
}

/** Properties of the unit that a command needs as well. Values of Environment= and SetCredential= may be secrets, and are left out. */
const wanted = [
  ...["User", "Group", "DynamicUser", "SupplementaryGroups", "StateDirectory", "StateDirectoryMode"],
  ...["LoadCredential", "LoadCredentialEncrypted", "EnvironmentFile", "UMask"],
];
/** Each line of them adds one; an empty one begins anew. */
const lists = ["LoadCredential", "LoadCredentialEncrypted", "EnvironmentFile", "SupplementaryGroups"];

/** systemctl must not hang us, ms. */
const patienceMs = 3_000;

/** The unit with its drop-ins; undefined where there is no systemd, or no such unit. */
export function installedUnit(): string | undefined {
  try {
    return execFileSync("systemctl", ["cat", "--no-pager", "rollcall"], {
      encoding: "utf8",
      timeout: patienceMs,
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return undefined;
  }
}

/** Ready to paste into a shell, as root: `argv` without program and script. */
export function systemdRun(
  argv: readonly string[],
  unit: string | undefined,
  service: Service,
  { isRoot, program }: { readonly isRoot: boolean; readonly program: string },
): string {
  const parsed = unit === undefined ? undefined : propertiesOf(unit);
  const properties = parsed?.properties ?? guessed(service);
  const words = [
    ...(isRoot ? [] : ["sudo"]),
    ...["systemd-run", "--quiet", "--collect", "--wait", "--pty", "--pipe", "--same-dir"],
    ...properties.flatMap(([name, value]) => ["-p", `${name}=${value}`]),
    ...["--", parsed?.program ?? program, ...argv],
  ];
  return words.map(quoted).join(" ");
}

/** For a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@.+:%/=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

type Property = readonly [name: string, value: string];

function propertiesOf(unit: string): {
  readonly properties: readonly Property[];
  readonly program: string | undefined;
} {
  let section = "";
  let program: string | undefined;
  const found = new Map<string, string[]>();
  for (const line of unit
    .replace(/\\\n/g, " ")
    .split("\n")
    .map((each) => each.trim())) {
    if (/^[#;]/.test(line)) continue;
    if (/^\[.*\]$/.test(line)) section = line;
    const [, name = "", value = ""] = /^([A-Za-z]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (section !== "[Service]") continue;
    if (name === "ExecStart" && value !== "") program = value.replace(/^[-@:+!]+/, "").split(/\s/)[0];
    if (!wanted.includes(name)) continue;
    const before = lists.includes(name) && value !== "" ? (found.get(name) ?? []) : [];
    found.set(name, value === "" ? [] : [...before, expanded(value)]);
  }
  const properties = [...found].flatMap(([name, values]) => values.map((value): Property => [name, value]));
  return { properties, program };
}

/** Specifiers of systemd.unit(5) that are the same for every unit of the system; transient units do not expand them. */
const specifiers: Readonly<Record<string, string>> = {
  "%%": "%",
  "%t": "/run",
  "%S": "/var/lib",
  "%E": "/etc",
  "%C": "/var/cache",
  "%L": "/var/log",
  "%n": "rollcall.service",
  "%N": "rollcall",
};

function expanded(value: string): string {
  return value.replace(/%./g, (specifier) => specifiers[specifier] ?? specifier);
}

/** As the unit of the package has it, with the credentials where the manual puts them. */
function guessed({ credentials, state }: Service): readonly Property[] {
  const name = /^\/var\/lib\/([^/]+)$/.exec(state)?.[1];
  return [
    ["DynamicUser", "yes"],
    ["User", "rollcall"],
    ...(name === undefined ? [] : [["StateDirectory", name] as const]),
    ...credentials.map((each) => ["LoadCredential", `${each}:/etc/rollcall/credentials/${each}`] as const),
  ];
}
