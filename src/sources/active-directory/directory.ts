import { readFileSync } from "node:fs";
import { getCACertificates } from "node:tls";
import { ConfigurationError, ConnectionError } from "../../errors.ts";
import type { Expiry } from "../../expiry.ts";
import type { Finding } from "../../scim/api.ts";
import type { Kind } from "../../scim/resource.ts";
import { SecretInUse } from "../../secret-in-use.ts";
import { namedGroups } from "../named-groups.ts";
import type { Change, Cursor, Page, Source, SourceContext } from "../source.ts";
import type { Dialing } from "./client/dial.ts";
import { type Endpoint, endpointOf } from "./client/endpoint.ts";
import { reach } from "./client/reach.ts";
import { discover, type ResolveSrv } from "./client/servers.ts";
import type { Login, Session } from "./client/session.ts";
import type { Settings } from "./config.ts";
import { placeOf } from "./read/cursor.ts";
import { find } from "./read/find.ts";
import { pollOnce } from "./read/poll.ts";
import { probe } from "./read/probe.ts";
import { readOne } from "./read/read-one.ts";
import { domainSidOf, prepare, type Reading } from "./read/reading.ts";

/** What the outside world does for us. */
export interface Surroundings {
  readonly resolveSrv: ResolveSrv;
  /** 0 to 1, for the order among equal domain controllers. */
  readonly random: () => number;
}

/**
 * An Active Directory domain. Each poll has a session of its own from its first to its last question; `read`, `find` and
 * `identity` share one that is opened when first needed and again when it was lost.
 */
export class ActiveDirectory implements Source {
  readonly #settings: Settings;
  readonly #context: SourceContext;
  readonly #surroundings: Surroundings;
  #shared: Reading | undefined;
  readonly #password: SecretInUse;
  #sid: string | undefined;
  /** URL of the domain controller that answered last. */
  #used: string | undefined;
  /** Of the domain controller that answered last. */
  #certificate: Pick<Expiry, "name" | "endsAt"> | undefined;
  /** Problems with attributes that were logged already. */
  readonly #told = new Set<string>();

