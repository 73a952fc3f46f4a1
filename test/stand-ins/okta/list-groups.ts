import type { ApiAnswer, ApiRequest } from "./api-request.ts";
import { groupFilter, groupSearch } from "./dialects.ts";
import { compile } from "./expression.ts";
import type { Group } from "./groups.ts";
import { kept } from "./list-users.ts";
import { notFound, validationFailed } from "./okta-error.ts";
import { limitOf, pageOf } from "./paging.ts";
import { showUser, userView } from "./show-user.ts";

const objectClasses = {
  OKTA_GROUP: "okta:user_group",
  BUILT_IN: "okta:user_group",
  APP_GROUP: "okta:windows_security_principal",
};

/** `GET /api/v1/groups`; `search` and `filter` answer from the index, `q` by the beginning of the name. */
export function listGroups(request: ApiRequest): ApiAnswer {
  const { query, directory } = request;
  const [search, filter, q] = [query.get("search"), query.get("filter"), query.get("q")];
  if ([search, filter, q].filter((way) => way !== null).length > 1)
    throw validationFailed("only one of search, filter and q may be used");
  const limit = limitOf(query, { standard: 10_000, most: 10_000 });
  const by = search === null && filter === null ? "id" : "search";
  const show = (group: Group): unknown => showGroup(group, request, by);
  if (by === "id") {
    const begins = (group: Group): boolean =>
      group.profile.name.toLowerCase().startsWith((q ?? "").toLowerCase());
    return pageOf(request, limit, (after) => kept(directory.groups.table.after(after), begins), show);
  }
  const read = (group: Group, property: string): unknown => {
    if (property === "lastMembershipUpdated") return directory.groups.membershipUpdated(group, "search");
    if (property.startsWith("profile."))
      return property === "profile.name" ? group.profile.name : group.profile.description;
    return new Map<string, unknown>(Object.entries(group)).get(property);
  };
  const fits =
    search === null ? compile(filter ?? "", groupFilter, read) : compile(search, groupSearch, read);
  return pageOf(request, limit, (after) => kept(directory.groups.indexed.after(after), fits), show);
}

export function getGroup(request: ApiRequest): ApiAnswer {
  return { body: showGroup(groupOf(request), request, "id") };
}

/** `GET /api/v1/groups/{id}/users`: whole users, whatever their status; there is no way to ask for changes only. */
export function listMembers(request: ApiRequest): ApiAnswer {
  const { id } = groupOf(request);
  const { query, directory } = request;
  const members = directory.groups.members(id);
  const view = userView(request.origin, request.headers, query);
  const limit = limitOf(query, { standard: 1000, most: 1000 });
  return pageOf(
    request,
    limit,
    (after) => members.after(after),
    (user) => showUser(directory.users.get(user), view),
  );
}

/** `GET /api/v1/users/{id}/groups`, in one piece. */
export function listGroupsOfUser(request: ApiRequest): ApiAnswer {
  const { directory, ids } = request;
  const [id = ""] = ids;
  const user = directory.users.table.get(id) ?? directory.users.byLogin(id);
  if (user === undefined) throw notFound(id, "User");
  return { body: directory.groups.groupsOf(user.id).map((group) => showGroup(group, request, "id")) };
}

function groupOf({ directory, ids: [id = ""] }: ApiRequest): Group {
  const group = directory.groups.table.get(id);
  if (group === undefined) throw notFound(id, "UserGroup");
  return group;
}

function showGroup(group: Group, { origin, query, directory }: ApiRequest, by: "search" | "id"): unknown {
  const { id, created, lastUpdated, type, profile } = group;
  const href = `${origin}/api/v1/groups/${id}`;
  const logo = (name: string) => ({
    name,
    href: `${origin}/img/logos/groups/okta-${name}.png`,
    type: "image/png",
  });
  return {
    id,
    created,
    lastUpdated,
    lastMembershipUpdated: directory.groups.membershipUpdated(group, by),
    objectClass: [objectClasses[type]],
    type,
    profile,
    ...(query.get("expand") === "stats" && {
      _embedded: {
        stats: { usersCount: directory.groups.members(id).size, appsCount: appsOf(directory, id) },
      },
    }),
    _links: {
      logo: [logo("medium"), logo("large")],
      users: { href: `${href}/users` },
      apps: { href: `${href}/apps` },
    },
  };
}

function appsOf({ apps }: ApiRequest["directory"], group: string): number {
  return [...apps.table.values()].filter(({ groups }) => groups.has(group)).length;
}
