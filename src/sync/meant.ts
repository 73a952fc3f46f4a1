import { ConfigurationError } from "../errors.ts";
import type { Kind } from "../scim/resource.ts";
import { z } from "../zod.ts";
import type { Work } from "./work.ts";

/** Name or id in the configuration -> source id. */
export type Meant = Readonly<Record<string, string>>;

const stored = z.record(z.string(), z.string());

/**
 * Whom the configuration means by these names, each looked up once in the directory: whoever bears the name later is not meant. Throws
 * ConfigurationError for a name that nobody, or more than one, answers to; then nobody was touched.
 */
export async function meantBy(
  work: Work,
  { key, kind, names, setting }: Names & { readonly names: readonly string[] },
): Promise<Meant> {
  const known = storedMeaning(work, key);
  const meant: Record<string, string> = {};
  for (const name of names) meant[name] = known[name] ?? (await look(work, kind, name, setting));
  return meant;
}

/** Call once the read that needed it is finished. */
export function keepMeaning({ store }: Pick<Work, "store">, key: Names["key"], meant: Meant): void {
  store.meta.set(key, JSON.stringify(meant));
}

/** What was meant when it was last looked up. */
export function storedMeaning({ store }: Pick<Work, "store">, key: Names["key"]): Meant {
  const text = store.meta.get(key);
  return text === undefined ? {} : stored.parse(JSON.parse(text));
}

interface Names {
  /** Where the snapshot remembers it. */
  readonly key: "pilot_groups" | "pilot_users" | "linked_groups" | "privileged_groups";
  readonly kind: Kind;
  /** The setting that names them, for the message. */
  readonly setting: string;
}

async function look(work: Work, kind: Kind, name: string, setting: string): Promise<string> {
  const [id, another] = await work.source.find(kind, name, work.signal);
  const what = kind === "group" ? "group" : "person";
  if (id === undefined) {
    throw new ConfigurationError(
      `${setting}: there is no ${what} "${name}" in the directory, or our account may not see it`,
      { hint: "name it as the directory does, or by its id; nobody was touched" },
    );
  }
  if (another !== undefined) {
    throw new ConfigurationError(`${setting}: more than one ${what} of the directory answers to "${name}"`, {
      hint: "name it by its id; nobody was touched",
    });
  }
  return id;
}
