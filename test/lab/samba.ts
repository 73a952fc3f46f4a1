import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client } from "ldapts";
import { type Authority, createAuthority, issueCertificate } from "./certificates.ts";
import { run, startServer, stopServer } from "./children.ts";
import { freeLoopbackAddress } from "./loopback.ts";
import { labAdminPassword, labFolder, provisionedDomain } from "./samba-domain.ts";

const accessScript = fileURLToPath(new URL("access.py", import.meta.url));

export interface DomainControllerOptions {
  /** LDIF of entries to add before the first start (fast: see `load`). */
  readonly ldif?: string;
  /** Names in its certificate; default: dc1.lab.example and its own address. For tests of certificates that do not fit. */
  readonly certificateNames?: readonly string[];
}

export interface ServiceAccount {
  readonly dn: string;
  readonly password: string;
}

export interface ServiceAccountOptions {
  readonly name?: string;
  /** Grants "Replicating Directory Changes" on the domain: the right that DirSync asks for. */
  readonly directoryChanges?: boolean;
  /** Lets it read Deleted Objects: without that Samba shows it no deletions. */
  readonly deletedObjects?: boolean;
  /** Denies listing the containers and organizational units that exist now: searches end well and find nothing. */
  readonly blind?: boolean;
}

/**
 * A real Active Directory domain controller: Samba on a loopback address of its own, serving LDAP on 389 (StartTLS) and 636.
 * Several may run at once. It ends by `stop()`, and with this process whatever happens. Needs root for its ports.
 */
export class DomainController {
  readonly baseDn = "DC=lab,DC=example";
  readonly dnsName = "dc1.lab.example";
  readonly adminDn = "CN=Administrator,CN=Users,DC=lab,DC=example";
  readonly adminPassword = labAdminPassword;
  /** Also the IP address in its certificate: a proxy on another port of this host fits the certificate too. */
  readonly host: string;
  readonly folder: string;
  /** Signs the server's certificate; issue more by `issueCertificate(dc.authority, ...)`. */
  readonly authority: Authority;
  #server: ChildProcess | undefined;

  constructor(folder: string, host: string, authority: Authority) {
    this.folder = folder;
    this.host = host;
    this.authority = authority;
  }

  get url(): string {
    return `ldaps://${this.host}`;
  }

  /** For StartTLS; a bind without it is refused by the server. */
  get startTlsUrl(): string {
    return `ldap://${this.host}`;
  }

  /** PEM file of the certificate authority. */
  get ca(): string {
    return this.authority.certificate;
  }

