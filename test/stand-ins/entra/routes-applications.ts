import { type Answer, json, notFound } from "./answer.ts";
import { type Application, type Assignment, applicationView } from "./applications.ts";
import { type Entity, property, view } from "./entity.ts";
import { parseFilter } from "./filter.ts";
import { type Call, listed, type Route } from "./graph-call.ts";
import { READ_APPLICATIONS, READ_ORGANIZATION } from "./permissions.ts";
import { onlyOptions, selected, unknownProperty } from "./select.ts";
import type { TenantState } from "./tenant-state.ts";
import type { Properties } from "./value.ts";

const BY_KEY = "(?:/([^/()]+)|\\(appId='([^']+)'\\))";

/** App registrations, enterprise applications, who is assigned to them, and the tenant's own card. */
export const APPLICATION_ROUTES: readonly Route[] = [
  route("^/servicePrincipals$", servicePrincipals),
  route(`^/servicePrincipals${BY_KEY}$`, oneServicePrincipal),
  route(`^/servicePrincipals${BY_KEY}/appRoleAssignedTo$`, assignedTo, 2),
  route(`^/servicePrincipals${BY_KEY}/appRoleAssignments$`, assignmentsOf, 2),
  route("^/applications$", applications),
  route(`^/applications${BY_KEY}$`, oneApplication),
  { pattern: /^\/organization$/, anyOf: READ_ORGANIZATION, units: 1, answer: organization },
];

function route(pattern: string, answer: (call: Call) => Answer, units = 1): Route {
  return { pattern: new RegExp(pattern), anyOf: READ_APPLICATIONS, units, answer };
}

function servicePrincipals(call: Call): Answer {
  const { state } = call;
  return listed<Entity>(call, {
    options: ["$select", "$filter", "$top", "$skiptoken"],
    context: () => "servicePrincipals",
    rows: (query) => {
      selected(state, "servicePrincipal", query);
      const filter = parseFilter(query.get("$filter") ?? "id ne null");
      for (const name of filter.properties)
        if (!state.knows("servicePrincipal", name)) throw unknownProperty("servicePrincipal", name);
      return state.live("servicePrincipal").filter((entity) => filter.test(view(entity, filter.properties)));
    },
    show: (entity, query) => shown(entity, query, call),
  });
}

function oneServicePrincipal(call: Call): Answer {
  onlyOptions(call.request.query, ["$select"]);
  const context = `${call.root}/v1.0/$metadata#servicePrincipals/$entity`;
  return json({ "@odata.context": context, ...shown(servicePrincipal(call), call.request.query, call) });
}

function shown(entity: Entity, query: URLSearchParams, call: Call): Properties {
  const properties = view(entity, selected(call.state, "servicePrincipal", query));
  return query.has("$select") ? properties : { id: entity.id, ...properties };
}

/** By object id or by `(appId='...')`. */
function servicePrincipal(call: Call): Entity {
  const [id, appId] = call.parts;
  const found =
    appId === undefined
      ? call.state.entity(id ?? "")
      : call.state.live("servicePrincipal").find((one) => property(one, "appId") === appId);
  if (found?.kind !== "servicePrincipal" || found.state !== "live") throw notFound(appId ?? id ?? "");
  return found;
}

function assignedTo(call: Call): Answer {
  const resource = servicePrincipal(call);
  return assignments(
    call,
    `servicePrincipals('${resource.id}')/appRoleAssignedTo`,
    call.state.assignments.filter(({ resourceId }) => resourceId === resource.id),
  );
}

/** What a service principal itself was granted; of our own app that is what an admin consented to. */
function assignmentsOf(call: Call): Answer {
  const { state } = call;
  const principal = servicePrincipal(call);
  const application = state.applications.find((one) => one.servicePrincipalId === principal.id);
  return assignments(call, `servicePrincipals('${principal.id}')/appRoleAssignments`, [
    ...grants(state, application),
    ...state.assignments.filter(({ principalId }) => principalId === principal.id),
  ]);
}

function grants(state: TenantState, application: Application | undefined): readonly Assignment[] {
  const graph = state.entity(state.graphServicePrincipal);
  const roles = graph === undefined ? [] : property(graph, "appRoles");
  return (Array.isArray(roles) ? roles : []).flatMap((role: Properties) =>
    application?.permissions.has(String(role["value"]))
      ? {
          id: `grant-${String(role["value"])}`,
          appRoleId: String(role["id"]),
          createdAt: state.now(),
          principalId: application.servicePrincipalId,
          resourceId: state.graphServicePrincipal,
        }
      : [],
  );
}

