import type { PropertyType } from "./value.ts";

export type Kind = "user" | "group" | "device" | "servicePrincipal" | "orgContact";

/** Every kind has a name in `@odata.type` and a collection in `@odata.context`. */
export const COLLECTIONS: Readonly<Record<Kind, string>> = {
  user: "users",
  group: "groups",
  device: "devices",
  servicePrincipal: "servicePrincipals",
  orgContact: "contacts",
};

const ON_PREMISES: Readonly<Record<string, PropertyType>> = {
  onPremisesDomainName: "text",
  onPremisesLastSyncDateTime: "date",
  onPremisesProvisioningErrors: "list",
  onPremisesSamAccountName: "text",
  onPremisesSecurityIdentifier: "text",
  onPremisesSyncEnabled: "boolean",
};

const USER: Readonly<Record<string, PropertyType>> = {
  ...ON_PREMISES,
  id: "text",
  accountEnabled: "boolean",
  ageGroup: "text",
  assignedLicenses: "list",
  assignedPlans: "list",
  businessPhones: "list",
  city: "text",
  companyName: "text",
  consentProvidedForMinor: "text",
  country: "text",
  createdDateTime: "date",
  creationType: "text",
  deletedDateTime: "date",
  department: "text",
  displayName: "text",
  employeeHireDate: "date",
  employeeId: "text",
  employeeOrgData: "object",
  employeeType: "text",
  externalUserState: "text",
  externalUserStateChangeDateTime: "date",
  faxNumber: "text",
  givenName: "text",
  identities: "list",
  imAddresses: "list",
  isResourceAccount: "boolean",
  jobTitle: "text",
  lastPasswordChangeDateTime: "date",
  legalAgeGroupClassification: "text",
  mail: "text",
  mailNickname: "text",
  mobilePhone: "text",
  officeLocation: "text",
  onPremisesDistinguishedName: "text",
  onPremisesExtensionAttributes: "object",
  onPremisesImmutableId: "text",
  onPremisesUserPrincipalName: "text",
  otherMails: "list",
  passwordPolicies: "text",
  postalCode: "text",
  preferredDataLocation: "text",
  preferredLanguage: "text",
  proxyAddresses: "list",
  securityIdentifier: "text",
  showInAddressList: "boolean",
  signInSessionsValidFromDateTime: "date",
  state: "text",
  streetAddress: "text",
  surname: "text",
  usageLocation: "text",
  userPrincipalName: "text",
  userType: "text",
};

const GROUP: Readonly<Record<string, PropertyType>> = {
  ...ON_PREMISES,
  id: "text",
  assignedLabels: "list",
  assignedLicenses: "list",
  classification: "text",
  createdDateTime: "date",
  creationOptions: "list",
  deletedDateTime: "date",
  description: "text",
  displayName: "text",
  expirationDateTime: "date",
  groupTypes: "list",
  isAssignableToRole: "boolean",
  mail: "text",
  mailEnabled: "boolean",
  mailNickname: "text",
  membershipRule: "text",
  membershipRuleProcessingState: "text",
  onPremisesNetBiosName: "text",
  preferredDataLocation: "text",
  preferredLanguage: "text",
  proxyAddresses: "list",
  renewedDateTime: "date",
  resourceBehaviorOptions: "list",
  resourceProvisioningOptions: "list",
  securityEnabled: "boolean",
  securityIdentifier: "text",
  theme: "text",
  uniqueName: "text",
  visibility: "text",
};

const DEVICE: Readonly<Record<string, PropertyType>> = {
  id: "text",
  accountEnabled: "boolean",
  deletedDateTime: "date",
  deviceId: "text",
  displayName: "text",
  operatingSystem: "text",
};

const SERVICE_PRINCIPAL: Readonly<Record<string, PropertyType>> = {
  id: "text",
  accountEnabled: "boolean",
  appDisplayName: "text",
  appId: "text",
  appRoleAssignmentRequired: "boolean",
  appRoles: "list",
  deletedDateTime: "date",
  displayName: "text",
  servicePrincipalType: "text",
};

const CONTACT: Readonly<Record<string, PropertyType>> = {
  id: "text",
  deletedDateTime: "date",
  displayName: "text",
  givenName: "text",
  mail: "text",
  surname: "text",
};

/** Properties of each kind that are plain values. */
export const PROPERTIES: Readonly<Record<Kind, Readonly<Record<string, PropertyType>>>> = {
  user: USER,
  group: GROUP,
  device: DEVICE,
  servicePrincipal: SERVICE_PRINCIPAL,
  orgContact: CONTACT,
};

/** Relationships that `$select` takes in a delta query, and gives as `NAME@delta`. */
export const RELATIONSHIPS: Readonly<Record<"user" | "group", readonly string[]>> = {
  user: ["manager"],
  group: ["members", "owners"],
};

/**
 * What comes without `$select`. Of a user that is the short list of the resource page: no accountEnabled, employeeId, userType,
 * externalUserState, onPremisesImmutableId or deletedDateTime.
 */
export const DEFAULTS: Readonly<Record<Kind, readonly string[]>> = {
  user: [
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
  ],
  group: Object.keys(GROUP).filter(
    (name) => !["id", "isAssignableToRole", "assignedLicenses"].includes(name),
  ),
  device: Object.keys(DEVICE).filter((name) => name !== "id"),
  servicePrincipal: Object.keys(SERVICE_PRINCIPAL).filter((name) => name !== "id"),
  orgContact: Object.keys(CONTACT).filter((name) => name !== "id"),
};
