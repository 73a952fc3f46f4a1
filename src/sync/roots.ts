import { ConfigurationError, ConnectionError } from "../errors.ts";
import type { Roots } from "../store/assignments.ts";
import { z } from "../zod.ts";
import type { Work } from "./work.ts";

/** Whom a connection is limited to, with the names by which the configuration calls groups. */
interface NamedRoots extends Roots {
  /** Name or id in the configuration -> the group's source id; undefined for an application. */
  readonly groups?: Readonly<Record<string, string>>;
}

const meant = z.record(z.string(), z.string());

/**
 * Whom the connection is limited to; asked for before anything is read: a group or application that is not there must remove nobody. The
 * name of a group is looked up once: whoever gives that name to another group later lets nobody in.
 */
export async function rootsOf(work: Work): Promise<NamedRoots | undefined> {
  const { assigned } = work.config.scope;
  if (assigned === undefined) return undefined;
  if ("app" in assigned) {
    const ids = await work.source.assigned(assigned, work.signal);
    if (ids.length === 0) throw nobodyAssigned(work, assigned.app);
    return { ids, transitive: false };
  }
  const known = new Map(Object.entries(storedGroups(work)));
  const unknown = assigned.groups.filter((name) => !known.has(name));
  const found = unknown.length === 0 ? [] : await work.source.assigned({ groups: unknown }, work.signal);
  for (const [at, name] of unknown.entries()) {
    const id = found[at];
    if (id !== undefined) known.set(name, id);
  }
  const groups = Object.fromEntries([...known].filter(([name]) => assigned.groups.includes(name)));
  return { ids: Object.values(groups), transitive: assigned.transitive, groups };
}

/** Call before the read is finished. Throws when a group that is meant is not among what was read: then nobody may leave because of it. */
export function checkRoots(work: Work, { groups = {} }: NamedRoots): void {
  for (const [name, id] of Object.entries(groups)) {
    if (work.store.isPresent(id)) continue;
    throw new ConfigurationError(
      `scope.assigned: the group "${name}" (${id}) is not in the directory any more, or our account may not see it`,
      { hint: "restore it, or name the group that is meant now by its id; nobody was touched" },
    );
  }
}

/** Call once the read is finished: from now on these groups are meant by these names. */
export function keepRoots({ store }: Work, { groups }: NamedRoots): void {
  if (groups !== undefined) store.meta.set("assigned_groups", JSON.stringify(groups));
}

function storedGroups({ store }: Work): Readonly<Record<string, string>> {
  const text = store.meta.get("assigned_groups");
  return text === undefined ? {} : meant.parse(JSON.parse(text));
}

function nobodyAssigned({ config }: Work, app: string): ConnectionError {
  return new ConnectionError(
    `${config.name}: nobody is assigned to the application ${app}, or nobody is shown to us`,
    {
      hint: "assign somebody, or look whether the account that reads lost a right; nobody was touched",
    },
  );
}
