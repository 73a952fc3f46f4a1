import type { Company } from "../people.ts";
import { expectedDirectory } from "../people-expected.ts";
import { COMPANY_DN } from "../people-ldif.ts";
import type { DomainController } from "../samba.ts";
import type { Changes } from "./changes.ts";
import type { TargetState } from "./target-state.ts";

/**
 * What a first sync of the company leaves in an empty target. `ids` is sAMAccountName -> objectGUID as the directory has them,
 * by a client that is not ours.
 */
export function expectedState(company: Company, ids: ReadonlyMap<string, string>): TargetState {
  const { users, groups } = expectedDirectory(company);
  const id = (login: string): string => {
    const found = ids.get(login);
    if (found === undefined) throw new Error(`${login} is not in the directory`);
    return found;
  };
  return {
    users: new Map(
      users.map((user) => [
        user.userName,
        {
          ...user.values,
          active: "true",
          externalId: id(user.login),
          ...(user.manager === undefined ? {} : { manager: user.manager }),
        },
      ]),
    ),
    groups: new Map(
      groups.map(({ displayName, members }, index) => [
        displayName,
        { displayName, externalId: id(groupLogin(company.teams[index]?.index)), members: members.join("\n") },
      ]),
    ),
  };
}

function groupLogin(index: number | undefined): string {
  return `g${String(index).padStart(5, "0")}`;
}

/** sAMAccountName -> objectGUID of everything below the company, in the form that Windows prints. */
export async function readIds(dc: DomainController): Promise<ReadonlyMap<string, string>> {
  const client = await dc.adminClient();
  try {
    const { searchEntries } = await client.search(COMPANY_DN, {
      filter: "(sAMAccountName=*)",
      attributes: ["sAMAccountName", "objectGUID"],
      explicitBufferAttributes: ["objectGUID"],
      paged: { pageSize: 500 },
    });
    return new Map(
      searchEntries.map((entry) => [
        String(entry["sAMAccountName"]),
        guidText(entry["objectGUID"] as Buffer),
      ]),
    );
  } finally {
    await client.unbind();
  }
}

/** The first three parts are little-endian (MS-DTYP 2.3.4.2). */
export function guidText(bytes: Buffer): string {
  const hex = (part: Buffer): string => part.toString("hex");
  const turned = (from: number, to: number): string => hex(Buffer.from(bytes.subarray(from, to)).reverse());
  return [
    turned(0, 4),
    turned(4, 6),
    turned(6, 8),
    hex(bytes.subarray(8, 10)),
    hex(bytes.subarray(10, 16)),
  ].join("-");
}

/** What a second sync makes of the first one's result after a day of changes. */
export function afterChanges(
  first: TargetState,
  changes: Changes,
  ids: ReadonlyMap<string, string>,
): TargetState {
  const now = expectedState(changes.after, ids);
  const userName = (login: string): string => {
    const found = [...first.users].find(([, values]) => values["externalId"] === ids.get(login));
    if (found === undefined) throw new Error(`${login} had no account`);
    return found[0];
  };
  const users = new Map(now.users);
  for (const { login } of [...changes.disabled, ...changes.left]) {
    const name = userName(login);
    users.set(name, { ...first.users.get(name), ...users.get(name), active: "false" });
  }
  const deleted = changes.deletedGroup.displayName ?? changes.deletedGroup.cn;
  return { users, groups: new Map(now.groups).set(deleted, first.groups.get(deleted) ?? {}) };
}

/** The same, at a service that wants an e-mail address of everybody and is given the logon name for one. */
export function withMailForAll(state: TargetState): TargetState {
  const path = 'emails[type eq "work"].value';
  const users = [...state.users].map(([name, values]) => {
    const mail = values[path] ?? (name.includes("@") ? name : `${name}@lab.example`);
    return [name, { ...values, [path]: mail }] as const;
  });
  return { ...state, users: new Map(users) };
}