function assignments(call: Call, context: string, rows: readonly Assignment[]): Answer {
  return listed<Assignment>(call, {
    options: ["$select", "$top"],
    context: () => context,
    rows: (query) => {
      chosen(query, "appRoleAssignment", ASSIGNMENT_PROPERTIES);
      return rows;
    },
    show: (assignment, query) => {
      const whole = assignmentView(call.state, assignment);
      return whole && only(whole, chosen(query, "appRoleAssignment", ASSIGNMENT_PROPERTIES));
    },
  });
}

const ASSIGNMENT_PROPERTIES = [
  "id",
  "deletedDateTime",
  "appRoleId",
  "createdDateTime",
  "principalDisplayName",
  "principalId",
  "principalType",
  "resourceDisplayName",
  "resourceId",
];

const PRINCIPAL_TYPES = { user: "User", group: "Group", servicePrincipal: "ServicePrincipal" } as const;

/** Undefined while the one who is assigned is deleted. */
function assignmentView(state: TenantState, assignment: Assignment): Properties | undefined {
  const principal = state.entity(assignment.principalId);
  const resource = state.entity(assignment.resourceId);
  if (principal?.state !== "live" || resource === undefined) return undefined;
  const type = Object.entries(PRINCIPAL_TYPES).find(([kind]) => kind === principal.kind)?.[1];
  return {
    id: assignment.id,
    deletedDateTime: null,
    appRoleId: assignment.appRoleId,
    // To the tenth of a microsecond, unlike every other time here.
    createdDateTime: `${new Date(assignment.createdAt).toISOString().slice(0, -1)}0000Z`,
    principalDisplayName: property(principal, "displayName") ?? null,
    principalId: principal.id,
    principalType: type ?? null,
    resourceDisplayName: property(resource, "displayName") ?? null,
    resourceId: resource.id,
  };
}

const APPLICATION_PROPERTIES = [
  "id",
  "appId",
  "displayName",
  "deletedDateTime",
  "signInAudience",
  "keyCredentials",
  "passwordCredentials",
];

function applications(call: Call): Answer {
  return listed<Properties>(call, {
    options: ["$select", "$filter", "$top", "$skiptoken"],
    context: () => "applications",
    rows: (query) => {
      chosen(query, "application", APPLICATION_PROPERTIES);
      const filter = parseFilter(query.get("$filter") ?? "id ne null");
      const unknown = filter.properties.find((name) => !APPLICATION_PROPERTIES.includes(name));
      if (unknown !== undefined) throw unknownProperty("application", unknown);
      return call.state.applications.map(applicationView).filter((one) => filter.test(one));
    },
    show: (application, query) => only(application, chosen(query, "application", APPLICATION_PROPERTIES)),
  });
}

function oneApplication(call: Call): Answer {
  onlyOptions(call.request.query, ["$select"]);
  const [id, appId] = call.parts;
  const found = call.state.applications.find((one) =>
    appId === undefined ? one.objectId === id : one.clientId === appId,
  );
  if (found === undefined) throw notFound(appId ?? id ?? "");
  const context = `${call.root}/v1.0/$metadata#applications/$entity`;
  const names = chosen(call.request.query, "application", APPLICATION_PROPERTIES);
  return json({ "@odata.context": context, ...only(applicationView(found), names) });
}

function chosen(query: URLSearchParams, type: string, all: readonly string[]): readonly string[] {
  const names =
    query
      .get("$select")
      ?.split(",")
      .map((name) => name.trim()) ?? all;
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) throw unknownProperty(type, unknown);
  return names;
}

function only(properties: Properties, names: readonly string[]): Properties {
  return Object.fromEntries(names.map((name) => [name, properties[name] ?? null]));
}

const ORGANIZATION = ["id", "displayName", "tenantType", "countryLetterCode", "verifiedDomains"];

function organization(call: Call): Answer {
  const { state, root, request } = call;
  onlyOptions(request.query, ["$select"]);
  const names = chosen(request.query, "organization", ORGANIZATION);
  const card: Properties = {
    id: state.tenantId,
    displayName: state.tenantName,
    tenantType: "AAD",
    countryLetterCode: "DE",
    verifiedDomains: [
      { capabilities: "Email", isDefault: true, isInitial: true, name: state.domain, type: "Managed" },
    ],
  };
  return json({ "@odata.context": `${root}/v1.0/$metadata#organization`, value: [only(card, names)] });
}
