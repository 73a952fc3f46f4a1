import type { Clock } from "../../../src/clock.ts";
import { type Log, silent } from "../../../src/log.ts";
import { definition } from "../../../src/sources/entra/index.ts";
import type { Cursor, Source } from "../../../src/sources/source.ts";
import type { EntraTenant } from "../../stand-ins/entra/tenant.ts";
import type { NewPerson, SourceWorld } from "../exam.ts";
import { FastClock } from "./fast-clock.ts";

const select = {
  user: ["displayName", "mail", "givenName", "manager", "businessPhones", "userType"],
  group: ["displayName", "mail", "description"],
};

export interface SourceOptions {
  readonly select?: typeof select;
  readonly clock?: Clock;
  readonly log?: Log;
  /** More keys of the YAML section. */
  readonly more?: Readonly<Record<string, unknown>>;
}

let secrets = 0;

/** A source as an admin would configure it for the tenant. */
export function sourceOn(tenant: EntraTenant, options: SourceOptions = {}): Source {
  const variable = `ROLLCALL_TEST_ENTRA_SECRET_${++secrets}`;
  process.env[variable] = tenant.clientSecret;
  const settings = definition.settings.parse({
    tenantId: tenant.tenantId,
    clientId: tenant.clientId,
    clientSecret: { env: variable },
    endpoints: { login: tenant.loginUrl, graph: tenant.graphUrl },
    ca: { file: tenant.caFile },
    ...options.more,
  });
  return definition.open(settings, {
    name: "entra",
    select: options.select ?? select,
    log: options.log ?? silent,
    clock: options.clock ?? new FastClock(),
  });
}

/** Changes the tenant behind the service's back, as an administrator in the portal would. */
export class EntraWorld implements SourceWorld {
  readonly attributes = { displayName: "displayName", mail: "mail" };
  readonly tellsDeletions = true;
  readonly view = definition.view;
  readonly tenant: EntraTenant;
  readonly #deletesForGood: boolean;
  readonly #upset: () => void;
  #renames = 0;

  constructor(
    tenant: EntraTenant,
    options: { readonly deletesForGood?: boolean; readonly upset?: () => void } = {},
  ) {
    this.tenant = tenant;
    this.#deletesForGood = options.deletesForGood ?? false;
    this.#upset = options.upset ?? (() => {});
  }

  source(): Source {
    return sourceOn(this.tenant);
  }

  async createPerson({ login, displayName, mail }: NewPerson): Promise<string> {
    this.#upset();
    return this.tenant.createUser({
      displayName,
      userPrincipalName: `${login}@${this.tenant.domain}`,
      mailNickname: login,
      ...(mail === undefined ? {} : { mail }),
    });
  }

  async changePerson(
    id: string,
    change: { readonly displayName?: string; readonly mail?: string | null },
  ): Promise<void> {
    this.#upset();
    this.tenant.updateUser(id, { ...change });
  }

  async disablePerson(id: string): Promise<void> {
    this.tenant.disable(id);
  }

  async renamePerson(id: string, name: string): Promise<void> {
    this.tenant.rename(id, name, `renamed${++this.#renames}@${this.tenant.domain}`);
  }

  async deletePerson(id: string): Promise<void> {
    if (this.#deletesForGood) this.tenant.hardDelete(id);
    else this.tenant.softDelete(id);
  }

  async createGroup(name: string, members: readonly string[]): Promise<string> {
    return this.tenant.createGroup({ displayName: name }, members);
  }

  async renameGroup(id: string, name: string): Promise<void> {
    this.tenant.rename(id, name);
  }

  async deleteGroup(id: string): Promise<void> {
    this.tenant.softDelete(id);
  }

  async addMember(group: string, member: string): Promise<void> {
    this.#upset();
    this.tenant.addMember(group, member);
  }

  async removeMember(group: string, member: string): Promise<void> {
    this.tenant.removeMember(group, member);
  }

  expired(cursor: Cursor): Cursor {
    const place = JSON.parse(cursor.text) as { readonly groups: string };
    return { text: JSON.stringify({ ...place, groups: `${place.groups}x` }) };
  }

  async close(): Promise<void> {
    await this.tenant.stop();
  }
}
