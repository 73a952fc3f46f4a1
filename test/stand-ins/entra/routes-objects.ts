import { type Answer, badRequest, denied, json, notFound } from "./answer.ts";
import { type Entity, property, reference, view } from "./entity.ts";
import { type Filter, parseFilter } from "./filter.ts";
import { type Call, listed, type Route } from "./graph-call.ts";
import {
  holdsOne,
  READ_DELETED_GROUPS,
  READ_GROUPS,
  READ_HIDDEN_MEMBERS,
  READ_MEMBERS,
  READ_USERS,
} from "./permissions.ts";
import { COLLECTIONS, DEFAULTS, type Kind } from "./schema.ts";
import { isAdvanced, onlyOptions, selected, unknownProperty } from "./select.ts";
import type { Properties } from "./value.ts";

const LIST_OPTIONS = ["$select", "$filter", "$top", "$count", "$skiptoken"];
const CAST = "(?:/microsoft\\.graph\\.(user|group|device|servicePrincipal|orgContact))?";

/** People, groups and their relationships by id, and the lists of them. */
export const OBJECT_ROUTES: readonly Route[] = [
  { pattern: /^\/users$/, anyOf: READ_USERS, units: 2, answer: (call) => collection(call, "user") },
  { pattern: /^\/groups$/, anyOf: READ_GROUPS, units: 3, answer: (call) => collection(call, "group") },
  { pattern: /^\/users\/\$count$/, anyOf: READ_USERS, units: 2, answer: (call) => count(call, "user") },
  { pattern: /^\/groups\/\$count$/, anyOf: READ_GROUPS, units: 2, answer: (call) => count(call, "group") },
  { pattern: /^\/users\/([^/]+)$/, anyOf: READ_USERS, units: 1, answer: oneUser },
  { pattern: /^\/groups\/([^/]+)$/, anyOf: READ_GROUPS, units: 1, answer: oneGroup },
  { pattern: /^\/users\/([^/]+)\/manager$/, anyOf: READ_USERS, units: 1, answer: manager },
  {
    pattern: new RegExp(`^/users/([^/]+)/(memberOf|transitiveMemberOf)${CAST}$`),
    anyOf: READ_GROUPS,
    units: 3,
    answer: memberOf,
  },
  {
    pattern: new RegExp(`^/groups/([^/]+)/members${CAST}$`),
    anyOf: READ_MEMBERS,
    units: 3,
    answer: (call) => members(call, "members"),
  },
  {
    pattern: new RegExp(`^/groups/([^/]+)/transitiveMembers${CAST}$`),
    anyOf: READ_MEMBERS,
    units: 5,
    answer: (call) => members(call, "transitiveMembers"),
  },
  {
    pattern: /^\/directory\/deletedItems\/microsoft\.graph\.user$/,
    anyOf: READ_USERS,
    units: 1,
    answer: (call) => deleted(call, "user"),
  },
  {
    pattern: /^\/directory\/deletedItems\/microsoft\.graph\.group$/,
    anyOf: READ_DELETED_GROUPS,
    units: 1,
    answer: (call) => deleted(call, "group"),
  },
  {
    pattern: /^\/directory\/deletedItems\/([^/]+)$/,
    anyOf: [...READ_USERS, ...READ_DELETED_GROUPS],
    units: 1,
    answer: oneDeleted,
  },
];

function collection(call: Call, kind: "user" | "group"): Answer {
  return listed<Entity>(call, {
    options: LIST_OPTIONS,
    context: (query) => contextOf(kind, query),
    rows: (query) => matching(call, kind, query, call.state.live(kind)),
    show: (entity, query) => (entity.state === "live" ? shown(entity, query, call) : undefined),
  });
}

function contextOf(kind: Kind, query: URLSearchParams): string {
  const select = query.get("$select");
  return select === null ? COLLECTIONS[kind] : `${COLLECTIONS[kind]}(${select.replaceAll(" ", "")})`;
}

