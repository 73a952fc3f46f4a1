import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../src/clock.ts";
import { definition } from "../../../src/sources/okta/index.ts";
import type { OktaOrganisation } from "../../../src/sources/okta/organisation.ts";
import type { Cursor } from "../../../src/sources/source.ts";
import {
  type OktaOptions,
  type OktaOrganisation as StandIn,
  startOktaOrganisation,
} from "../../stand-ins/okta/okta-organisation.ts";
import type { NewPerson, SourceWorld } from "../exam.ts";
import { type SourceOptions, secret, sourceOn } from "./source-on.ts";

const select = {
  user: ["displayName", "secondEmail", "login", "firstName", "lastName", "accountEnabled", "managerUser"],
  group: ["name", "description"],
};

/** Time that the organisation and its readers share: it goes by itself, and jumps over waits. */
export class SharedClock implements Clock {
  readonly slept: number[] = [];
  #ahead = 0;

  readonly now = (): number => Date.now() + this.#ahead;

  pass(ms: number): void {
    this.#ahead += ms;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.slept.push(ms);
    this.#ahead += ms;
  }
}

/** The stand-in as the exam wants it: what an administrator does in Okta. */
export class OktaWorld implements SourceWorld {
  readonly attributes = { displayName: "displayName", mail: "secondEmail" };
  readonly tellsDeletions = true;
  readonly flatGroups = true;
  readonly view = definition.view;
  readonly okta: StandIn;
  readonly clock: SharedClock;
  readonly #folder: string;
  readonly #login: "token" | "application";
  #disabled = 0;

  private constructor(okta: StandIn, clock: SharedClock, folder: string, login: "token" | "application") {
    this.okta = okta;
    this.clock = clock;
    this.#folder = folder;
    this.#login = login;
  }

  static async open(options: OktaOptions = {}, login: "token" | "application" = "token"): Promise<OktaWorld> {
    const clock = new SharedClock();
    const okta = await startOktaOrganisation({ now: clock.now, ...options });
    const folder = await mkdtemp(join(tmpdir(), "rollcall-okta-world-"));
    await writeFile(join(folder, "ca.pem"), okta.ca);
    return new OktaWorld(okta, clock, folder, login);
  }

  source(options: SourceOptions = {}): OktaOrganisation {
    const { okta, clock } = this;
    return sourceOn(
      { origin: okta.url, ca: join(this.#folder, "ca.pem") },
      {
        token: okta.token,
        select,
        clock,
        ...(this.#login === "application" && this.application()),
        ...options,
      },
    );
  }

  /** Settings of the YAML for the service application. */
  application(): SourceOptions {
    const { clientId, keyId, privateKey } = this.okta;
    return { more: { clientId, keyId, privateKey: secret(privateKey) } };
  }

  /** Searches by name see newcomers only when the index does. */
  #settle(): void {
    this.clock.pass(this.okta.circumstances.lags.searchMs);
  }

  async createPerson({ login, displayName, mail }: NewPerson): Promise<string> {
    const id = this.okta.users.create({
      login: `${login}@example.com`,
      displayName,
      ...(mail !== undefined && { secondEmail: mail }),
    });
    this.#settle();
    return id;
  }

  async changePerson(
    id: string,
    { displayName, mail }: { readonly displayName?: string; readonly mail?: string | null },
  ): Promise<void> {
    this.okta.users.updateProfile(id, {
      ...(displayName !== undefined && { displayName }),
      ...(mail !== undefined && { secondEmail: mail }),
    });
  }

  async disablePerson(id: string): Promise<void> {
    const { status } = this.okta.users.get(id);
    if (status === "DEPROVISIONED") return;
    if (status === "SUSPENDED" || ++this.#disabled % 2 === 0) this.okta.users.deactivate(id);
    else this.okta.users.suspend(id);
  }

  async renamePerson(id: string, name: string): Promise<void> {
    this.okta.users.updateProfile(id, { login: `${name.replaceAll(" ", ".")}@example.com` });
  }

  async deletePerson(id: string): Promise<void> {
    this.okta.users.deleteForGood(id);
  }

  async createGroup(name: string, members: readonly string[]): Promise<string> {
    const id = this.okta.groups.create(name);
    for (const member of members) this.okta.groups.add(id, member);
    this.#settle();
    return id;
  }

  async renameGroup(id: string, name: string): Promise<void> {
    this.okta.groups.rename(id, name);
  }

  async deleteGroup(id: string): Promise<void> {
    this.okta.groups.delete(id);
  }

  async addMember(group: string, member: string): Promise<void> {
    this.okta.groups.add(group, member);
  }

  async removeMember(group: string, member: string): Promise<void> {
    this.okta.groups.remove(group, member);
  }

  expired(cursor: Cursor): Cursor {
    return { text: JSON.stringify({ ...JSON.parse(cursor.text), full: 0 }) };
  }

  async close(): Promise<void> {
    await this.okta.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
