/** What Active Directory offers to a mapping by name. Names that are not here may be used too: their shape comes from the schema. */
import type { AttributeInfo } from "../source.ts";

type Table = Readonly<Record<string, AttributeInfo>>;

function strings(table: Readonly<Record<string, string>>): Table {
  return Object.fromEntries(
    Object.entries(table).map(([name, description]) => [name, { type: "string", description }]),
  );
}

const common: Table = {
  ...strings({
    objectGUID: "The immutable id, lower case with dashes",
    objectSid: "Security identifier, S-1-5-21-...",
    distinguishedName: "Full name in the directory tree; changes with renames and moves",
    sAMAccountName: "Logon name of Windows before 2000, unique in the domain",
    name: "Name in the tree (the first part of the distinguished name)",
    cn: "Common name",
    displayName: "Name shown in address books",
    description: "Description",
    mail: "E-mail address",
    mailNickname: "Exchange alias",
    info: "Notes",
    wWWHomePage: "Web page",
    legacyExchangeDN: "Exchange's legacy distinguished name",
    msExchRecipientTypeDetails: "Exchange's kind of recipient, a number as text",
    "mS-DS-ConsistencyGuid": "Source anchor of Entra Connect, Base64",
  }),
  objectClass: { type: "list", description: "Classes from top to the most specific" },
  proxyAddresses: { type: "list", description: "All addresses; the primary one starts with SMTP:" },
  isCriticalSystemObject: { type: "boolean", description: "True for objects that Windows itself needs" },
  whenCreated: { type: "timestamp", description: "When the object was created" },
  adminCount: { type: "int", description: "1 when the object was once protected as privileged" },
  msExchHideFromAddressLists: { type: "boolean", description: "Hidden from Exchange address lists" },
  ...strings(
    Object.fromEntries(
      Array.from({ length: 15 }, (_, index) => [
        `extensionAttribute${index + 1}`,
        `Exchange custom attribute ${index + 1}`,
      ]),
    ),
  ),
};

export const userAttributes: Table = {
  ...common,
  accountEnabled: {
    type: "boolean",
    description: "False when the account is disabled or has expired",
    needs: ["userAccountControl", "accountExpires"],
  },
  accountExpires: { type: "timestamp", description: "When the account expires; null for never" },
  pwdLastSet: { type: "timestamp", description: "When the password was set; null when it must be changed" },
  lockoutTime: { type: "timestamp", description: "When the account was locked; null when it is not" },
  lastLogonTimestamp: { type: "timestamp", description: "Last logon, up to two weeks old" },
  userAccountControl: { type: "int", description: "Account flags; use accountEnabled instead" },
  primaryGroupID: { type: "int", description: "Number of the primary group in the domain" },
  manager: { type: "reference", description: "The person's manager" },
  assistant: { type: "reference", description: "The person's assistant" },
  countryCode: { type: "int", description: "Country, ISO 3166 number" },
  uidNumber: { type: "int", description: "POSIX user number" },
  gidNumber: { type: "int", description: "POSIX number of the primary group" },
  ...lists({
    otherTelephone: "More telephone numbers",
    otherMobile: "More mobile numbers",
    otherHomePhone: "More private telephone numbers",
    otherFacsimileTelephoneNumber: "More fax numbers",
    otherMailbox: "More mail addresses",
    postOfficeBox: "Post office boxes",
    departmentNumber: "Department numbers",
    carLicense: "Car licences",
    servicePrincipalName: "Service principal names",
    url: "More web pages",
  }),
  ...strings({
    userPrincipalName: "Logon name, user@domain",
    givenName: "First name",
    sn: "Family name",
    initials: "Initials",
    middleName: "Middle name",
    personalTitle: "Title before the name",
    generationQualifier: "Jr., III",
    title: "Job title",
    department: "Department",
    company: "Company",
    division: "Division",
    employeeID: "Employee id",
    employeeNumber: "Employee number",
    employeeType: "Kind of employment",
    telephoneNumber: "Telephone at work",
    mobile: "Mobile telephone",
    homePhone: "Private telephone",
    facsimileTelephoneNumber: "Fax",
    pager: "Pager",
    ipPhone: "IP telephone",
    physicalDeliveryOfficeName: "Office",
    roomNumber: "Room",
    streetAddress: "Street",
    l: "City",
    st: "State or province",
    postalCode: "Postal code",
    co: "Country, by name",
    c: "Country, two letters (ISO 3166)",
    preferredLanguage: "Language, e.g. en-GB",
    uid: "POSIX user name",
    loginShell: "POSIX shell",
    unixHomeDirectory: "POSIX home directory",
    homeDirectory: "Windows home directory",
    homeDrive: "Drive letter of the home directory",
    scriptPath: "Logon script",
    targetAddress: "Where Exchange forwards to",
    houseIdentifier: "Building",
    comment: "Comment",
  }),
};