  constructor(settings: Settings, context: SourceContext, surroundings: Surroundings) {
    this.#settings = settings;
    this.#context = context;
    this.#surroundings = surroundings;
    const { clock, refusals } = context;
    this.#password = new SecretInUse(settings.bindPassword, {
      place: `${this.#path}.bindPassword`,
      clock,
      refusals,
      locksAccounts: true,
    });
  }

  /** The domain's SID. It stays that of the first domain controller that was reached; a cursor of another domain is refused anyway. */
  async identity(signal: AbortSignal): Promise<string> {
    if (this.#sid === undefined) (await this.#open(undefined, signal)).close();
    if (this.#sid === undefined) throw new ConnectionError("no domain controller told the SID of its domain");
    return this.#sid;
  }

  async *poll(cursor: Cursor | undefined, signal: AbortSignal): AsyncGenerator<Page> {
    const from = cursor === undefined ? undefined : placeOf(cursor);
    const session = await this.#open(from?.url, signal);
    try {
      yield* pollOnce(await this.#prepared(session, signal), from, signal);
    } finally {
      session.close();
    }
  }

  async read(kind: Kind, id: string, signal: AbortSignal): Promise<readonly Change[]> {
    return await readOne(await this.#reading(signal), kind, id, signal);
  }

  async find(kind: Kind, key: string, signal: AbortSignal): Promise<readonly string[]> {
    return await find(await this.#reading(signal), kind, key, signal);
  }

  async assigned(
    to: { readonly groups: readonly string[] } | { readonly app: string },
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    if ("groups" in to) return await namedGroups(to.groups, (name) => this.find("group", name, signal));
    throw new ConfigurationError("scope.assigned: Active Directory knows no applications", {
      hint: "limit the connection to the members of groups: assigned: { groups: [...] }",
    });
  }

  async probe(signal: AbortSignal): Promise<readonly Finding[]> {
    const options = this.#readingOptions;
    return await probe(
      await this.#endpoints(signal),
      this.#dialing,
      this.#login,
      options,
      this.#context.clock,
      signal,
    );
  }

  async expiries(signal: AbortSignal): Promise<readonly Expiry[]> {
    if (this.#certificate === undefined) (await this.#open(undefined, signal)).close();
    if (this.#certificate === undefined || Number.isNaN(this.#certificate.endsAt)) return [];
    return [{ place: this.#path, what: "server certificate", ...this.#certificate }];
  }

  async close(): Promise<void> {
    this.#shared?.session.close();
    this.#shared = undefined;
  }

  async #reading(signal: AbortSignal): Promise<Reading> {
    if (this.#shared?.session.isOpen === true) return this.#shared;
    this.#shared = undefined;
    const session = await this.#open(undefined, signal);
    try {
      this.#shared = await this.#prepared(session, signal);
      return this.#shared;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  async #prepared(session: Session, signal: AbortSignal): Promise<Reading> {
    const reading = await prepare(session, this.#readingOptions, signal);
    for (const problem of reading.problems) {
      if (!this.#told.has(problem)) this.#context.log.warn({}, problem);
      this.#told.add(problem);
    }
    return reading;
  }

  /** The domain controller of the cursor is tried first, whatever the order of the others: no other one takes the cursor. */
  async #open(preferred: string | undefined, signal: AbortSignal): Promise<Session> {
    const endpoints = await this.#endpoints(signal);
    const first = endpoints.filter(({ url }) => url === preferred);
    const others = endpoints.filter(({ url }) => url !== preferred);
    const { log } = this.#context;
    const used = preferred ?? this.#used;
    const session = await reach([...first, ...others], this.#dialing, this.#login, log, used, signal);
    this.#used = session.endpoint.url;
    this.#certificate = { name: session.endpoint.host, endsAt: Date.parse(session.certificate.valid_to) };
    try {
      this.#checkDomain(domainSidOf(session), session.host);
    } catch (error) {
      session.close();
      throw error;
    }
    return session;
  }

  /** URLs of one source are of one domain: people of another one must never be taken for changes of this. */
  #checkDomain(sid: string, host: string): void {
    this.#sid ??= sid;
    if (sid === this.#sid) return;
    throw new ConnectionError(
      `${host} is a domain controller of another domain (${sid}, before: ${this.#sid})`,
      {
        hint: "name domain controllers of one domain only; other domains are sources of their own",
      },
    );
  }

  async #endpoints(signal: AbortSignal): Promise<readonly Endpoint[]> {
    const { url, domain } = this.#settings;
    if (url !== undefined) return url.map(endpointOf);
    if (domain === undefined) throw new ConfigurationError("expected either url or domain");
    return await discover(domain, this.#surroundings.resolveSrv, this.#surroundings.random, signal);
  }

  get #readingOptions() {
    const { baseDn, bindDn, pageSize } = this.#settings;
    return { baseDn, bindDn, pageSize, select: this.#context.select, log: this.#context.log };
  }

  get #dialing(): Dialing {
    const { ca, serverName, timeouts } = this.#settings;
    return {
      authorities: ca === undefined ? trustedHere() : [readAuthorities(ca.file, `${this.#path}.ca`)],
      serverName,
      connectTimeoutMs: timeouts.connect,
      answerTimeoutMs: timeouts.answer,
    };
  }

  get #login(): Login {
    return { dn: this.#settings.bindDn, password: this.#password };
  }

  /** Where its settings stand in the YAML. */
  get #path(): string {
    return `sources.${this.#context.name}`;
  }
}

/** Node's own list and that of the operating system, where a company's authority usually is. */
function trustedHere(): readonly string[] {
  return [...new Set([...getCACertificates("default"), ...getCACertificates("system")])];
}

function readAuthorities(file: string, path: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new ConfigurationError(`${path}: the file ${file} cannot be read`, {
      cause,
      hint: "correct the path or its permissions",
    });
  }
  if (!text.includes("-----BEGIN CERTIFICATE-----")) {
    throw new ConfigurationError(`${path}: ${file} holds no certificate in PEM form`, {
      hint: `a certificate in binary form is converted by: openssl x509 -inform der -in ${file} -out ca.pem`,
    });
  }
  return text;
}
