/**
 * What Entra's provisioning calls the attributes of people and groups, where Microsoft Graph (and so our source) has another name. The names of the
 * provisioning service are those of the retired Azure AD Graph.
 * https://learn.microsoft.com/entra/identity/app-provisioning/user-provisioning-sync-attributes-for-mapping
 */
import { didYouMean } from "../../yaml/suggest.ts";
import { type Cel, type CelType, NotTranslatable, type Translation } from "./cel.ts";

const RENAMED: Readonly<Record<string, string>> = {
  objectid: "id",
  mobile: "mobilePhone",
  facsimiletelephonenumber: "faxNumber",
  physicaldeliveryofficename: "officeLocation",
  dirsyncenabled: "onPremisesSyncEnabled",
  immutableid: "onPremisesImmutableId",
  lastdirsynctime: "onPremisesLastSyncDateTime",
  createdon: "createdDateTime",
  netbiosname: "onPremisesNetBiosName",
  dnsdomainname: "onPremisesDomainName",
  userstate: "externalUserState",
  userstatechangedon: "externalUserStateChangeDateTime",
  originaluserprincipalname: "userPrincipalName",
};

/** A list in Graph with one entry that matters. */
const FIRST_OF: Readonly<Record<string, string>> = {
  telephonenumber: "businessPhones",
  sipproxyaddress: "imAddresses",
};

/** Known to Entra's provisioning, but nothing that a directory tells of a person. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  approleassignments:
    "roles of the application are not read; give what depends on them by membership of groups at the target, or by a constant",
  assignedplans: "licences are not read",
  provisionedplans: "licences are not read",
  passwordprofile: "passwords are never read",
  "passwordprofile.password": "passwords are never read",
  memberof:
    "memberships are not attributes here: groups are pushed with their members, and scope.assigned.groups limits who is in scope",
  members: "members are synchronised with every group by themselves",
  isof: "there is no such attribute in Microsoft Graph",
};

/** Throws NotTranslatable where our source offers nothing of the kind. */
export function sourceAttribute(name: string, { language }: Translation): Cel {
  const { variable, attributes } = language;
  const bare = name.replace(/^onPremisesExtensionAttributes\./i, "");
  const key = bare.toLowerCase();
  // Entra computes it: unassigned, out of the filter, deleted or blocked. What follows from all but the last is a policy here.
  if (key === "issoftdeleted") return { text: `!${variable}.accountEnabled`, type: "bool" };
  const elsewhere = ELSEWHERE[key];
  if (elsewhere !== undefined) throw new NotTranslatable(`[${name}]: ${elsewhere}`);
  const list = FIRST_OF[key];
  if (list !== undefined && variable === "user") return { text: `first(${variable}.${list})`, type: "text" };
  const meant = RENAMED[key] ?? Object.keys(attributes).find((each) => each.toLowerCase() === key) ?? bare;
  const refused = language.refuses?.(meant);
  if (refused !== undefined) throw new NotTranslatable(`[${name}]: ${refused}`);
  const info = Object.hasOwn(attributes, meant) ? attributes[meant] : undefined;
  if (info !== undefined) return { text: `${variable}.${meant}`, type: TYPES[info.type] ?? "any" };
  if (/^extension_[0-9a-f]{32}_[A-Za-z0-9_]+$/i.test(meant))
    return { text: `${variable}.${meant}`, type: "any" };
  throw new NotTranslatable(
    `[${name}]: Microsoft Graph has no attribute of this name${didYouMean(name, Object.keys(attributes))}; where it has another one, write ${variable}.<name>`,
  );
}

const TYPES: Readonly<Record<string, CelType>> = {
  string: "text",
  boolean: "bool",
  int: "int",
  timestamp: "time",
  list: "list",
  reference: "reference",
};
