/** What is asked of each person: the attributes of the default mapping, and those that a judgement needs. */
export const attributes: readonly string[] = [
  ...["objectGUID", "objectClass", "isDeleted", "primaryGroupID", "member", "uSNChanged"],
  ...["userPrincipalName", "sAMAccountName", "userAccountControl", "accountExpires", "displayName", "cn"],
  ...["givenName", "sn", "title", "preferredLanguage", "mail", "telephoneNumber", "mobile"],
  ...[
    "facsimileTelephoneNumber",
    "physicalDeliveryOfficeName",
    "streetAddress",
    "l",
    "st",
    "postalCode",
    "c",
  ],
  ...["employeeID", "employeeNumber", "department", "manager", "objectSid", "isCriticalSystemObject"],
  ...["msExchRecipientTypeDetails", "msExchRecipientDisplayType", "groupType"],
];

export const filter = "(|(objectClass=user)(objectClass=group))";
