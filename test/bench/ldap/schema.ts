/** The part of Active Directory's schema that the benchmark's people use, as slapd takes it (slapd.conf(5)). */

const octets = ["objectGUID", "objectSid", "invocationId"];
const texts = [
  ...["dc", "sn", "givenName", "displayName", "initials", "title", "department", "company", "employeeID"],
  ...["employeeNumber", "mail", "telephoneNumber", "mobile", "facsimileTelephoneNumber", "l", "st", "c"],
  ...[
    "streetAddress",
    "postalCode",
    "physicalDeliveryOfficeName",
    "preferredLanguage",
    "groupType",
    "member",
  ],
  ...["sAMAccountName", "userPrincipalName", "userAccountControl", "accountExpires", "primaryGroupID"],
  ...["isCriticalSystemObject", "isDeleted", "uSNChanged"],
  ...["msExchRecipientTypeDetails", "msExchRecipientDisplayType"],
  // As text, because a domain controller writes names in a form of its own where it is asked to: <GUID=...>;<SID=...>;CN=...
  "manager",
  // What the root of a domain controller says of itself.
  ...["defaultNamingContext", "dsServiceName", "dnsHostName", "highestCommittedUSN", "isSynchronized"],
];

const DIRECTORY_STRING = "EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15";
const OCTET_STRING = "EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40";

/** Below the part of OpenLDAP's numbers that is meant for experiments. */
const ARC = "1.3.6.1.4.1.4203.666.4711";

const types = [
  ...texts.map((name, at) => `attributetype ( ${ARC}.1.${at} NAME '${name}' ${DIRECTORY_STRING} )`),
  ...octets.map((name, at) => `attributetype ( ${ARC}.2.${at} NAME '${name}' ${OCTET_STRING} )`),
];
const may = `MAY ( ${["cn", "description", ...texts, ...octets].join(" $ ")} )`;

export const schema = [
  ...types,
  `objectclass ( ${ARC}.3.1 NAME 'person' SUP top STRUCTURAL ${may} )`,
  `objectclass ( ${ARC}.3.2 NAME 'organizationalPerson' SUP person STRUCTURAL )`,
  `objectclass ( ${ARC}.3.3 NAME 'user' SUP organizationalPerson STRUCTURAL )`,
  `objectclass ( ${ARC}.3.4 NAME 'group' SUP top STRUCTURAL ${may} )`,
  `objectclass ( ${ARC}.3.5 NAME 'container' SUP top STRUCTURAL ${may} )`,
].join("\n");
