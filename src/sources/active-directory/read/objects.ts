/** People, groups and containers as entries: which they are, and what they become as changes. */
import { AndFilter, EqualityFilter, type Filter, GreaterThanEqualsFilter, OrFilter } from "ldapts";
import { ConnectionError } from "../../../errors.ts";
import type { Json, Kind } from "../../../scim/resource.ts";
import type { Change } from "../../source.ts";
import { type Entry, textOf, textsOf } from "../client/entry.ts";
import { type Dn, isWithin, ownName, parseDn, parseExtendedDn } from "./dn.ts";
import { guidOf } from "./guid.ts";
import type { Reading } from "./reading.ts";
import { readRecord } from "./record.ts";

export type ObjectKind = Kind | "container";

const classes: Readonly<Record<ObjectKind, readonly string[]>> = {
  user: ["user"],
  group: ["group"],
  container: ["organizationalUnit", "container", "builtinDomain", "domainDNS", "lostAndFound"],
};

/**
 * By objectClass and never by objectCategory, which tombstones lose. Computers are users here: whether they are in scope is
 * decided later, by `view`.
 */
export function filterFor(...kinds: readonly ObjectKind[]): Filter {
  const filters = kinds
    .flatMap((kind) => classes[kind])
    .map((value) => new EqualityFilter({ attribute: "objectClass", value }));
  return new OrFilter({ filters });
}

/** Tombstones of people and groups since `usn`. */
export function deletedSince(usn: bigint): Filter {
  return new AndFilter({
    filters: [
      changedSince(usn, "user", "group"),
      new EqualityFilter({ attribute: "isDeleted", value: "TRUE" }),
    ],
  });
}

/** `uSNChanged` above `usn`, of anything that is read. */
export function changedSince(usn: bigint, ...kinds: readonly ObjectKind[]): Filter {
  return new AndFilter({ filters: [filterFor(...kinds), greaterThan(usn)] });
}

export function kindOf(entry: Entry): ObjectKind | undefined {
  const has = new Set(textsOf(entry, "objectClass").map((name) => name.toLowerCase()));
  if (has.has("group")) return "group";
  if (has.has("user")) return "user";
  return classes.container.some((name) => has.has(name.toLowerCase())) ? "container" : undefined;
}

export interface Identified {
  readonly id: string;
  /** Plain, as the server spells it. */
  readonly dn: string;
  readonly within: boolean;
  readonly deleted: boolean;
}

/** Which object an entry is about. The GUID is read from the attribute, which every answer has, else from the extended DN. */
export function identify(reading: Reading, entry: Entry): Identified {
  const { guid, dn } = parseExtendedDn(entry.name);
  const id = guidOf(entry.values.get("objectguid")?.[0]) ?? guid;
  if (id === undefined)
    throw new ConnectionError(`${reading.session.host} sent an object without objectGUID`);
  const deleted = textOf(entry, "isDeleted")?.toUpperCase() === "TRUE";
  return { id, dn, deleted, within: !deleted && isWithin(namesOf(dn), reading.base) };
}

/** The whole record, from an entry that has everything. */
export async function present(
  reading: Reading,
  kind: Kind,
  entry: Entry,
  { id, dn }: Identified,
  signal: AbortSignal,
): Promise<Change> {
  const { set } = readRecord(entry, reading.select[kind], reading.log, "whole");
  if (kind === "user" && set["userAccountControl"] === undefined) {
    throw new ConnectionError(
      `${reading.bindDn} may not read userAccountControl, without which disabled people look enabled`,
      { hint: 'grant the account "Read Account Restrictions" on user objects below the base DN' },
    );
  }
  const record = { ...set, ...namedBy(reading, kind, dn), objectGUID: id, distinguishedName: dn };
  const rid = textOf(entry, "primaryGroupID");
  if (kind === "group") return { type: "present", kind, id, record };
  const memberOf = rid === undefined ? [] : await reading.primaryGroups.of(rid, signal);
  return { type: "present", kind, id, record, memberOf };
}

/** `cn` and `name` are what the DN begins with; not every answer repeats them. */
export function namedBy(reading: Reading, kind: Kind, dn: string): Readonly<Record<string, Json>> {
  const own = ownName(dn);
  if (own === undefined) return {};
  const selected = ["cn", "name"].flatMap((key) => reading.select[kind].get(key)?.name ?? []);
  return Object.fromEntries(selected.map((name) => [name, own]));
}

function namesOf(dn: string): Dn {
  return parseDn(dn) ?? [];
}

function greaterThan(usn: bigint): Filter {
  return new GreaterThanEqualsFilter({ attribute: "uSNChanged", value: String(usn + 1n) });
}
