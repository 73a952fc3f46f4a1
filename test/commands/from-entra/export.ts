/** An export of a provisioning schema, built in a few words; the shape is that of Microsoft Graph (synchronizationSchema). */

export interface Clause {
  readonly attribute: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface Mapping {
  readonly target: string;
  /** `[attribute]`, a function, or a text in quotes; null: nothing but the default. */
  readonly from: string | null;
  readonly priority?: number;
  readonly flowType?: string;
  readonly flowBehavior?: string;
  readonly byDefault?: string;
}

export interface Mappings {
  readonly rows: readonly Mapping[];
  readonly filters?: readonly { readonly name: string; readonly clauses: readonly Clause[] }[];
  readonly enabled?: boolean;
  readonly flowTypes?: string;
  readonly inputFilters?: readonly (readonly Clause[])[];
}

/** A schema as Graph answers it, for an application with people and, where given, groups. */
export function exported(users: Mappings, groups?: Mappings): Record<string, unknown> {
  return {
    "@odata.context":
      "https://graph.microsoft.com/v1.0/$metadata#servicePrincipals('60443998')/synchronization/jobs('scim.1')/schema/$entity",
    id: "scim.1",
    version: "Date:2026-11-02T09:14:03.1187456Z, ActivityId:00000000-0000-0000-0000-000000000000",
    synchronizationRules: [
      {
        editable: true,
        id: "03f7d90d-bf71-41b1-bda6-aaf0ddbee5d8",
        name: "USER_OUTBOUND_USER",
        priority: 0,
        sourceDirectoryName: "Azure Active Directory",
        targetDirectoryName: "customappsso",
        metadata: [{ key: "defaultSourceObjectMappings", value: "[]" }],
        objectMappings: [
          objectMapping("User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", users),
          ...(groups === undefined
            ? []
            : [objectMapping("Group", "urn:ietf:params:scim:schemas:core:2.0:Group", groups)]),
        ],
      },
    ],
    directories: [],
  };
}

function objectMapping(source: string, target: string, given: Mappings) {
  const { rows, filters, enabled = true, flowTypes = "Add,Update,Delete", inputFilters = [] } = given;
  const groups = (all: readonly (readonly Clause[])[]) =>
    all.map((clauses) => ({ name: "", clauses: clauses.map(clause) }));
  return {
    enabled,
    flowTypes,
    name: `Provision Microsoft Entra ID ${source}s`,
    sourceObjectName: source,
    targetObjectName: target,
    attributeMappings: rows.map(attributeMapping),
    metadata: [{ key: "EscrowBehavior", value: '"Default"' }],
    scope:
      filters === undefined && inputFilters.length === 0
        ? null
        : {
            groups: (filters ?? []).map(({ name, clauses }) => ({ name, clauses: clauses.map(clause) })),
            inputFilterGroups: groups(inputFilters),
            categoryFilterGroups: [],
          },
  };
}

function clause({ attribute, operator, values = [] }: Clause) {
  return { operatorName: operator, sourceOperandName: attribute, targetOperand: { values } };
}

function attributeMapping({
  target,
  from,
  priority = 0,
  flowType = "Always",
  flowBehavior = "FlowWhenChanged",
  byDefault,
}: Mapping) {
  return {
    defaultValue: byDefault ?? null,
    exportMissingReferences: false,
    flowBehavior,
    flowType,
    matchingPriority: priority,
    targetAttributeName: target,
    source: from === null ? null : sourceOf(from),
  };
}

function sourceOf(from: string) {
  const attribute = /^\[([^\]]*)\]$/.exec(from)?.[1];
  if (attribute !== undefined)
    return { expression: from, name: attribute, type: "Attribute", parameters: [] };
  const constant = /^"([^"]*)"$/.exec(from)?.[1];
  if (constant !== undefined) return { expression: from, name: constant, type: "Constant", parameters: [] };
  return { expression: from, name: from.slice(0, from.indexOf("(")), type: "Function", parameters: [] };
}

/** What Entra gives to a SCIM application that is in no gallery. */
export const DEFAULT_ROWS: readonly Mapping[] = [
  { target: "userName", from: "[userPrincipalName]", priority: 1 },
  { target: "active", from: 'Switch([IsSoftDeleted], , "False", "True", "True", "False")' },
  { target: "displayName", from: "[displayName]" },
  { target: "title", from: "[jobTitle]" },
  { target: 'emails[type eq "work"].value', from: "[mail]" },
  { target: "preferredLanguage", from: "[preferredLanguage]" },
  { target: "name.givenName", from: "[givenName]" },
  { target: "name.familyName", from: "[surname]" },
  { target: "name.formatted", from: 'Join(" ", [givenName], [surname])' },
  { target: 'addresses[type eq "work"].formatted', from: "[physicalDeliveryOfficeName]" },
  { target: 'addresses[type eq "work"].streetAddress', from: "[streetAddress]" },
  { target: 'addresses[type eq "work"].locality', from: "[city]" },
  { target: 'addresses[type eq "work"].region', from: "[state]" },
  { target: 'addresses[type eq "work"].postalCode', from: "[postalCode]" },
  { target: 'addresses[type eq "work"].country', from: "[country]" },
  { target: 'phoneNumbers[type eq "work"].value', from: "[telephoneNumber]" },
  { target: 'phoneNumbers[type eq "mobile"].value', from: "[mobile]" },
  { target: 'phoneNumbers[type eq "fax"].value', from: "[facsimileTelephoneNumber]" },
  { target: "externalId", from: "[mailNickname]" },
  {
    target: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
    from: "[employeeId]",
  },
  { target: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", from: "[department]" },
  { target: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", from: "[manager]" },
];

export const DEFAULT_GROUP_ROWS: readonly Mapping[] = [
  { target: "displayName", from: "[displayName]", priority: 1 },
  { target: "externalId", from: "[objectId]" },
  { target: "members", from: "[members]" },
];
