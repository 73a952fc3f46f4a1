/** Secrets: named in the YAML by where they are kept, read when used, printed nowhere. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { ConfigurationError } from "./errors.ts";
import { piecesOf } from "./secret-pieces.ts";
import { z } from "./zod.ts";

/**
 * `{ env: NAME }`, `{ file: /path }` (refused when others can read it), `{ credential: name }` (systemd LoadCredential), each with the day on
 * which it ends where somebody wrote that down.
 */
export type SecretPlace = (
  | { readonly env: string }
  | { readonly file: string }
  | { readonly credential: string }
) & { readonly expires?: string | undefined };

/** One place, or several whose values are tried in this order: the new one, then the old one. */
export type SecretReference = SecretPlace | readonly SecretPlace[];

const SECRET_EXPECTED = "expected { env: NAME }, { file: /path } or { credential: name }";
const NAME_EXPECTED = "expected the name of an environment variable";
const PATH_EXPECTED = "expected the path of a file";
const CREDENTIAL_EXPECTED = "expected the name of a systemd credential";
const EXPIRES_EXPECTED = "expected the day on which the secret ends, such as 2027-01-31";

/** True for messages of `secretReference`: what stands there instead may be the secret itself, and is never shown. */
export function speaksOfSecret(message: string): boolean {
  return [SECRET_EXPECTED, NAME_EXPECTED, PATH_EXPECTED, CREDENTIAL_EXPECTED, EXPIRES_EXPECTED].includes(
    message,
  );
}

const environmentName = z
  .string({ error: NAME_EXPECTED })
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: NAME_EXPECTED })
  .describe("Name of an environment variable that holds the secret.");
const filePath = z
  .string({ error: PATH_EXPECTED })
  .min(1, { error: PATH_EXPECTED })
  .refine((path) => !path.includes("\0"), { error: PATH_EXPECTED })
  .describe("File that holds the secret; its owner alone may read it (chmod 600).");
const credentialName = z
  .string({ error: CREDENTIAL_EXPECTED })
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,255}$/, { error: CREDENTIAL_EXPECTED })
  .describe("Name given in the unit's LoadCredential= or LoadCredentialEncrypted= (systemd).");

/** The day begins with the end: a warning that comes a few hours early is better than one that comes late. */
const expires = z
  .string({ error: EXPIRES_EXPECTED })
  .refine((day) => /^\d{4}-\d{2}-\d{2}$/.test(day) && dayStart(day) !== undefined, {
    error: EXPIRES_EXPECTED,
  })
  .optional()
  .describe("Day on which the secret ends (2027-01-31): said 30, 7 and 1 days before.");

const places = [
  z.strictObject({ env: environmentName, expires }),
  z.strictObject({ file: filePath, expires }),
  z.strictObject({ credential: credentialName, expires }),
] as const;

/** Where a secret is kept, in the YAML. A literal is refused: the message says how to write it, and never shows it. */
export const secretReference: z.ZodType<SecretReference> = z.union(
  [
    ...places,
    z
      .array(z.union(places, { error: SECRET_EXPECTED }))
      .min(1)
      .max(4),
  ],
  { error: SECRET_EXPECTED },
);

/** Midnight UTC with which a day begins; undefined for what is no day of the calendar. */
export function dayStart(day: string): number | undefined {
  const at = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day ? undefined : at;
}

/** A secret value. Every way of printing it gives "[redacted]"; `reveal()` is the only way to the text. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  /**
   * Whether a text repeats it, whole or a piece of eight characters, as it is or escaped for a URL, in hex or base64. What a server answers to a
   * login may do so, and is looked at before it is shown.
   */
  isRepeatedIn(text: string): boolean {
    const low = text.toLowerCase();
    return piecesOf(this.#text).some((piece) => low.includes(piece.toLowerCase()));
  }

  toString(): string {
    return "[redacted]";
  }

  toJSON(): string {
    return "[redacted]";
  }

  [inspect.custom](): string {
    return "[redacted]";
  }
}

/** Larger than any key or token in use; a wrong path must not pull a disk image into memory. */
const LARGEST_BYTES = 64 * 1024;

/**
 * Reads a secret now, of a list the first that can be read. `what` names its place for the message ("sources.ad.bindPassword").
 * One line ending at the end is cut (editors and `echo` put it there); everything else is taken as it is.
 * Throws ConfigurationError, which never holds any part of the value.
 */
