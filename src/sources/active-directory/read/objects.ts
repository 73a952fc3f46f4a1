/** People, groups and containers as entries: which they are, and what they become as changes. */
import { AndFilter, EqualityFilter, type Filter, GreaterThanEqualsFilter, OrFilter } from "ldapts";
import { ConnectionError } from "../../../errors.ts";
import type { Kind } from "../../../scim/resource.ts";
import type { Change } from "../../source.ts";
import type { Entry } from "../client/entry.ts";
import { ownName, parseExtendedDn } from "./dn.ts";
import { guidOf } from "./guid.ts";
import type { Reading } from "./reading.ts";
import { type Field, readRecord } from "./record.ts";

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

const kinds: ReadonlyMap<string, ObjectKind> = new Map(
  (["container", "user", "group"] as const).flatMap((kind) =>
    classes[kind].map((name) => [name.toLowerCase(), kind] as const),
  ),
);

/** What is a group and something else besides is a group; a user before a container. */
export function kindOf(entry: Entry): ObjectKind | undefined {
  let found: ObjectKind | undefined;
  const values = entry.get("objectclass");
  for (let index = 0; index < (values?.count ?? 0); index++) {
    const kind = kinds.get(values?.text(index)?.toLowerCase() ?? "");
    if (kind === "group") return kind;
    if (kind === "user" || found === undefined) found = kind ?? found;
  }
  return found;
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
  const id = guidOf(entry.get("objectguid")?.bytes(0)) ?? guid;
  if (id === undefined)
    throw new ConnectionError(`${reading.session.host} sent an object without objectGUID`);
  const deleted = entry.text("isdeleted")?.toUpperCase() === "TRUE";
  return { id, dn, deleted, within: !deleted && reading.below.has(dn) };
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
  if (kind === "user" && !set.some(([name]) => name === "userAccountControl")) {
    throw new ConnectionError(
      `${reading.bindDn} may not read userAccountControl, without which disabled people look enabled`,
      { hint: 'grant the account "Read Account Restrictions" on user objects below the base DN' },
    );
  }
  const record = Object.fromEntries([
    ...set,
    ...namedBy(reading, kind, dn),
    ["objectGUID", id],
    ["distinguishedName", dn],
  ] satisfies Field[]);
  const rid = entry.text("primarygroupid");
  const found = { type: "present", kind, id, record } as const;
  if (kind === "group") return found;
  const memberOf = rid === undefined ? [] : await reading.primaryGroups.of(rid, signal);
  // A copy, and no second literal: what a literal makes is taken for long-lived by V8, because it outlives a page, and then keeps its record.
  return { ...found, memberOf };
}

/** `cn` and `name` are what the DN begins with; not every answer repeats them. */
export function namedBy(reading: Reading, kind: Kind, dn: string): readonly Field[] {
  const own = ownName(dn);
  if (own === undefined) return [];
  const selection = reading.select[kind];
  return [selection.get("cn"), selection.get("name")].flatMap((selected) =>
    selected === undefined ? [] : [[selected.name, own] as const],
  );
}

function greaterThan(usn: bigint): Filter {
  return new GreaterThanEqualsFilter({ attribute: "uSNChanged", value: String(usn + 1n) });
}
