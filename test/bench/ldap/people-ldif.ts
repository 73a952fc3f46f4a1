import { guidBytes } from "../../../src/sources/active-directory/read/guid.ts";
import { sidBytes } from "../../../src/sources/active-directory/read/sid.ts";
import type { SourceRecord } from "../../../src/sources/source.ts";
import { people } from "../mapping-people.ts";

export const ROOT = "DC=lab,DC=example";
export const SERVICE = `CN=NTDS Settings,${ROOT}`;
export const DOMAIN_SID = "S-1-5-21-1004336348-1177238915-682003330";
const DOMAIN_USERS = 513;
const PEOPLE = `CN=People,${ROOT}`;

/** A domain of `count` people with a primary group, as LDIF (RFC 2849). All values are in Base64: nothing to escape. */
export function* domainLdif(count: number): Generator<string> {
  yield entry(ROOT, { objectClass: ["container"], dc: ["lab"] });
  yield entry(PEOPLE, { objectClass: ["container"], cn: ["People"] });
  yield entry(SERVICE, { objectClass: ["container"], cn: ["NTDS Settings"], invocationId: [guid(-1)] });
  yield entry(`CN=Domain Users,${PEOPLE}`, {
    ...{ objectClass: ["group"], cn: ["Domain Users"], sAMAccountName: ["Domain Users"] },
    ...{ objectGUID: [guid(-2)], objectSid: [sidBytes(`${DOMAIN_SID}-${DOMAIN_USERS}`)] },
    ...{ groupType: ["-2147483646"], uSNChanged: ["4000"] },
  });
  const all = people("active-directory", count);
  for (const [at, person] of all.entries()) yield personEntry(person, at);
}

function personEntry(person: SourceRecord, at: number): string {
  const { accountEnabled, objectGUID, manager, ...plain } = person;
  const sid = `${DOMAIN_SID}-${10_000 + at}`;
  const texts = Object.entries(plain).map(([name, value]) => [name, [String(value)]]);
  return entry(nameOf(at), {
    objectClass: ["top", "person", "organizationalPerson", "user"],
    cn: [`Person ${at}`],
    ...(Object.fromEntries(texts) as Record<string, string[]>),
    objectGUID: [guidBytes(String(objectGUID)) ?? ""],
    objectSid: [sidBytes(sid)],
    sAMAccountName: [`p${at}`],
    userAccountControl: [accountEnabled === true ? "512" : "514"],
    accountExpires: ["9223372036854775807"],
    primaryGroupID: [String(DOMAIN_USERS)],
    uSNChanged: [String(10_000 + at)],
    ...(manager === undefined ? {} : { manager: [`<GUID=${manager}>;<SID=${sid}>;${nameOf(at >> 3)}`] }),
  });
}

function nameOf(at: number): string {
  return `CN=Person ${at},${PEOPLE}`;
}

function guid(at: number): Buffer {
  const bytes = Buffer.alloc(16, 7);
  bytes.writeInt32LE(at);
  return bytes;
}

function entry(dn: string, attributes: Readonly<Record<string, readonly (string | Buffer)[]>>): string {
  const lines = Object.entries(attributes).flatMap(([name, values]) =>
    values.map((value) => `${name}:: ${Buffer.from(value).toString("base64")}`),
  );
  return `dn: ${dn}\n${lines.join("\n")}\n\n`;
}
