/** The properties of every Okta user profile; an organisation may declare more. */
export const baseProfile: readonly string[] = [
  ...["login", "email", "secondEmail", "firstName", "lastName", "middleName"],
  ...["honorificPrefix", "honorificSuffix", "title", "displayName", "nickName", "profileUrl"],
  ...["primaryPhone", "mobilePhone", "streetAddress", "city", "state", "zipCode", "countryCode"],
  ...["postalAddress", "preferredLanguage", "locale", "timezone", "userType", "employeeNumber"],
  ...["costCenter", "organization", "division", "department", "managerId", "manager"],
];

export type ProfileValue = string | number | boolean | readonly string[] | null;

export interface Profile {
  readonly login: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly [property: string]: ProfileValue;
}

/** Null clears a property. */
export type ProfileChange = Readonly<Record<string, ProfileValue>>;

/** Shown as null while they are empty; any other empty property is left out. */
const alwaysShown = ["mobilePhone", "secondEmail"];

/** A profile with changes made; throws a sentence when the organisation would refuse it. */
export function changedProfile(
  profile: Readonly<Record<string, ProfileValue>>,
  change: ProfileChange,
  known: ReadonlySet<string>,
): Profile {
  const values = new Map<string, ProfileValue>(alwaysShown.map((name) => [name, null]));
  for (const [name, value] of [...Object.entries(profile), ...Object.entries(change)]) {
    if (!known.has(name)) throw new Error(`the profile has no property "${name}"`);
    if (value === null && !alwaysShown.includes(name)) values.delete(name);
    else values.set(name, value);
  }
  const required = (name: string): string => {
    const value = values.get(name);
    if (typeof value !== "string" || value === "") throw new Error(`a profile needs ${name}`);
    return value;
  };
  return {
    ...Object.fromEntries(values),
    login: required("login"),
    email: required("email"),
    firstName: required("firstName"),
    lastName: required("lastName"),
  };
}