/** Rows that pass `$filter`, after a check of what `$select` and it name. */
function matching(
  call: Call,
  kind: Kind,
  query: URLSearchParams,
  rows: readonly Entity[],
): readonly Entity[] {
  selected(call.state, kind, query);
  const written = query.get("$filter");
  if (written === null) return rows;
  const filter: Filter = parseFilter(written);
  for (const name of filter.properties) if (!call.state.knows(kind, name)) throw unknownProperty(kind, name);
  if (filter.advanced && !isAdvanced(query, call.request.headers["consistencylevel"]))
    throw badRequest("Unsupported Query.", "Request_UnsupportedQuery");
  return rows.filter((entity) => filter.test(view(entity, filter.properties)));
}

function count(call: Call, kind: "user" | "group"): Answer {
  const { request, state } = call;
  onlyOptions(request.query, ["$filter"]);
  if (request.headers["consistencylevel"]?.toLowerCase() !== "eventual")
    throw badRequest("$count is not currently supported.", "Request_BadRequest");
  const rows = matching(call, kind, request.query, state.live(kind));
  return { status: 200, headers: { "Content-Type": "text/plain" }, body: String(rows.length) };
}

/** Without `$select` the id comes too, at the end; with it only what was selected. */
function shown(entity: Entity, query: URLSearchParams | string | undefined, call: Call): Properties {
  const options = typeof query === "string" ? new URLSearchParams({ $select: query }) : query;
  const properties = view(entity, selected(call.state, entity.kind, options ?? new URLSearchParams()));
  return options?.has("$select") === true ? properties : { ...properties, id: entity.id };
}

/** A fresh object may take a while until it is found by its id. */
function old(call: Call, entity: Entity | undefined): Entity {
  const { state, parts } = call;
  if (entity === undefined || state.now() - entity.createdAt < state.switches.readLagMs)
    throw notFound(parts[0] ?? "");
  return entity;
}

function liveGroup(call: Call): Entity {
  const entity = call.state.entity(call.parts[0] ?? "");
  return old(call, entity?.kind === "group" && entity.state === "live" ? entity : undefined);
}

function oneUser(call: Call): Answer {
  const { request, state, root } = call;
  onlyOptions(request.query, ["$select", "$expand"]);
  selected(state, "user", request.query);
  const expand = request.query.get("$expand");
  const expanded = expand === null ? undefined : /^manager(?:\(\$select=([\w,]+)\))?$/.exec(expand);
  if (expanded === null) throw badRequest(`Could not expand '${expand}'.`, "BadRequest");
  const entity = old(call, state.user(call.parts[0] ?? ""));
  const boss = state.entity(entity.manager ?? "");
  return json({
    "@odata.context": `${root}/v1.0/$metadata#${contextOf("user", request.query)}/$entity`,
    ...shown(entity, request.query, call),
    ...(expanded !== undefined && boss?.state === "live"
      ? {
          manager: {
            "@odata.type": "#microsoft.graph.user",
            ...shown(boss, expanded[1], call),
          },
        }
      : {}),
  });
}

function oneGroup(call: Call): Answer {
  const { request, state, root } = call;
  onlyOptions(request.query, ["$select"]);
  selected(state, "group", request.query);
  return json({
    "@odata.context": `${root}/v1.0/$metadata#${contextOf("group", request.query)}/$entity`,
    ...shown(liveGroup(call), request.query, call),
  });
}

function manager(call: Call): Answer {
  const { request, state, root } = call;
  onlyOptions(request.query, ["$select"]);
  selected(state, "user", request.query);
  const boss = state.entity(old(call, state.user(call.parts[0] ?? "")).manager ?? "");
  if (boss?.state !== "live") throw notFound("manager");
  const context = `${root}/v1.0/$metadata#directoryObjects/$entity`;
  return json({ "@odata.context": context, ...reference(boss), ...shown(boss, request.query, call) });
}

