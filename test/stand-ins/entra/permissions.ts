/** Application permissions of which one suffices, the least first; the published tables of each call. */
const DIRECTORY = ["Directory.Read.All", "Directory.ReadWrite.All"] as const;

export const READ_USERS: readonly string[] = ["User.Read.All", "User.ReadWrite.All", ...DIRECTORY];

export const READ_GROUPS: readonly string[] = [
  "GroupMember.Read.All",
  "GroupMember.ReadWrite.All",
  "Group.Read.All",
  "Group.ReadWrite.All",
  ...DIRECTORY,
];

/** Who is in a group, and nothing else of it. */
export const READ_MEMBERS: readonly string[] = ["GroupMember.ReadBasic.All", ...READ_GROUPS];

/** Deleted groups are not for those who may read members only. */
export const READ_DELETED_GROUPS: readonly string[] = ["Group.Read.All", "Group.ReadWrite.All", ...DIRECTORY];

export const READ_APPLICATIONS: readonly string[] = [
  "Application.Read.All",
  "Application.ReadWrite.All",
  ...DIRECTORY,
];

export const READ_ORGANIZATION: readonly string[] = [
  "Organization.Read.All",
  "Organization.ReadWrite.All",
  ...DIRECTORY,
];

/** On top of the right to read groups, for those that hide their members. */
export const READ_HIDDEN_MEMBERS: readonly string[] = ["Member.Read.Hidden"];

const LISTS = [
  READ_USERS,
  READ_MEMBERS,
  READ_DELETED_GROUPS,
  READ_APPLICATIONS,
  READ_ORGANIZATION,
  READ_HIDDEN_MEMBERS,
];

/** All that can be granted here. */
export const PERMISSIONS: ReadonlySet<string> = new Set(LISTS.flat());

export function holdsOne(roles: ReadonlySet<string>, anyOf: readonly string[]): boolean {
  return anyOf.some((permission) => roles.has(permission));
}
