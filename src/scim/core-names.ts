/** The attributes of RFC 7643 that may be written: 4.1 (users), 4.2 (groups), 4.3 (the enterprise extension). */

/** Attributes of users that hold one value, besides `name`. */
export const SINGLE_NAMES: readonly string[] = [
  ...["userName", "externalId", "displayName", "nickName", "profileUrl", "title", "userType"],
  ...["preferredLanguage", "locale", "timezone", "active"],
];

export const NAME_PARTS: readonly string[] = [
  ...["formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"],
];

/** Attributes of users that hold several values, each of VALUE_PARTS. */
export const PLURAL_NAMES: readonly string[] = [
  ...["emails", "phoneNumbers", "ims", "photos", "entitlements", "roles", "x509Certificates"],
];

export const VALUE_PARTS: readonly string[] = ["value", "display", "type", "primary"];

/** Of `addresses`, which hold several values as well. */
export const ADDRESS_PARTS: readonly string[] = [
  ...["formatted", "streetAddress", "locality", "region", "postalCode", "country", "type", "primary"],
];

/** Attributes of the enterprise extension that hold text; `manager` is a reference. */
export const ENTERPRISE_NAMES: readonly string[] = [
  ...["employeeNumber", "costCenter", "organization", "division", "department"],
];

export const GROUP_NAMES: readonly string[] = ["displayName", "externalId"];
