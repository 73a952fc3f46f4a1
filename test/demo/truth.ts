/** What the embedded directory has to look like, worked out from the directories alone: no code of the program takes part. */
import type { EntraTenant } from "../stand-ins/entra/tenant.ts";
import type { OktaOrganisation } from "../stand-ins/okta/okta-organisation.ts";
import type { Seen } from "./embedded-directory.ts";

export type Truth = Pick<Seen, "active" | "groups">;

const MAY_LOG_IN = ["ACTIVE", "PASSWORD_EXPIRED", "LOCKED_OUT", "RECOVERY"];

/**
 * Members of the tenant (no guests) whose account is on, and whoever else `keeps` the account for now; groups with the people of the
 * groups inside them.
 */
export function truthOfTenant(tenant: EntraTenant, keeps: readonly string[]): Truth {
  const active = new Map(
    tenant
      .live("user")
      .filter(({ id, properties }) => properties["accountEnabled"] === true || keeps.includes(id))
      .filter(({ properties }) => properties["userType"] === "Member")
      .map(({ id, properties }) => [id, String(properties["userPrincipalName"])]),
  );
  const groups = tenant.live("group").map(({ id, properties }): [string, readonly string[]] => {
    const members = tenant.transitiveMembersOf(id).flatMap((member) => active.get(member.id) ?? []);
    return [String(properties["displayName"]), members.toSorted()];
  });
  return { active: [...active.values()].toSorted(), groups: new Map(groups) };
}

/** People of the organisation who may log in, but those whose name somebody else has; its groups, save "Everyone", which Okta keeps by itself. */
export function truthOfOrganisation({ users, groups }: OktaOrganisation, taken: readonly string[]): Truth {
  const active = new Map(
    [...users.table.values()]
      .filter(({ status, profile }) => MAY_LOG_IN.includes(status) && !taken.includes(profile.login))
      .map(({ id, profile }) => [id, profile.login]),
  );
  const teams = [...groups.table.values()]
    .filter(({ type }) => type !== "BUILT_IN")
    .map(({ id, profile }): [string, readonly string[]] => {
      const members = [...groups.members(id).values()].flatMap((member) => active.get(member) ?? []);
      return [profile.name, members.toSorted()];
    });
  return { active: [...active.values()].toSorted(), groups: new Map(teams) };
}

/** All of them together. */
export function united(truths: readonly Truth[]): Truth {
  return {
    active: truths.flatMap(({ active }) => active).toSorted(),
    groups: new Map(truths.flatMap(({ groups }) => [...groups])),
  };
}

/** What differs, in a sentence; undefined when it is as it has to be. */
export function difference(seen: Truth, expected: Truth): string | undefined {
  const people = apart(seen.active, expected.active);
  if (people !== undefined) return `people who may log in: ${people}`;
  const names = apart([...seen.groups.keys()].toSorted(), [...expected.groups.keys()].toSorted());
  if (names !== undefined) return `groups: ${names}`;
  for (const [name, members] of expected.groups) {
    const wrong = apart(seen.groups.get(name) ?? [], members);
    if (wrong !== undefined) return `members of ${name}: ${wrong}`;
  }
  return undefined;
}

function apart(seen: readonly string[], expected: readonly string[]): string | undefined {
  if (seen.length === expected.length && seen.every((one, index) => one === expected[index]))
    return undefined;
  const [tooMany, missing] = [without(seen, expected), without(expected, seen)];
  return `${seen.length} instead of ${expected.length}, too many: ${few(tooMany)}, missing: ${few(missing)}`;
}

function without(some: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return some.filter((one) => !known.has(one));
}

function few(names: readonly string[]): string {
  return names.length === 0 ? "nobody" : names.slice(0, 5).join(", ");
}
