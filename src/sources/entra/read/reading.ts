import type { Clock } from "../../../clock.ts";
import type { Log } from "../../../log.ts";
import type { Kind } from "../../../scim/resource.ts";
import type { Graph } from "../client/graph.ts";
import type { Asked } from "../client/refusal.ts";

/** What every part of a read needs to know. */
export interface Reading {
  readonly graph: Graph;
  readonly tenantId: string;
  /** Properties that are asked for, sorted. */
  readonly select: Readonly<Record<Kind, readonly string[]>>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The least application permissions. https://learn.microsoft.com/graph/permissions-reference */
export const permissions = {
  users: "User.Read.All",
  groups: "GroupMember.Read.All",
  deletedGroups: "Group.Read.All",
  hiddenMembers: "Member.Read.Hidden",
  applications: "Application.Read.All",
  organization: "Organization.Read.All",
} as const;

export const asking: Readonly<Record<Kind, Asked>> = {
  user: { to: "read people and their changes", permission: permissions.users },
  group: { to: "read groups, their members and their changes", permission: permissions.groups },
};

/** "/users", "/groups" */
export function collection(kind: Kind): string {
  return kind === "user" ? "/users" : "/groups";
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isGuid(text: string): boolean {
  return GUID.test(text);
}
