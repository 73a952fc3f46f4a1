import type { ApiAnswer, ApiRequest } from "./api-request.ts";
import { userFilter, userSearch } from "./dialects.ts";
import { compile } from "./expression.ts";
import { invalidSearch, notFound, validationFailed } from "./okta-error.ts";
import { limitOf, pageOf, type Rows } from "./paging.ts";
import { showUser, userView } from "./show-user.ts";
import type { User } from "./users.ts";

/** `GET /api/v1/users`: a plain list and `q` leave out who is deactivated, `search` and `filter` see them, from the index. */
export function listUsers(request: ApiRequest): ApiAnswer {
  const { query, directory } = request;
  const ways = ["search", "filter", "q"].filter((name) => query.has(name));
  if (ways.length > 1) throw validationFailed(`only one of ${ways.join(" and ")} may be used`);
  if (query.has("sortBy") && !query.has("search")) throw validationFailed("sortBy needs search");
  const view = userView(request.origin, request.headers, query);
  const show = (user: User): unknown => showUser(user, view);
  const q = query.get("q");
  if (q !== null) return { body: matching(request, q).map(show) };
  return pageOf(
    request,
    limitOf(query, { standard: 200, most: 200 }),
    rowsFor(request, directory.users),
    show,
  );
}

/** `GET /api/v1/users/{id}`, by id or by login. */
export function getUser({ origin, headers, query, directory, ids: [id = ""] }: ApiRequest): ApiAnswer {
  const user = directory.users.table.get(id) ?? directory.users.byLogin(id);
  if (user === undefined) throw notFound(id, "User");
  return { body: showUser(user, userView(origin, headers, query, true)) };
}

function rowsFor({ query }: ApiRequest, users: ApiRequest["directory"]["users"]): Rows<User> {
  const [search, filter] = [query.get("search"), query.get("filter")];
  if (search === null && filter === null)
    return (after) => kept(users.table.after(after), ({ status }) => status !== "DEPROVISIONED");
  const fits =
    search === null
      ? compile(filter ?? "", userFilter, readUser)
      : compile(search, userSearch(users.properties), readUser);
  const sortBy = query.get("sortBy");
  if (sortBy === null) return (after) => kept(users.indexed.after(after), fits);
  if (userSearch(users.properties).kindOf(sortBy) === undefined)
    throw invalidSearch(`Unknown property: ${sortBy}.`);
  return sorted(kept(users.indexed.after(undefined), fits), sortBy, query.get("sortOrder"));
}

function matching({ query, directory }: ApiRequest, q: string): User[] {
  const limit = limitOf(query, { standard: 10, most: 200 });
  const start = q.toLowerCase();
  return [...directory.users.table.values()]
    .filter(({ status, profile }) => {
      const names = [profile.firstName, profile.lastName, profile.email];
      return status !== "DEPROVISIONED" && names.some((name) => name.toLowerCase().startsWith(start));
    })
    .slice(0, limit);
}

function readUser(user: User, property: string): unknown {
  if (property.startsWith("profile.")) return user.profile[property.slice("profile.".length)];
  return new Map<string, unknown>(Object.entries(user)).get(property);
}

export function* kept<T>(
  rows: Iterable<readonly [string, T]>,
  fits: (row: T) => boolean,
): Generator<readonly [string, T]> {
  for (const row of rows) if (fits(row[1])) yield row;
}

/** Sorted without regard to case, equals by id; a place is the value and the id, so that what moves is met again or missed. */
function sorted(rows: Iterable<readonly [string, User]>, sortBy: string, order: string | null): Rows<User> {
  const direction = order?.toLowerCase().startsWith("desc") ? -1 : 1;
  const keyOf = (user: User): readonly [string, string] => [
    String(readUser(user, sortBy) ?? "").toLowerCase(),
    user.id,
  ];
  const compare = ([one, id]: readonly [string, string], [other, otherId]: readonly [string, string]) =>
    one === other ? (id < otherId ? -1 : Number(id > otherId)) : one < other ? -direction : direction;
  const all = [...rows]
    .map(([, user]) => ({ key: keyOf(user), user }))
    .sort((one, other) => compare(one.key, other.key));
  return function* (after) {
    const from = after === undefined ? undefined : (JSON.parse(after) as [string, string]);
    for (const { key, user } of all)
      if (from === undefined || compare(key, from) > 0) yield [JSON.stringify(key), user];
  };
}
