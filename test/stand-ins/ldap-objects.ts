import { randomUUID } from "node:crypto";
import { guidBytes } from "../../src/sources/active-directory/read/guid.ts";
import { sidBytes } from "../../src/sources/active-directory/read/sid.ts";

/** One value or several of an attribute; text is UTF-8. A group's members are kept apart. */
export type Values = string | Buffer | readonly (string | Buffer)[];

interface Stamped<T> {
  readonly value: T;
  readonly usn: number;
}

export interface DirectoryObject {
  readonly guid: string;
  readonly sid: string | undefined;
  dn: string;
  deleted: boolean;
  /** When name or place changed last. */
  placed: number;
  /** By name in lower case; an empty list was cleared. */
  readonly attributes: Map<string, Stamped<readonly Buffer[]>>;
  /** GUID of the member -> whether it is one now. */
  readonly members: Map<string, Stamped<boolean>>;
}

/** A small domain in memory that stamps each change with a number, as a domain controller does. */
export class DirectoryObjects {
  readonly root = "DC=stand,DC=example";
  sid = "S-1-5-21-1-2-3";
  readonly all = new Map<string, DirectoryObject>();
  /** What access rights keep from whoever asks: objects by GUID, attributes in lower case. Nothing says that they are there. */
  readonly hidden = { objects: new Set<string>(), attributes: new Set<string>() };
  usn = 1000;
  #rid = 1000;

  constructor() {
    this.add(this.root, { objectClass: ["top", "domain", "domainDNS"] });
    this.add(`CN=Users,${this.root}`, { objectClass: ["top", "container"] });
    this.add(`CN=Domain Users,CN=Users,${this.root}`, group("Domain Users"), 513);
  }

  /** Returns the GUID. People and groups get a SID, with this number or the next one. */
  add(
    dn: string,
    attributes: Readonly<Record<string, Values>>,
    rid?: number,
    guid: string = randomUUID(),
  ): string {
    const isPrincipal = !/^(DC|OU)=/.test(dn) && attributes["sAMAccountName"] !== undefined;
    const sid = isPrincipal ? `${this.sid}-${rid ?? ++this.#rid}` : undefined;
    const object: DirectoryObject = {
      guid,
      sid,
      dn,
      deleted: false,
      placed: ++this.usn,
      attributes: new Map(),
      members: new Map(),
    };
    this.all.set(guid, object);
    this.#stamp(object, "objectGUID", guidBytes(guid) ?? "");
    if (sid !== undefined) this.#stamp(object, "objectSid", sidBytes(sid));
    for (const [name, values] of Object.entries(attributes)) this.#stamp(object, name, values);
    return guid;
  }

  person(name: string, more: Readonly<Record<string, Values>> = {}, guid?: string): string {
    const attributes = {
      objectClass: ["top", "person", "organizationalPerson", "user"],
      sAMAccountName: name,
      userAccountControl: "512",
      primaryGroupID: "513",
      ...more,
    };
    return this.add(`CN=${name},CN=Users,${this.root}`, attributes, undefined, guid);
  }

  group(name: string, members: Iterable<string> = []): string {
    const guid = this.add(`CN=${name},CN=Users,${this.root}`, group(name));
    for (const member of members) this.setMember(guid, member, true);
    return guid;
  }

  set(guid: string, attributes: Readonly<Record<string, Values>>): void {
    this.usn += 1;
    for (const [name, values] of Object.entries(attributes)) this.#stamp(this.get(guid), name, values);
  }

  setMember(groupGuid: string, member: string, value: boolean): void {
    this.get(groupGuid).members.set(member, { value, usn: ++this.usn });
  }

  move(guid: string, dn: string): void {
    const object = this.get(guid);
    const old = object.dn;
    for (const other of this.all.values()) {
      // What is below moves along, and nothing is noted of it.
      if (other.dn.endsWith(`,${old}`)) other.dn = other.dn.slice(0, -old.length) + dn;
    }
    object.dn = dn;
    object.placed = ++this.usn;
  }

  remove(guid: string): void {
    const object = this.get(guid);
    object.deleted = true;
    object.dn = `CN=gone\\0ADEL:${guid},CN=Deleted Objects,${this.root}`;
    object.placed = ++this.usn;
    object.members.clear();
    this.#stamp(object, "isDeleted", "TRUE");
    for (const other of this.all.values()) other.members.delete(guid);
  }

  get(guid: string): DirectoryObject {
    const object = this.all.get(guid);
    if (object === undefined) throw new Error(`no object ${guid}`);
    return object;
  }

  /** Highest number of anything that changed of it. */
  changed(object: DirectoryObject): number {
    const stamps = [...object.attributes.values(), ...object.members.values()].map(({ usn }) => usn);
    return Math.max(object.placed, ...stamps);
  }

  /** As the extended-DN control shows a name. */
  extended(object: DirectoryObject): string {
    const sid = object.sid === undefined ? "" : `<SID=${object.sid}>;`;
    return `<GUID=${object.guid}>;${sid}${object.dn}`;
  }

  #stamp(object: DirectoryObject, name: string, values: Values): void {
    const list = typeof values === "string" || Buffer.isBuffer(values) ? [values] : values;
    const value = list.map((one) => (typeof one === "string" ? Buffer.from(one, "utf8") : one));
    object.attributes.set(name.toLowerCase(), { value, usn: this.usn });
  }
}

function group(name: string): Readonly<Record<string, Values>> {
  return { objectClass: ["top", "group"], sAMAccountName: name, groupType: "-2147483646" };
}