export const groupAttributes: Table = {
  ...common,
  groupType: {
    type: "int",
    description: "Flags: 2 global, 4 domain local, 8 universal, negative for security groups",
  },
  gidNumber: { type: "int", description: "POSIX group number" },
  managedBy: { type: "reference", description: "Who manages the group" },
};

function lists(table: Readonly<Record<string, string>>): Table {
  return Object.fromEntries(
    Object.entries(table).map(([name, description]) => [name, { type: "list", description }]),
  );
}

/** What `view` reads of a record, so it is always read. */
export const viewNeeds = {
  user: [
    ...["objectGUID", "objectSid", "distinguishedName", "objectClass", "sAMAccountName"],
    ...["userAccountControl", "accountExpires", "isCriticalSystemObject"],
    ...["msExchRecipientTypeDetails", "msExchRecipientDisplayType", "primaryGroupID"],
  ],
  group: [
    ...["objectGUID", "objectSid", "distinguishedName", "objectClass", "sAMAccountName"],
    ...["isCriticalSystemObject", "groupType"],
  ],
} as const;

/** Counted in 100 ns since 1601; `view` shows them as ISO 8601, or null for never. */
export const filetimes: readonly string[] = [
  ...["accountExpires", "pwdLastSet", "lockoutTime", "lastLogonTimestamp"],
  ...["msDS-UserPasswordExpiryTimeComputed", "badPasswordTime", "lastLogon"],
];

/** Never read, whatever a mapping asks for: passwords and keys. */
export const secretAttributes: ReadonlySet<string> = new Set(
  [
    ...["unicodePwd", "userPassword", "dBCSPwd", "ntPwdHistory", "lmPwdHistory", "supplementalCredentials"],
    ...["ms-Mcs-AdmPwd", "msLAPS-Password", "msLAPS-EncryptedPassword", "msLAPS-EncryptedPasswordHistory"],
    ...["msLAPS-EncryptedDSRMPassword", "msDS-ManagedPassword", "msFVE-RecoveryPassword", "msFVE-KeyPackage"],
    ...["unixUserPassword", "msSFU30Password", "msDS-ExecuteScriptPassword"],
    ...["trustAuthIncoming", "trustAuthOutgoing", "initialAuthIncoming", "initialAuthOutgoing"],
    ...["currentValue", "priorValue", "pekList", "msPKIAccountCredentials", "msPKIDPAPIMasterKeys"],
    ...["msPKIRoamingTimeStamp", "msDS-KeyCredentialLink", "nTSecurityDescriptor"],
  ].map((name) => name.toLowerCase()),
);

/** Kept by each domain controller for itself or computed when asked for: no change is ever reported, so they cannot be mapped. */
export const unreported: ReadonlySet<string> = new Set(
  [
    ...["memberOf", "directReports", "managedObjects", "whenChanged", "uSNChanged", "uSNCreated"],
    ...["lastLogon", "lastLogoff", "logonCount", "badPwdCount", "badPasswordTime", "canonicalName"],
    ...["tokenGroups", "msDS-UserPasswordExpiryTimeComputed", "msDS-User-Account-Control-Computed"],
    ...[
      "modifyTimeStamp",
      "createTimeStamp",
      "msDS-PrincipalName",
      "primaryGroupToken",
      "structuralObjectClass",
    ],
  ].map((name) => name.toLowerCase()),
);

/** Why a mapping may not read an attribute; undefined when it may. */
export function whyNotRead(attribute: string): string | undefined {
  const key = attribute.toLowerCase();
  if (secretAttributes.has(key)) return "it holds a secret and is never read";
  if (unreported.has(key))
    return "each domain controller keeps or computes it for itself, so no change of it is ever reported";
  return undefined;
}