function memberOf(call: Call): Answer {
  const user = old(call, call.state.user(call.parts[0] ?? ""));
  const direct = call.state.groupsOf(user.id);
  const groups =
    call.parts[1] === "memberOf"
      ? direct
      : call.state.live("group").filter((group) => call.state.transitiveMembersOf(group.id).includes(user));
  return relationship(call, groups, call.parts[2] as Kind | undefined);
}

function members(call: Call, name: "members" | "transitiveMembers"): Answer {
  const group = liveGroup(call);
  if (group.properties["visibility"] === "HiddenMembership" && !holdsOne(call.roles, READ_HIDDEN_MEMBERS))
    throw denied();
  const rows = name === "members" ? call.state.membersOf(group.id) : call.state.transitiveMembersOf(group.id);
  return relationship(call, rows, call.parts[1] as Kind | undefined);
}

/** Objects of several kinds in one list. People come without values for an app that may not read people. */
function relationship(call: Call, rows: readonly Entity[], cast: Kind | undefined): Answer {
  const { request, state, roles } = call;
  const later = request.query.has("$skiptoken");
  if (cast !== undefined && !later && !isAdvanced(request.query, request.headers["consistencylevel"]))
    throw badRequest(
      "A cast needs the header ConsistencyLevel: eventual and $count=true.",
      "Request_UnsupportedQuery",
    );
  return listed<Entity>(call, {
    options: ["$select", "$top", "$count"],
    context: (query) => (cast === undefined ? "directoryObjects" : contextOf(cast, query)),
    rows: (query) => {
      for (const name of query.get("$select")?.split(",") ?? []) {
        const kinds: readonly Kind[] = cast === undefined ? (Object.keys(COLLECTIONS) as Kind[]) : [cast];
        if (!kinds.some((kind) => state.knows(kind, name.trim())))
          throw unknownProperty(cast ?? "directoryObject", name.trim());
      }
      return rows.filter((row) => cast === undefined || row.kind === cast);
    },
    show: (entity, query) => {
      if (entity.state !== "live") return undefined;
      const written = query
        .get("$select")
        ?.split(",")
        .map((name) => name.trim());
      const select = (written ?? DEFAULTS[entity.kind]).filter((name) => state.knows(entity.kind, name));
      const readable = entity.kind === "group" || holdsOne(roles, READ_USERS);
      const values = Object.fromEntries(
        select
          .filter((name) => name !== "id")
          .map((name) => [name, readable ? (property(entity, name) ?? null) : null]),
      );
      return { ...reference(entity), ...values };
    },
  });
}

function deleted(call: Call, kind: "user" | "group"): Answer {
  return listed<Entity>(call, {
    options: LIST_OPTIONS,
    context: (query) => contextOf(kind, query),
    rows: (query) =>
      matching(
        call,
        kind,
        query,
        call.state.all(kind).filter((entity) => entity.state === "soft-deleted"),
      ),
    show: (entity, query) => (entity.state === "soft-deleted" ? buried(entity, query, call) : undefined),
  });
}

function oneDeleted(call: Call): Answer {
  const { request, state, root, roles } = call;
  onlyOptions(request.query, ["$select"]);
  const id = call.parts[0] ?? "";
  const entity = state.entity(id);
  const visible = entity?.kind === "user" ? READ_USERS : READ_DELETED_GROUPS;
  if (entity === undefined || entity.state !== "soft-deleted") throw notFound(id);
  if (!holdsOne(roles, visible)) throw denied();
  const context = `${root}/v1.0/$metadata#directoryObjects/$entity`;
  return json({ "@odata.context": context, ...reference(entity), ...buried(entity, request.query, call) });
}

/** In deletedItems the id stands before a person's login name, so that somebody else can take the name. */
function buried(entity: Entity, query: URLSearchParams, call: Call): Properties {
  const properties = shown(entity, query, call);
  const login = properties["userPrincipalName"];
  if (typeof login !== "string") return properties;
  return { ...properties, userPrincipalName: `${entity.id.replaceAll("-", "")}${login}` };
}
