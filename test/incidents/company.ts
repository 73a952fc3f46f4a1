/** A company on a day when something goes wrong: its directory over real sockets, whole command lines, and an application that speaks SCIM. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { entraFor, entraSection } from "../clouds/entra.ts";
import { oktaFor, oktaSection } from "../clouds/okta.ts";
import { type Ended, type Sections, Site } from "../clouds/site.ts";
import { createAuthority, issueCertificate } from "../lab/certificates.ts";
import type { EntraTenant } from "../stand-ins/entra/tenant.ts";
import { LdapDirectory } from "../stand-ins/ldap-directory.ts";
import { noLags } from "../stand-ins/okta/circumstances.ts";
import type { OktaOrganisation } from "../stand-ins/okta/okta-organisation.ts";
import { type ScimService, startScimService } from "../stand-ins/scim-service.ts";

const BETWEEN_CYCLES_MS = 40 * 60_000;
const DOMAIN = "corp.example";

interface Parts<Directory> {
  readonly site: Site;
  readonly service: ScimService;
  readonly directory: Directory;
  /** Its section of the configuration. */
  readonly source: Sections;
  readonly stop: () => Promise<void>;
}

/** One connection, `staff`, from the directory into the service. */
export class Company<Directory = unknown> implements AsyncDisposable {
  readonly site: Site;
  readonly service: ScimService;
  readonly directory: Directory;
  readonly #source: Sections;
  readonly #stop: () => Promise<void>;

  constructor({ site, service, directory, source, stop }: Parts<Directory>) {
    this.site = site;
    this.service = service;
    this.directory = directory;
    this.#source = source;
    this.#stop = stop;
    this.configure();
  }

  /** Writes the configuration: keys of the connection, and more keys of source and target. */
  configure(connection: Sections = {}, source: Sections = {}, target: Sections = {}): void {
    const token = { file: this.site.secret("app-token", this.service.token) };
    const app = { type: "scim", baseUrl: this.service.baseUrl, token, ...target };
    this.site.configure({ ...this.#source, ...source }, app, connection);
  }

  /** The cycle that is due next. */
  async sync(...options: readonly string[]): Promise<Ended> {
    this.site.clock.pass(BETWEEN_CYCLES_MS);
    return await this.site.rollcall(["sync", ...options].join(" "));
  }

  /** A sync that must end well; what it wrote to the application. */
  async goodSync(...options: readonly string[]): Promise<readonly string[]> {
    const from = this.service.log.length;
    const { code, screen } = await this.sync(...options);
    expect(code, screen).toBe(0);
    return this.writesSince(from);
  }

  /**
   * A sync while something is wrong: whatever it says, the application holds afterwards what it held before and was sent nothing. One that
   * failed has not moved the cursor.
   */
  async wrongSync(...options: readonly string[]): Promise<Ended> {
    const before = this.held();
    const cursor = this.cursor();
    const from = this.service.log.length;
    const ended = await this.sync(...options);
    expect(this.writesSince(from), ended.screen).toEqual([]);
    expect(this.held()).toEqual(before);
    if (ended.code === 1 || ended.code === 5) expect(this.cursor(), ended.screen).toEqual(cursor);
    return ended;
  }

  /** A person's yes to everything that is held of a class. */
  async approve(holdClass: string): Promise<void> {
    const { code, screen } = await this.site.rollcall(`held approve ${holdClass} --reason known`);
    expect(code, screen).toBe(0);
  }

  writesSince(request: number): readonly string[] {
    return this.service.log
      .slice(request)
      .filter(({ method }) => method !== "GET")
      .map(({ method, path }) => `${method} ${path.split("/")[1]}`);
  }

  /** Everything that the application holds: people and groups with all their values, versions left out. */
  held(): unknown {
    const { store } = this.service;
    const plain = ({ meta: _, ...values }: Readonly<Record<string, unknown>>) => values;
    return structuredClone([...store.all("Users").map(plain), ...store.all("Groups").map(plain)]);
  }

  cursor(): unknown {
    return this.site.ask("select text, run from cursor");
  }

  /** Login names of those who may log in, sorted. */
  active(): readonly string[] {
    return this.service.store
      .all("Users")
      .filter((user) => user["active"] === true)
      .map((user) => String(user["userName"]))
      .sort();
  }

  /** The account of a person, by login name. */
  account(login: string): Readonly<Record<string, unknown>> | undefined {
    const name = login.includes("@") ? login : `${login}@${DOMAIN}`;
    return this.service.store.all("Users").find((user) => user["userName"] === name);
  }

  group(name: string): Readonly<Record<string, unknown>> | undefined {
    return this.service.store.all("Groups").find((group) => group["displayName"] === name);
  }

  /** Login names of a group's members, without the domain, sorted. */
  members(name: string): readonly string[] {
    const members = (this.group(name)?.["members"] ?? []) as readonly { readonly value: string }[];
    const logins = new Map(
      this.service.store.all("Users").map((user) => [user["id"], String(user["userName"])]),
    );
    return members.map(({ value }) => (logins.get(value) ?? value).replace(`@${DOMAIN}`, "")).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await this.service.stop();
    this.site.end();
  }
}

/** An Active Directory domain. */
export async function domain(): Promise<Company<LdapDirectory>> {
  const site = new Site();
  const folder = mkdtempSync(join(tmpdir(), "rollcall-incident-ca-"));
  const authority = await createAuthority(folder);
  const issued = await issueCertificate(authority, "dc", ["127.0.0.1"], 2);
  const directory = await LdapDirectory.start({
    certificate: readFileSync(issued.certificate, "utf8"),
    key: readFileSync(issued.key, "utf8"),
  });
  const stop = async () => {
    await directory.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const source = {
    ...{ type: "active-directory", url: directory.url, bindDn: "rollcall@stand.example" },
    bindPassword: { file: site.secret("ad-password", "correct horse") },
    ca: { file: authority.certificate },
    timeouts: { connect: "2s", answer: "1s" },
  };
  return new Company({ site, service: await startScimService(), directory, source, stop });
}

/** People p0, p1, ... of a domain; their ids. */
export function hire({ objects }: LdapDirectory, count: number, prefix = "p"): readonly string[] {
  return Array.from({ length: count }, (_, at) => {
    const login = `${prefix}${at}@${DOMAIN}`;
    return objects.person(`${prefix}${at}`, { userPrincipalName: login, mail: login, displayName: login });
  });
}

/** An Entra tenant. */
export async function tenant(): Promise<Company<EntraTenant>> {
  const site = new Site();
  const directory = await entraFor(site);
  const stop = () => directory.stop();
  const source = entraSection(site, directory);
  return new Company({ site, service: await startScimService(), directory, source, stop });
}

/** People p0, p1, ... of a tenant; their ids. */
export function enrol(directory: EntraTenant, count: number, prefix = "p"): readonly string[] {
  return Array.from({ length: count }, (_, at) => {
    const login = `${prefix}${at}@${DOMAIN}`;
    return directory.createUser({ userPrincipalName: login, mail: login, displayName: login });
  });
}

/** An Okta organisation. */
export async function organisation(): Promise<Company<OktaOrganisation>> {
  const site = new Site();
  const directory = await oktaFor(site, { lags: noLags });
  const stop = () => directory.stop();
  const source = oktaSection(site, directory);
  return new Company({ site, service: await startScimService(), directory, source, stop });
}

/** People p0, p1, ... of an organisation; their ids. */
export function register({ users }: OktaOrganisation, count: number, prefix = "p"): readonly string[] {
  return Array.from({ length: count }, (_, at) => users.create({ login: `${prefix}${at}@${DOMAIN}` }));
}
