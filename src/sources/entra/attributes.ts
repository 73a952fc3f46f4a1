/** What Entra ID offers to a mapping by name. Other properties (directory extensions) may be named too. */
import type { Kind } from "../../scim/resource.ts";
import type { AttributeInfo, AttributeType } from "../source.ts";

type Table = Readonly<Record<string, AttributeInfo>>;

function all(type: AttributeType, table: Readonly<Record<string, string>>): Table {
  return Object.fromEntries(
    Object.entries(table).map(([name, description]) => [name, { type, description }]),
  );
}

/** Exchange's custom attributes come inside one property; `view` takes them out. */
const extensionAttributes = Array.from({ length: 15 }, (_, index) => `extensionAttribute${index + 1}`);
export const EXTENSION_ATTRIBUTES = "onPremisesExtensionAttributes";

const common: Table = {
  ...all("string", {
    id: "The immutable id (object id)",
    displayName: "Name shown in address books",
    mail: "E-mail address",
    mailNickname: "Exchange alias",
    preferredLanguage: "Language, e.g. en-GB",
    onPremisesDomainName: "DNS name of the Active Directory domain that it comes from",
    onPremisesSamAccountName: "Logon name in Active Directory",
    onPremisesSecurityIdentifier: "SID in Active Directory",
    securityIdentifier: "SID in Entra ID",
  }),
  ...all("list", { proxyAddresses: "All addresses; the primary one starts with SMTP:" }),
  ...all("boolean", { onPremisesSyncEnabled: "True when it is synchronised from Active Directory" }),
  ...all("timestamp", {
    createdDateTime: "When the object was created",
    onPremisesLastSyncDateTime: "When Active Directory was last synchronised",
  }),
};

export const userAttributes: Table = {
  ...common,
  ...all("boolean", { accountEnabled: "False when sign-in is blocked" }),
  ...all("reference", { manager: "The person's manager" }),
  ...all("list", {
    businessPhones: "Telephone at work (a list with one entry)",
    otherMails: "More mail addresses",
    imAddresses: "Addresses of chat and internet telephony",
  }),
  ...all("timestamp", {
    employeeHireDate: "First day at work",
    externalUserStateChangeDateTime: "When the invitation's state changed",
  }),
  ...all("string", {
    userPrincipalName: "Logon name, user@domain",
    givenName: "First name",
    surname: "Family name",
    jobTitle: "Job title",
    department: "Department",
    companyName: "Company",
    employeeId: "Employee id",
    employeeType: "Kind of employment",
    userType: "Member or Guest",
    externalUserState: "State of a guest's invitation: PendingAcceptance or Accepted",
    creationType: "How the account came to be (null for ordinary ones)",
    officeLocation: "Office",
    streetAddress: "Street",
    city: "City",
    state: "State or province",
    postalCode: "Postal code",
    country: "Country or region, as written in the directory",
    usageLocation: "Country where services are used, two letters (ISO 3166)",
    mobilePhone: "Mobile telephone",
    faxNumber: "Fax",
    ageGroup: "Age group",
    onPremisesDistinguishedName: "Distinguished name in Active Directory",
    onPremisesImmutableId: "Source anchor of Entra Connect",
    onPremisesUserPrincipalName: "Logon name in Active Directory, user@domain",
  }),
  ...Object.fromEntries(
    extensionAttributes.map((name, index) => [
      name,
      {
        type: "string",
        description: `Exchange custom attribute ${index + 1}`,
        needs: [EXTENSION_ATTRIBUTES],
      } satisfies AttributeInfo,
    ]),
  ),
};

export const groupAttributes: Table = {
  ...common,
  ...all("string", {
    description: "Description",
    classification: "Classification",
    visibility: "Public, Private or HiddenMembership",
    membershipRule: "Rule of a dynamic group",
    membershipRuleProcessingState: "On or Paused, of a dynamic group",
    onPremisesNetBiosName: "NetBIOS name of the Active Directory domain",
  }),
  ...all("list", { groupTypes: "Unified for Microsoft 365 groups, DynamicMembership for dynamic ones" }),
  ...all("boolean", {
    mailEnabled: "True for Microsoft 365 and mail-enabled groups",
    securityEnabled: "True for security groups",
    isAssignableToRole: "True when directory roles can be given to the group",
  }),
};

/** What `view` and the reading itself need, so it is always asked for. */
const always: Readonly<Record<Kind, readonly string[]>> = {
  user: ["id", "accountEnabled", "createdDateTime", "displayName", "userPrincipalName", "userType"],
  group: ["id", "createdDateTime", "displayName", "visibility"],
};

/** Properties to ask Graph for, sorted: those that a mapping reads, resolved, with those that are always needed. */
export function selectionOf(kind: Kind, select: readonly string[]): readonly string[] {
  const table = kind === "user" ? userAttributes : groupAttributes;
  const names = select.flatMap((name) => table[name]?.needs ?? [name]);
  return [...new Set([...names, ...always[kind]])].filter((name) => name !== "members").toSorted();
}

/** Kept in SharePoint, computed when asked for, or relations: delta queries report no change of them. */
const unreported: ReadonlySet<string> = new Set(
  [
    ...["aboutMe", "birthday", "hireDate", "interests", "mySite", "pastProjects", "preferredName"],
    ...[
      "responsibilities",
      "schools",
      "skills",
      "mailboxSettings",
      "signInActivity",
      "deviceEnrollmentLimit",
    ],
    ...["memberOf", "transitiveMemberOf", "directReports", "members", "owners", "print", "photo"],
    ...["lastPasswordChangeDateTime", "signInSessionsValidFromDateTime", "refreshTokensValidFromDateTime"],
  ].map((name) => name.toLowerCase()),
);

const secret: ReadonlySet<string> = new Set(["passwordprofile", "authentication", "devicekeys"]);

/** Why a mapping may not read a property; undefined when it may. */
export function whyNotRead(attribute: string): string | undefined {
  const key = attribute.toLowerCase();
  if (secret.has(key)) return "it belongs to how the person logs in and is never read";
  if (unreported.has(key)) return "Microsoft Graph reports no changes of it, so it would go stale";
  if (key === "employeeleavedatetime")
    return "reading it takes a permission of its own and no change of it is reported";
  return undefined;
}
