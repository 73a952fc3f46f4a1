/** Three directories into one target: an Entra tenant, an Okta organisation and an Active Directory, one configuration, whole command lines. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Io } from "../../src/commands/invocation.ts";
import { run } from "../../src/commands/run.ts";
import { silent } from "../../src/log.ts";
import type { StoredResource } from "../../src/scim/resource.ts";
import { definition as embedded } from "../../src/targets/embedded/index.ts";
import { type Authority, createAuthority, issueCertificate } from "../lab/certificates.ts";
import { SharedClock } from "../sources/okta/okta-world.ts";
import { type EntraTenant, startEntraTenant } from "../stand-ins/entra/tenant.ts";
import { LdapDirectory } from "../stand-ins/ldap-directory.ts";
import { noLags } from "../stand-ins/okta/circumstances.ts";
import { type OktaOrganisation, startOktaOrganisation } from "../stand-ins/okta/okta-organisation.ts";
import { type ScimService, startScimService } from "../stand-ins/scim-service.ts";

const main = fileURLToPath(new URL("../../bin/rollcall.js", import.meta.url));
const nobody = new AbortController();

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Connections `cloud` (Entra), `partners` (Okta) and `staff` (Active Directory) into `app`, in this order. */
export class ThreeDirectories implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "rollcall-three-"));
  readonly clock: SharedClock;
  readonly entra: EntraTenant;
  readonly okta: OktaOrganisation;
  readonly ad: LdapDirectory;
  /** The HTTP target; undefined when it is the embedded one. */
  readonly service: ScimService | undefined;
  readonly #authority: Authority;
  readonly #children: ChildProcess[] = [];

  private constructor(parts: {
    readonly clock: SharedClock;
    readonly entra: EntraTenant;
    readonly okta: OktaOrganisation;
    readonly ad: LdapDirectory;
    readonly service: ScimService | undefined;
    readonly authority: Authority;
  }) {
    this.clock = parts.clock;
    this.entra = parts.entra;
    this.okta = parts.okta;
    this.ad = parts.ad;
    this.service = parts.service;
    this.#authority = parts.authority;
    this.configure();
  }

  static async start(target: "embedded" | "scim"): Promise<ThreeDirectories> {
    const clock = new SharedClock();
    const authority = await createAuthority(mkdtempSync(join(tmpdir(), "rollcall-three-ca-")));
    const issued = await issueCertificate(authority, "dc", ["127.0.0.1"], 2);
    const limits = { "/api/v1/users": 10_000, "/api/v1/groups": 10_000 } as never;
    return new ThreeDirectories({
      clock,
      authority,
      entra: await startEntraTenant(),
      okta: await startOktaOrganisation({ lags: noLags, now: clock.now, rateLimits: limits }),
      ad: await LdapDirectory.start({
        certificate: readFileSync(issued.certificate, "utf8"),
        key: readFileSync(issued.key, "utf8"),
      }),
      service: target === "scim" ? await startScimService() : undefined,
    });
  }

  /** Writes configuration and secrets. `policy`, `target` and the scopes are YAML, in one line. */
  configure(
    options: {
      readonly policy?: string;
      readonly target?: string;
      readonly scopes?: Readonly<Record<string, string>>;
    } = {},
  ): void {
    const { entra, okta, ad, service, folder } = this;
    this.secret("entra", entra.clientSecret);
    this.secret("okta", okta.token);
    this.secret("ad", "correct horse");
    this.secret("app", service?.token ?? "");
    writeFileSync(join(folder, "okta-ca.pem"), okta.ca);
    const target =
      service === undefined
        ? "{ type: embedded }"
        : `{ type: scim, baseUrl: "${service.baseUrl}", token: { file: ./app } ${options.target ?? ""} }`;
    const policy = options.policy ?? "{}";
    const connection = (name: string, source: string) =>
      `  ${name}:\n    source: ${source}\n    target: app\n    policy: ${policy}\n${
        options.scopes?.[name] === undefined ? "" : `    scope:\n      ${options.scopes[name]}\n`
      }`;
    writeFileSync(
      join(folder, "rollcall.yaml"),
      `state: ./state
sources:
  entra:
    type: entra
    tenantId: ${entra.tenantId}
    clientId: ${entra.clientId}
    clientSecret: { file: ./entra }
    endpoints: { login: "${entra.loginUrl}", graph: "${entra.graphUrl}" }
    ca: { file: ${entra.caFile} }
  okta: { type: okta, orgUrl: "${okta.url}", token: { file: ./okta }, ca: { file: ./okta-ca.pem } }
  ad:
    type: active-directory
    url: ${ad.url}
    bindDn: rollcall@stand.example
    bindPassword: { file: ./ad }
    ca: { file: ${this.#authority.certificate} }
targets:
  app: ${target}
connections:
${connection("cloud", "entra")}${connection("partners", "okta")}${connection("staff", "ad")}`,
    );
  }

  secret(name: "entra" | "okta" | "ad" | "app", value: string): void {
    writeFileSync(join(this.folder, name), value, { mode: 0o600 });
  }

  inEntra(name: string, more: Readonly<Record<string, string>> = {}): string {
    const userPrincipalName = `${name}@corp.example`;
    return this.entra.createUser({ userPrincipalName, displayName: name, mail: userPrincipalName, ...more });
  }

  inOkta(name: string, more: Readonly<Record<string, string>> = {}): string {
    return this.okta.users.create({ login: `${name}@corp.example`, displayName: name, ...more }, "ACTIVE");
  }

  inAd(name: string, more: Readonly<Record<string, string>> = {}): string {
    const login = `${name}@corp.example`;
    return this.ad.objects.person(name, {
      userPrincipalName: login,
      displayName: name,
      mail: login,
      ...more,
    });
  }

  /** A command line in this process. */
  async run(line: string | readonly string[]): Promise<Ended> {
    const [out, err] = [gathered(), gathered()];
    const io: Io = {
      stdout: { isTerminal: false, columns: undefined, write: out.add },
      stderr: { isTerminal: false, columns: undefined, write: err.add },
      environment: {},
      clock: this.clock,
      signal: nobody.signal,
      abort: nobody.signal,
      ask: undefined,
    };
    const code = await run([...this.#words(line), "--config", join(this.folder, "rollcall.yaml")], io);
    return { code, out: out.text(), err: err.text() };
  }

  /** A command line in a process of its own; `program`: node's options, and another main file than that of the sources. */
  async runApart(line: string | readonly string[], program: readonly string[] = [main]): Promise<Ended> {
    const argv = [...program, ...this.#words(line), "--config", join(this.folder, "rollcall.yaml")];
    const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "pipe"] });
    this.#children.push(child);
    const [out, err] = [gathered(), gathered()];
    child.stdout.on("data", (chunk: Buffer) => out.add(chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => err.add(chunk.toString()));
    const [code] = await once(child, "close");
    return { code: Number(code), out: out.text(), err: err.text() };
  }

  /** What the target holds, by userName. */
  async accounts(): Promise<ReadonlyMap<string, StoredResource>> {
    return byName(await this.#all("Users"), "userName");
  }

  /** Groups by displayName, several of a name under each other; each with the user names of its members. */
  async groups(): Promise<Readonly<Record<string, readonly (readonly string[])[]>>> {
    const names = new Map([...(await this.accounts())].map(([name, { id }]) => [id, name]));
    const found: Record<string, string[][]> = {};
    for (const group of await this.#all("Groups")) {
      const members = (group["members"] ?? []) as readonly { readonly value: string }[];
      const title = String(group["displayName"]);
      found[title] = [...(found[title] ?? []), members.map(({ value }) => names.get(value) ?? value).sort()];
    }
    return found;
  }

  /** Every write that reached the HTTP target; versions tell for the embedded one. */
  async fingerprint(): Promise<string> {
    if (this.service !== undefined) return String(this.service.count("POST", "PUT", "PATCH", "DELETE"));
    return JSON.stringify([await this.#all("Users"), await this.#all("Groups")]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
    }
    await Promise.all([this.entra.stop(), this.okta.stop(), this.ad.stop(), this.service?.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(this.#authority.folder, { recursive: true, force: true });
  }

  #words(line: string | readonly string[]): readonly string[] {
    return typeof line === "string" ? line.split(" ") : line;
  }

  async #all(type: "Users" | "Groups"): Promise<readonly StoredResource[]> {
    if (this.service !== undefined) return this.service.store.all(type) as unknown as StoredResource[];
    const folder = join(this.folder, "state", "targets");
    const api = await embedded.open({}, { name: "app", folder, log: silent, clock: this.clock });
    const found: StoredResource[] = [];
    const list = type === "Users" ? api.users.list(nobody.signal) : api.groups.list(nobody.signal);
    for await (const each of list) {
      const members = type === "Groups" ? await api.groups.members(each.id, nobody.signal) : [];
      found.push(type === "Users" ? each : { ...each, members: [...members].map((value) => ({ value })) });
    }
    await api.close();
    return found;
  }
}

function gathered(): { add(text: string): void; text(): string } {
  const pieces: string[] = [];
  return { add: (text) => pieces.push(text), text: () => pieces.join("") };
}

function byName(all: readonly StoredResource[], path: string): ReadonlyMap<string, StoredResource> {
  return new Map(all.map((each) => [String(each[path]), each]));
}
