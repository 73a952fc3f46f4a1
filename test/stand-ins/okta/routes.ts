import { randomUUID } from "node:crypto";
import type { ApiAnswer, ApiRequest } from "./api-request.ts";
import { getApp, getAppUser, listAppGroups, listApps, listAppUsers } from "./list-apps.ts";
import { listEvents } from "./list-events.ts";
import { getGroup, listGroups, listGroupsOfUser, listMembers } from "./list-groups.ts";
import { getUser, listUsers } from "./list-users.ts";
import type { Bucket } from "./rate-limits.ts";

export interface Route {
  readonly bucket: Bucket;
  /** What a caller must be allowed; undefined where nobody has to say who they are. */
  readonly scope: string | undefined;
  readonly answer: (request: ApiRequest) => ApiAnswer;
}

const [users, groups, apps] = ["okta.users.read", "okta.groups.read", "okta.apps.read"];

const table: readonly (Route & { readonly path: string })[] = [
  { path: "/api/v1/users", bucket: "users", scope: users, answer: listUsers },
  { path: "/api/v1/users/{id}", bucket: "user", scope: users, answer: getUser },
  { path: "/api/v1/users/{id}/groups", bucket: "user", scope: users, answer: listGroupsOfUser },
  { path: "/api/v1/groups", bucket: "groups", scope: groups, answer: listGroups },
  { path: "/api/v1/groups/{id}", bucket: "group", scope: groups, answer: getGroup },
  { path: "/api/v1/groups/{id}/users", bucket: "group members", scope: groups, answer: listMembers },
  { path: "/api/v1/apps", bucket: "apps", scope: apps, answer: listApps },
  { path: "/api/v1/apps/{id}", bucket: "apps", scope: apps, answer: getApp },
  { path: "/api/v1/apps/{id}/users", bucket: "apps", scope: apps, answer: listAppUsers },
  { path: "/api/v1/apps/{id}/users/{id}", bucket: "apps", scope: apps, answer: getAppUser },
  { path: "/api/v1/apps/{id}/groups", bucket: "apps", scope: apps, answer: listAppGroups },
  { path: "/api/v1/logs", bucket: "logs", scope: "okta.logs.read", answer: listEvents },
  { path: "/api/v1/org", bucket: "org", scope: "okta.orgs.read", answer: showOrganisation },
  { path: "/.well-known/okta-organization", bucket: "other", scope: undefined, answer: showWellKnown },
];

const routes = table.map((route) => ({
  route,
  pattern: new RegExp(`^${route.path.replaceAll(".", "\\.").replaceAll("{id}", "([^/]+)")}$`),
}));

/** The endpoint of a path, with the ids that stand in it, still encoded. */
export function routeOf(
  path: string,
): { readonly route: Route; readonly ids: readonly string[] } | undefined {
  for (const { route, pattern } of routes) {
    const found = pattern.exec(path);
    if (found !== null) return { route, ids: found.slice(1) };
  }
  return undefined;
}

/** The organisation is as old as its first group. */
function organisationOf({ directory, origin }: ApiRequest): { id: string; created: string; origin: string } {
  const { everyone } = directory.groups;
  const { created } = directory.groups.get(everyone);
  return { id: `00o${everyone.slice(3)}`, created, origin };
}

function showOrganisation(request: ApiRequest): ApiAnswer {
  const { id, created, origin } = organisationOf(request);
  return {
    body: {
      id,
      subdomain: "stand-in",
      companyName: "Stand-in Ltd",
      status: "ACTIVE",
      website: origin,
      created,
      lastUpdated: created,
      expiresAt: null,
      _links: { uploadLogo: { href: `${origin}/api/v1/org/logo`, hints: { allow: ["POST"] } } },
    },
  };
}

function showWellKnown(request: ApiRequest): ApiAnswer {
  const { id, origin } = organisationOf(request);
  const body = {
    id,
    _links: { organization: { href: origin } },
    pipeline: "idx",
    settings: { analyticsCollectionEnabled: false, bugReportingEnabled: true, omEnabled: false },
  };
  return { body };
}

/** What names one request in the answer and to the vendor's support. */
export function requestId(): string {
  return randomUUID().replaceAll("-", "");
}
