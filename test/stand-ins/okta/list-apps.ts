import type { ApiAnswer, ApiRequest } from "./api-request.ts";
import type { App, AppUser } from "./apps.ts";
import { notFound } from "./okta-error.ts";
import { limitOf, pageOf } from "./paging.ts";
import { showUser, userView } from "./show-user.ts";

export function listApps(request: ApiRequest): ApiAnswer {
  const { query, directory, origin } = request;
  const limit = limitOf(query, { standard: 20, most: 200 });
  return pageOf(
    request,
    limit,
    (after) => directory.apps.table.after(after),
    (app) => showApp(app, origin),
  );
}

export function getApp(request: ApiRequest): ApiAnswer {
  return { body: showApp(appOf(request), request.origin) };
}

/** `GET /api/v1/apps/{id}/users`: who has it directly or through a group; no filter by time. */
export function listAppUsers(request: ApiRequest): ApiAnswer {
  const app = appOf(request);
  const limit = limitOf(request.query, { standard: 50, most: 500 });
  return pageOf(
    request,
    limit,
    (after) => app.people.after(after),
    (person) => showAppUser(app, person, request),
  );
}

export function getAppUser(request: ApiRequest): ApiAnswer {
  const app = appOf(request);
  const [, user = ""] = request.ids;
  const person = app.people.get(user);
  if (person === undefined) throw notFound(user, "AppUser");
  return { body: showAppUser(app, person, request) };
}

/** `GET /api/v1/apps/{id}/groups`: at least 20 a page. */
export function listAppGroups(request: ApiRequest): ApiAnswer {
  const app = appOf(request);
  const { origin } = request;
  const limit = limitOf(request.query, { standard: 20, least: 20, most: 200 });
  const href = `${origin}/api/v1/apps/${app.id}`;
  return pageOf(
    request,
    limit,
    (after) => app.groups.after(after),
    ({ id, since }) => ({
      id,
      lastUpdated: since,
      priority: [...app.groups.keys()].indexOf(id),
      profile: {},
      _links: {
        app: { href },
        self: { href: `${href}/groups/${id}` },
        group: { href: `${origin}/api/v1/groups/${id}` },
      },
    }),
  );
}

function appOf({ directory, ids: [id = ""] }: ApiRequest): App {
  const app = directory.apps.table.get(id);
  if (app === undefined) throw notFound(id, "AppInstance");
  return app;
}

function showApp({ id, label, created }: App, origin: string): unknown {
  return {
    id,
    name: "oidc_client",
    label,
    status: "ACTIVE",
    lastUpdated: created,
    created,
    signOnMode: "OPENID_CONNECT",
    _links: {
      users: { href: `${origin}/api/v1/apps/${id}/users` },
      groups: { href: `${origin}/api/v1/apps/${id}/groups` },
    },
  };
}

function showAppUser(
  app: App,
  { id, since, scope }: AppUser,
  { origin, headers, query, directory }: ApiRequest,
): unknown {
  const user = directory.users.get(id);
  return {
    id,
    externalId: null,
    created: since,
    lastUpdated: since,
    scope,
    status: "ACTIVE",
    statusChanged: since,
    passwordChanged: null,
    syncState: "DISABLED",
    credentials: { userName: user.profile.login },
    profile: { email: user.profile.email },
    _links: {
      app: { href: `${origin}/api/v1/apps/${app.id}` },
      user: { href: `${origin}/api/v1/users/${id}` },
    },
    ...(query.get("expand") === "user" && {
      _embedded: { user: showUser(user, userView(origin, headers, new URLSearchParams(), true)) },
    }),
  };
}