  /** Starts the server and resolves when it takes a bind over TLS. */
  async start(): Promise<void> {
    if (this.#server !== undefined) throw new Error("the domain controller is running already");
    const log = join(this.folder, "samba.log");
    const server = startServer(
      "/usr/sbin/samba",
      ["-F", "--no-process-group", "-M", "single", "-s", this.#configuration],
      { log },
    );
    this.#server = server;
    const deadline = Date.now() + 60_000;
    while (!(await this.#answers())) {
      const ended = server.exitCode !== null || server.signalCode !== null || server.pid === undefined;
      if (ended || Date.now() > deadline) {
        await this.#end();
        throw new Error(`samba did not come up on ${this.host}:\n${await readFile(log, "utf8")}`);
      }
      await pause(50);
    }
  }

  /** Stops the server and keeps its data. */
  async halt(): Promise<void> {
    await this.#end();
  }

  async restart(): Promise<void> {
    await this.#end();
    await this.start();
  }

  /** Stops the server and removes its folder. */
  async stop(): Promise<void> {
    await this.#end();
    await rm(this.folder, { recursive: true, force: true });
  }

  /**
   * Adds entries to the database file, without the server: some 700 a second, while LDAP takes 40 to 200. People without a
   * password are taken (userAccountControl 512 included). A running server is stopped meanwhile.
   */
  async load(ldif: string): Promise<void> {
    const wasRunning = this.#server !== undefined;
    await this.#end();
    const file = join(this.folder, "load.ldif");
    await writeFile(file, ldif);
    const database = join(this.folder, "private", "sam.ldb");
    await run("/usr/bin/ldbadd", [
      ...["--nosync", "-o", "batch_mode:1", "-o", "transaction_index_cache_size:200000"],
      ...["-H", database, `--configfile=${this.#configuration}`, file],
    ]);
    if (wasRunning) await this.start();
  }

  /** Changes over LDAPS as the administrator: LDIF with `changetype:` lines (an entry without one is added). */
  async ldapmodify(ldif: string): Promise<void> {
    await run(
      "/usr/bin/ldapmodify",
      ["-a", "-x", "-H", this.url, "-D", this.adminDn, "-w", this.adminPassword],
      { env: { ...process.env, LDAPTLS_CACERT: this.ca, LDAPTLS_REQCERT: "never" }, input: ldif },
    );
  }

  async setPassword(dn: string, password: string): Promise<void> {
    await this.ldapmodify(
      `dn:: ${base64(dn)}\nchangetype: modify\nreplace: unicodePwd\nunicodePwd:: ${quotedPassword(password)}\n`,
    );
  }

  /** An ordinary account as an admin would make it for Rollcall. */
  async createServiceAccount(options: ServiceAccountOptions = {}): Promise<ServiceAccount> {
    const name = options.name ?? `svc-${randomBytes(4).toString("hex")}`;
    const dn = `CN=${name},CN=Users,${this.baseDn}`;
    const password = `Lab-${randomBytes(9).toString("base64url")}-1a`;
    await this.ldapmodify(
      `dn: ${dn}\nobjectClass: user\nsAMAccountName: ${name}\nuserPrincipalName: ${name}@lab.example\n` +
        `userAccountControl: 512\nunicodePwd:: ${quotedPassword(password)}\n`,
    );
    if (options.directoryChanges === true) await this.#setAccess(dn, "replicate");
    if (options.deletedObjects === true) await this.grantDeletedObjects(dn);
    if (options.blind === true) await this.blind(dn);
    return { dn, password };
  }

  /** Lets an account see deletions, as an administrator would. */
  async grantDeletedObjects(dn: string): Promise<void> {
    await this.#setAccess(dn, "deleted");
  }

  /** From now on an account finds nobody and nothing in the containers that exist, and is told that all went well. */
  async blind(dn: string): Promise<void> {
    await this.#setAccess(dn, "blind");
  }

  /** From now on an account does not see the e-mail address of anybody who has one. */
  async hideMail(dn: string): Promise<void> {
    await this.#setAccess(dn, "mail");
  }

  /** A client bound as the administrator, for looking at the directory; the caller unbinds it. */
  async adminClient(): Promise<Client> {
    const client = new Client({
      url: this.url,
      tlsOptions: { ca: await readFile(this.ca), checkServerIdentity: () => undefined },
      connectTimeout: 5000,
      timeout: 30_000,
    });
    await client.bind(this.adminDn, this.adminPassword);
    return client;
  }

  get #configuration(): string {
    return join(this.folder, "smb.conf");
  }

  async #setAccess(dn: string, change: "replicate" | "deleted" | "blind" | "mail"): Promise<void> {
    const database = join(this.folder, "private", "sam.ldb");
    await run("/usr/bin/python3", [accessScript, database, this.#configuration, dn, change]);
  }

  async #answers(): Promise<boolean> {
    let client: Client | undefined;
    try {
      client = await this.adminClient();
      return true;
    } catch {
      return false;
    } finally {
      await client?.unbind().catch(() => {});
    }
  }

  async #end(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await stopServer(server);
  }
}

/** A running domain controller with an empty domain (or the people of `ldif`), ready for binds. */
export async function startDomainController(
  options: DomainControllerOptions = {},
): Promise<DomainController> {
  const template = await provisionedDomain();
  await removeLeftovers();
  const folder = join(labFolder, "run", `dc-${process.pid}-${randomBytes(4).toString("hex")}`);
  await mkdir(join(folder, "run"), { recursive: true });
  await cp(template, folder, { recursive: true });
  const host = await freeLoopbackAddress([389, 636, 3268, 3269]);
  const authority = await createAuthority(folder);
  const controller = new DomainController(folder, host, authority);
  const certificate = await issueCertificate(
    authority,
    "dc1",
    options.certificateNames ?? [controller.dnsName, host],
  );
  await chmod(certificate.key, 0o600);
  await writeFile(join(folder, "smb.conf"), configuration(folder, host, authority, certificate));
  try {
    if (options.ldif !== undefined) await controller.load(options.ldif);
    await controller.start();
  } catch (error) {
    await controller.stop();
    throw error;
  }
  return controller;
}

/** One process that serves LDAP and nothing else. */
function configuration(
  folder: string,
  host: string,
  authority: Authority,
  tls: { readonly certificate: string; readonly key: string },
): string {
  const settings = {
    "netbios name": "DC1",
    realm: "LAB.EXAMPLE",
    workgroup: "LAB",
    "server role": "active directory domain controller",
    "server services": "ldap",
    "dcerpc endpoint servers": "",
    interfaces: `${host}/8`,
    "bind interfaces only": "yes",
    "private dir": join(folder, "private"),
    "lock directory": folder,
    "state directory": join(folder, "state"),
    "cache directory": join(folder, "cache"),
    "binddns dir": join(folder, "bind-dns"),
    "xattr_tdb:file": join(folder, "state", "xattr.tdb"),
    "pid directory": join(folder, "run"),
    "ncalrpc dir": join(folder, "run", "ncalrpc"),
    "log file": join(folder, "samba-%m.log"),
    "tls enabled": "yes",
    "tls keyfile": tls.key,
    "tls certfile": tls.certificate,
    "tls cafile": authority.certificate,
    "dns update command": "/bin/true",
    "spn update command": "/bin/true",
  };
  const lines = Object.entries(settings).map(([name, value]) => `  ${name} = ${value}`);
  return `[global]\n${lines.join("\n")}\n`;
}

/** Folders of test runs that were killed: their number in the name is that of a process that is gone. */
async function removeLeftovers(): Promise<void> {
  const parent = join(labFolder, "run");
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    const pid = Number(/^dc-(\d+)-/.exec(basename(name))?.[1]);
    if (!isRunning(pid)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

/** The form in which Active Directory takes a password: in double quotes, UTF-16, over TLS only. */
function quotedPassword(password: string): string {
  return Buffer.from(`"${password}"`, "utf16le").toString("base64");
}
