import type { Protect } from "../config/config.ts";
import type { Attributes, Json, Kind, StoredResource } from "../scim/resource.ts";
import type { SourceRecord } from "../sources/source.ts";
import type { WideRow } from "../store/rows.ts";
import type { Work } from "./work.ts";

/** Entries of `protect` by what they say, without regard to case. */
type Entries = Readonly<Record<Kind, ReadonlyMap<string, string>>>;

const known = new WeakMap<Protect, Entries>();

function entriesOf(protect: Protect): Entries {
  const there = known.get(protect);
  if (there !== undefined) return there;
  const byName = (list: readonly string[]) => new Map(list.map((each) => [each.toLowerCase(), each]));
  const made = { user: byName(protect.users), group: byName(protect.groups) };
  known.set(protect, made);
  return made;
}

/** True when there is anything to protect by configuration. */
export function someAreProtected({ users, groups }: Protect): boolean {
  return users.length + groups.length > 0;
}

/**
 * The entry that a person or group answers to by what they are called now, or were called by when the target was written last: ids, login
 * name, e-mail addresses, name of a group; and by what the account holds that was read just now.
 */
export function entryFor(
  { config, store }: Pick<Work, "config" | "store">,
  row: WideRow,
  current?: StoredResource,
): string | undefined {
  const entries = entriesOf(config.protect)[row.kind];
  if (entries.size === 0) return undefined;
  for (const name of namesOf(row, store.people.record(row.id), current)) {
    const entry = entries.get(name.toLowerCase());
    if (entry !== undefined) return entry;
  }
  return undefined;
}

/** The entry that says one of these names. */
export function entryNamed(
  protect: Protect,
  kind: Kind,
  names: readonly (string | null)[],
): string | undefined {
  const entries = entriesOf(protect)[kind];
  return names.map((name) => entries.get((name ?? "").toLowerCase())).find((each) => each !== undefined);
}

function* namesOf(
  row: WideRow,
  record: SourceRecord | undefined,
  current: StoredResource | undefined,
): Iterable<string> {
  yield* strings([row.sourceId, row.targetId, row.matchId, row.label]);
  yield* identifiers(row, row.body);
  yield* identifiers(row, row.appliedBody);
  for (const value of Object.values(record ?? {}))
    for (const each of strings(Array.isArray(value) ? value : [value])) if (each.includes("@")) yield each;
  if (current === undefined) return;
  const { id, userName, externalId, displayName, emails } = current;
  yield* strings([id, userName, externalId, row.kind === "group" ? displayName : null]);
  if (Array.isArray(emails)) for (const each of emails) yield* strings([addressOf(each)]);
}

/** What somebody is known by among the values of the target; a display name only names groups. */
function identifiers({ kind }: WideRow, values: Attributes): readonly string[] {
  const paths = Object.keys(values).filter(
    (path) =>
      path === "userName" ||
      path === "externalId" ||
      path.startsWith("emails") ||
      (path === "displayName" && kind === "group"),
  );
  return strings(paths.map((path) => values[path]));
}

function addressOf(email: Json): Json | undefined {
  if (typeof email !== "object" || email === null) return email;
  return (email as Readonly<Record<string, Json>>)["value"];
}

function strings(values: readonly (Json | undefined)[]): string[] {
  return values.filter((each) => typeof each === "string" && each !== "") as string[];
}