export function readSecret(
  reference: SecretReference,
  what: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Secret {
  const [first] = readSecrets(reference, what, environment);
  if (first === undefined) throw new ConfigurationError(`${what}: the list of secrets is empty`);
  return first;
}

/**
 * Reads every value of a secret now, in order, each once. While one can be read, another that is not there yet, or not any more, is in nobody's
 * way.
 */
export function readSecrets(
  reference: SecretReference,
  what: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): readonly Secret[] {
  const found = new Map<string, Secret>();
  let problem: unknown;
  for (const place of placesOf(reference)) {
    try {
      const secret = readOne(place, what, environment);
      if (!found.has(secret.reveal())) found.set(secret.reveal(), secret);
    } catch (error) {
      problem ??= error;
    }
  }
  if (found.size === 0 && problem !== undefined) throw problem;
  return [...found.values()];
}

/** The places of a secret, one or several. */
export function placesOf(reference: SecretReference): readonly SecretPlace[] {
  return isList(reference) ? reference : [reference];
}

function isList(reference: SecretReference): reference is readonly SecretPlace[] {
  return Array.isArray(reference);
}

function readOne(
  reference: SecretPlace,
  what: string,
  environment: Readonly<Record<string, string | undefined>>,
): Secret {
  const text = readText(reference, what, environment).replace(/\r?\n$/, "");
  if (text.trim() === "") {
    throw new ConfigurationError(`${what}: the secret in ${place(reference)} is empty`, {
      hint: "put the secret there, or correct the reference",
    });
  }
  if (text.includes("\0")) {
    throw new ConfigurationError(`${what}: the secret in ${place(reference)} holds a NUL byte`, {
      hint: "is it a text file in UTF-8?",
    });
  }
  return new Secret(text);
}

function place(reference: SecretPlace): string {
  if ("env" in reference) return `the environment variable ${reference.env}`;
  if ("file" in reference) return `the file ${reference.file}`;
  return `the credential "${reference.credential}"`;
}

function readText(
  reference: SecretPlace,
  what: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if ("env" in reference) {
    const text = environment[reference.env];
    if (text === undefined) {
      throw new ConfigurationError(`${what}: the environment variable ${reference.env} is not set`, {
        hint: `set ${reference.env} for the service, or use { file: /path } or { credential: name }`,
      });
    }
    return text;
  }
  if ("file" in reference) return readFile(reference.file, what, 0o077);
  const folder = environment.CREDENTIALS_DIRECTORY;
  if (folder === undefined || folder === "") {
    throw new ConfigurationError(
      `${what}: the credential "${reference.credential}" was asked for, but CREDENTIALS_DIRECTORY is not set`,
      { hint: `add LoadCredential=${reference.credential}:/path to the systemd unit`, lacksCredential: true },
    );
  }
  // systemd grants the service access by an ACL, whose mask shows as the group's bits: only the bits of others count here.
  return readFile(join(folder, reference.credential), what, 0o007);
}

function readFile(file: string, what: string, forbiddenMode: number): string {
  let handle: number;
  try {
    // Checked by handle and not by path, so that nobody swaps the file in between; a pipe must not make us wait.
    handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new ConfigurationError(`${what}: the secret's file ${file} cannot be opened: ${reason(error)}`, {
      cause: error,
      hint: "correct the path, or let the service's user read the file",
    });
  }
  try {
    refuseUnsafe(fstatSync(handle), file, what, forbiddenMode);
    return readAll(handle, file, what);
  } finally {
    closeSync(handle);
  }
}

function refuseUnsafe(stats: Stats, file: string, what: string, forbiddenMode: number): void {
  if (!stats.isFile()) {
    throw new ConfigurationError(`${what}: ${file} is not a regular file`, { hint: "name a file" });
  }
  if ((stats.mode & forbiddenMode & ~grantedMode(stats)) !== 0) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, "0");
    throw new ConfigurationError(`${what}: others can read the secret's file ${file} (mode ${mode})`, {
      hint: `chmod 600 ${file}`,
    });
  }
  const self = process.geteuid?.();
  if (self !== undefined && stats.uid !== self && stats.uid !== 0) {
    throw new ConfigurationError(
      `${what}: the secret's file ${file} belongs to user id ${stats.uid}, who is neither root nor the service's user (${self})`,
      { hint: `chown ${self} ${file}` },
    );
  }
}

/**
 * Root may let a group of ours read the file, and only read it: that is how a cluster hands a secret to a user who is not root.
 * https://kubernetes.io/docs/tasks/configure-pod-container/security-context/ (fsGroup)
 */
function grantedMode(stats: Stats): number {
  if (stats.uid !== 0 || process.geteuid?.() === 0) return 0;
  return process.getgroups?.().includes(stats.gid) === true ? 0o040 : 0;
}

function readAll(handle: number, file: string, what: string): string {
  const buffer = Buffer.alloc(LARGEST_BYTES + 1);
  let length = 0;
  let read = 0;
  do {
    read = readSync(handle, buffer, length, buffer.length - length, null);
    length += read;
  } while (read > 0 && length < buffer.length);
  if (length > LARGEST_BYTES) {
    throw new ConfigurationError(`${what}: the secret's file ${file} is larger than 64 KiB`, {
      hint: "is it the right file?",
    });
  }
  return buffer.toString("utf8", 0, length);
}

function reason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "it does not exist";
  if (code === "EACCES") return "permission denied";
  return String(code ?? "unknown reason");
}
