import { Attribute, type Client, Change as Modification } from "ldapts";
import type { Log } from "../../../src/log.ts";
import { silent } from "../../../src/log.ts";
import { definition } from "../../../src/sources/active-directory/index.ts";
import { guidBytes, guidOf } from "../../../src/sources/active-directory/read/guid.ts";
import type { Source } from "../../../src/sources/source.ts";
import type { DomainController } from "../../lab/samba.ts";
import type { SourceWorld } from "../exam.ts";

const select = {
  user: [
    "cn",
    "displayName",
    "mail",
    "givenName",
    "manager",
    "description",
    "proxyAddresses",
    "accountEnabled",
  ],
  group: ["cn", "name", "displayName", "mail", "description"],
};

export interface SourceOptions {
  readonly bindDn?: string;
  readonly password?: string;
  readonly baseDn?: string;
  readonly url?: string | readonly string[];
  readonly log?: Log;
  /** More keys of the YAML section. */
  readonly more?: Readonly<Record<string, unknown>>;
}

let passwords = 0;

/** A source as an admin would configure it for the lab's domain controller. */
export function sourceOn(dc: DomainController, options: SourceOptions = {}): Source {
  const variable = `ROLLCALL_TEST_BIND_PASSWORD_${++passwords}`;
  process.env[variable] = options.password ?? dc.adminPassword;
  const settings = definition.settings.parse({
    url: options.url ?? dc.url,
    baseDn: options.baseDn ?? dc.baseDn,
    bindDn: options.bindDn ?? dc.adminDn,
    bindPassword: { env: variable },
    ca: { file: dc.ca },
    ...options.more,
  });
  const clock = { now: () => Date.now(), sleep: () => Promise.reject(new Error("a source does not sleep")) };
  return definition.open(settings, { name: "ad", select, log: options.log ?? silent, clock });
}

/** Changes the directory as an administrator would, over LDAPS, with a client that knows nothing of the source. */
export class SambaWorld implements SourceWorld {
  readonly attributes = { displayName: "displayName", mail: "mail" };
  readonly tellsDeletions: boolean;
  readonly view = definition.view;
  readonly dc: DomainController;
  readonly #admin: Client;
  readonly #options: SourceOptions;

  constructor(
    dc: DomainController,
    admin: Client,
    options: SourceOptions & { tellsDeletions?: boolean } = {},
  ) {
    this.dc = dc;
    this.#admin = admin;
    this.#options = options;
    this.tellsDeletions = options.tellsDeletions ?? true;
  }

  source(): Source {
    return sourceOn(this.dc, this.#options);
  }

  async createPerson(person: { login: string; displayName: string; mail?: string }): Promise<string> {
    return await this.add(`CN=person ${person.login},${this.base}`, {
      objectClass: "user",
      sAMAccountName: person.login,
      displayName: person.displayName,
      userAccountControl: "544",
      ...(person.mail === undefined ? {} : { mail: person.mail }),
    });
  }

  async changePerson(
    id: string,
    change: { readonly displayName?: string; readonly mail?: string | null },
  ): Promise<void> {
    await this.set(id, { ...change });
  }

  async disablePerson(id: string): Promise<void> {
    await this.set(id, { userAccountControl: "546" });
  }

  async renamePerson(id: string, name: string): Promise<void> {
    await this.rename(id, name);
  }

  async deletePerson(id: string): Promise<void> {
    await this.#admin.del(await this.dnOf(id));
  }

  async createGroup(name: string, members: readonly string[]): Promise<string> {
    const id = await this.add(`CN=${name},${this.base}`, { objectClass: "group", sAMAccountName: name });
    for (const member of members) await this.addMember(id, member);
    return id;
  }

  async renameGroup(id: string, name: string): Promise<void> {
    await this.rename(id, name);
  }

  async deleteGroup(id: string): Promise<void> {
    await this.#admin.del(await this.dnOf(id));
  }

  async addMember(group: string, member: string): Promise<void> {
    await this.#member("add", group, member);
  }

  async removeMember(group: string, member: string): Promise<void> {
    await this.#member("delete", group, member);
  }

  expired(cursor: { readonly text: string }): { readonly text: string } {
    const place = JSON.parse(cursor.text);
    return { text: JSON.stringify({ ...place, invocationId: "00000000-0000-0000-0000-000000000001" }) };
  }

  async close(): Promise<void> {
    await this.#admin.unbind();
  }

  get base(): string {
    return this.#options.baseDn ?? `CN=Users,${this.dc.baseDn}`;
  }

  async add(dn: string, attributes: Record<string, string | string[]>): Promise<string> {
    await this.#admin.add(dn, attributes);
    return await this.idOf(dn);
  }

  /** Sets or, with null, clears. */
  async set(id: string, values: Readonly<Record<string, string | null>>): Promise<void> {
    const changes = Object.entries(values).map(
      ([type, value]) =>
        new Modification({
          operation: "replace",
          modification: new Attribute({ type, values: value === null ? [] : [value] }),
        }),
    );
    await this.#admin.modify(await this.dnOf(id), changes);
  }

  async rename(id: string, name: string, parent?: string): Promise<void> {
    const dn = await this.dnOf(id);
    const above = parent ?? dn.slice(dn.search(/(?<!\\),/) + 1);
    await this.#admin.modifyDN(dn, `${dn.slice(0, 2)}=${name},${above}`);
  }

  async idOf(dn: string): Promise<string> {
    const { searchEntries } = await this.#admin.search(dn, {
      scope: "base",
      attributes: ["objectGUID"],
      explicitBufferAttributes: ["objectGUID"],
    });
    const id = guidOf(searchEntries[0]?.["objectGUID"] as Buffer);
    if (id === undefined) throw new Error(`${dn} has no objectGUID`);
    return id;
  }

  async dnOf(id: string): Promise<string> {
    if (guidBytes(id) === undefined) throw new Error(`${id} is no GUID`);
    const { searchEntries } = await this.#admin.search(`<GUID=${id}>`, {
      scope: "base",
      attributes: ["1.1"],
    });
    const dn = searchEntries[0]?.dn;
    if (dn === undefined) throw new Error(`${id} is not there`);
    return dn;
  }

  async #member(operation: "add" | "delete", group: string, member: string): Promise<void> {
    const values = [await this.dnOf(member)];
    const modification = new Attribute({ type: "member", values });
    await this.#admin.modify(await this.dnOf(group), [new Modification({ operation, modification })]);
  }
}
