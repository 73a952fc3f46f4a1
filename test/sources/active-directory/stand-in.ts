import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Log, silent } from "../../../src/log.ts";
import { definition } from "../../../src/sources/active-directory/index.ts";
import type { Source } from "../../../src/sources/source.ts";
import { type Authority, createAuthority, issueCertificate } from "../../lab/certificates.ts";
import { LdapDirectory } from "../../stand-ins/ldap-directory.ts";

process.env["ROLLCALL_TEST_STAND_IN_PASSWORD"] = "correct horse";

const select = {
  user: ["displayName", "mail", "givenName", "manager", "proxyAddresses", "accountEnabled"],
  group: ["displayName"],
};

/** An authority and what it signed, for the stand-ins of one test file. */
export class Certificates {
  readonly authority: Authority;

  private constructor(authority: Authority) {
    this.authority = authority;
  }

  static async create(): Promise<Certificates> {
    return new Certificates(await createAuthority(await mkdtemp(join(tmpdir(), "rollcall-ldap-"))));
  }

  /** A stand-in with a certificate for its address, or for other names. */
  async directory(
    options: { readonly names?: readonly string[]; readonly startTls?: boolean; readonly days?: number } = {},
  ): Promise<LdapDirectory> {
    const names = options.names ?? ["127.0.0.1", "dc1.stand.example"];
    const issued = await issueCertificate(this.authority, `dc-${names.join("-")}`, names, options.days ?? 2);
    return await LdapDirectory.start({
      certificate: await readFile(issued.certificate, "utf8"),
      key: await readFile(issued.key, "utf8"),
      startTls: options.startTls ?? false,
    });
  }

  async remove(): Promise<void> {
    await rm(this.authority.folder, { recursive: true, force: true });
  }

  source(
    directory: LdapDirectory | readonly string[],
    more: Readonly<Record<string, unknown>> = {},
    log: Log = silent,
  ): Source {
    const settings = definition.settings.parse({
      url: directory instanceof LdapDirectory ? directory.url : directory,
      bindDn: "rollcall@stand.example",
      bindPassword: { env: "ROLLCALL_TEST_STAND_IN_PASSWORD" },
      ca: { file: this.authority.certificate },
      timeouts: { connect: "2s", answer: "2s" },
      ...more,
    });
    const clock = {
      now: () => Date.now(),
      sleep: () => Promise.reject(new Error("a source does not sleep")),
    };
    return definition.open(settings, { name: "ad", select, log, clock });
  }
}
