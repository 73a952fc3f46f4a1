import { idOf } from "./ids.ts";

/** `"name":value` of one property of one person. */
type Property = (index: number, version: number) => string;

const givenNames = [
  "Aoife",
  "Bram",
  "Chidi",
  "Dilek",
  "Emeka",
  "Freya",
  "Goran",
  "Hana",
  "Ines",
  "Jonas",
  "Kaori",
];
const surnames = ["Almeida", "Byrne", "Castro", "Dvorak", "Eriksen", "Fischer", "Garcia", "Horvat", "Ivanov"];
const departments = ["Sales", "Research", "Finance", "Operations", "Legal", "Support", "Purchasing"];
const titles = ["Engineer", "Analyst", "Account Manager", "Technician", "Counsel", "Buyer"];
const cities = ["Dublin", "Ghent", "Lagos", "Izmir", "Oslo", "Zagreb", "Osaka", "Porto"];

const properties: Readonly<Record<string, Property>> = {
  id: (n) => `"id":"${idOf("user", n)}"`,
  accountEnabled: () => `"accountEnabled":true`,
  businessPhones: (n) => `"businessPhones":["+353 1 555 ${1000 + (n % 9000)}"]`,
  city: (n) => `"city":"${of(cities, n)}"`,
  country: () => `"country":"Ireland"`,
  createdDateTime: () => `"createdDateTime":"2019-03-04T05:06:07Z"`,
  department: (n) => `"department":"${of(departments, n)}"`,
  displayName: (n) => `"displayName":"${of(givenNames, n)} ${of(surnames, n)} ${n}"`,
  employeeId: (n) => `"employeeId":"E-${100_000 + n}"`,
  givenName: (n) => `"givenName":"${of(givenNames, n)}"`,
  jobTitle: (n, version) => `"jobTitle":"${of(titles, n)}${version === 0 ? "" : ` ${version}`}"`,
  mail: (n) => `"mail":"${mailOf(n)}"`,
  manager: (n) =>
    n === 0
      ? ""
      : `"manager@delta":[{"@odata.type":"#microsoft.graph.user","id":"${idOf("user", Math.floor(n / 10))}"}]`,
  mobilePhone: (n) => `"mobilePhone":"+353 87 ${1_000_000 + (n % 9_000_000)}"`,
  officeLocation: (n) => `"officeLocation":"Floor ${n % 12}, desk ${n % 400}"`,
  postalCode: (n) => `"postalCode":"D${n % 24} ${1000 + (n % 9000)}"`,
  preferredLanguage: () => `"preferredLanguage":"en-IE"`,
  state: () => `"state":"Leinster"`,
  streetAddress: (n) => `"streetAddress":"${1 + (n % 220)} Grand Canal Street"`,
  surname: (n) => `"surname":"${of(surnames, n)}"`,
  userPrincipalName: (n) => `"userPrincipalName":"${mailOf(n)}"`,
  userType: () => `"userType":"Member"`,
};

/** Writes people as a delta tells them: of the selected properties those that somebody has. */
export function personWriter(select: readonly string[]): (index: number, version: number) => string {
  const [first, ...others] = select.flatMap((name) => properties[name] ?? []);
  return (index, version) => {
    let text = `{${first?.(index, version) ?? ""}`;
    for (const property of others) {
      const one = property(index, version);
      if (one !== "") text += `,${one}`;
    }
    return `${text}}`;
  };
}

function mailOf(n: number): string {
  return `${of(givenNames, n)}.${of(surnames, n)}.${n}@contoso.example`.toLowerCase();
}

function of(words: readonly string[], n: number): string {
  return words[n % words.length] ?? "";
}
