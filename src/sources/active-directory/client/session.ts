import type { PeerCertificate } from "node:tls";
import { PresenceFilter } from "ldapts";
import { ConnectionError, CredentialsRefused, TransientError } from "../../../errors.ts";
import type { SecretInUse } from "../../../secret-in-use.ts";
import { bind } from "./bind.ts";
import { ExtendedDnControl } from "./controls.ts";
import { type Dialing, dial } from "./dial.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Entry } from "./entry.ts";
import { type Searchable, searchSome } from "./search.ts";
import type { Wire } from "./wire.ts";

export interface Login {
  readonly dn: string;
  readonly password: Pick<SecretInUse, "value" | "accepted" | "refused">;
}

/** What a domain controller says of itself to everybody (MS-ADTS 3.1.1.3.2). DNs are in extended form. */
export interface RootDse {
  readonly namingContext: string;
  readonly namingContexts: readonly string[];
  readonly schemaNamingContext: string | undefined;
  readonly dsServiceName: string;
  readonly dnsHostName: string;
  readonly highestCommittedUsn: bigint;
  /** Generalized time of the server's clock. */
  readonly currentTime: string | undefined;
  readonly vendor: string | undefined;
  /** 4 is Windows Server 2008 R2, 7 is 2016, 10 is 2025. */
  readonly functionality: string | undefined;
}

/**
 * A logged-in connection to one domain controller. It never re-connects: when it is lost, everything that runs over it fails, and
 * the next operation opens another one, with a login of its own.
 */
export class Session implements Searchable {
  readonly endpoint: Endpoint;
  readonly wire: Wire;
  readonly root: RootDse;
  readonly certificate: PeerCertificate;
  readonly #address: string;
  readonly #dialing: Dialing;
  readonly #login: Login;
  #second: Promise<Searchable> | undefined;

  private constructor(
    endpoint: Endpoint,
    dialed: { readonly wire: Wire; readonly certificate: PeerCertificate; readonly address: string },
    root: RootDse,
    dialing: Dialing,
    login: Login,
  ) {
    this.endpoint = endpoint;
    this.wire = dialed.wire;
    this.certificate = dialed.certificate;
    this.root = root;
    this.#address = dialed.address;
    this.#dialing = dialing;
    this.#login = login;
  }

  static async open(
    endpoint: Endpoint,
    dialing: Dialing,
    login: Login,
    signal: AbortSignal,
  ): Promise<Session> {
    const dialed = await loggedIn(() => dial(endpoint, dialing, signal), endpoint, login, signal);
    try {
      const root = await readRootDse({ wire: dialed.wire, host: endpoint.url }, signal);
      return new Session(endpoint, dialed, root, dialing, login);
    } catch (error) {
      dialed.wire.close();
      throw error;
    }
  }

  /** For messages. */
  get host(): string {
    return this.endpoint.url;
  }

  get isOpen(): boolean {
    return this.wire.isOpen;
  }

  /**
   * A second connection to the same machine, for questions in the middle of a long answer: over one connection they would wait
   * for its end, and the rest of the answer would pile up in memory.
   */
  async second(signal: AbortSignal): Promise<Searchable> {
    const opened = await this.#second;
    if (opened?.wire.isOpen === true) return opened;
    this.#second = this.#openSecond(signal);
    return await this.#second;
  }

  async #openSecond(signal: AbortSignal): Promise<Searchable> {
    const { wire } = await loggedIn(
      () => dial(this.endpoint, this.#dialing, signal, this.#address),
      this.endpoint,
      this.#login,
      signal,
    );
    return { wire, host: this.host };
  }

  close(): void {
    this.wire.close();
    this.#second?.then(
      ({ wire }) => wire.close(),
      () => {},
    );
  }
}

/**
 * A wire that is logged in. Where the password is wrong and there is another one (a new one in its place, the next of a list), that is tried at
 * the same server, each once: elsewhere it would count towards the lockout of the account all the same.
 */
async function loggedIn<Wired extends { readonly wire: Wire }>(
  connect: () => Promise<Wired>,
  { url }: Endpoint,
  { dn, password }: Login,
  signal: AbortSignal,
): Promise<Wired> {
  for (;;) {
    const secret = password.value;
    const wired = await connect();
    try {
      await bind(wired.wire, url, dn, secret, signal);
      password.accepted(secret);
      return wired;
    } catch (error) {
      wired.wire.close();
      const isWrong = error instanceof CredentialsRefused && error.isOfTheValue;
      if (!isWrong || !password.refused(secret)) throw error;
    }
  }
}

async function readRootDse(from: Searchable, signal: AbortSignal): Promise<RootDse> {
  const [entry] = await searchSome(
    from,
    {
      base: "",
      scope: "base",
      filter: new PresenceFilter({ attribute: "objectClass" }),
      attributes: [
        ...["defaultNamingContext", "namingContexts", "schemaNamingContext", "dsServiceName", "dnsHostName"],
        ...[
          "highestCommittedUSN",
          "currentTime",
          "vendorName",
          "domainControllerFunctionality",
          "isSynchronized",
        ],
      ],
      controls: [new ExtendedDnControl()],
      what: "reading the root of the server (rootDSE)",
    },
    signal,
  );
  if (entry !== undefined && entry.text("issynchronized")?.toUpperCase() === "FALSE") {
    throw new TransientError(`${from.host} has not finished its first replication: its data is incomplete`, {
      outcome: "none",
    });
  }
  return {
    namingContext: required(from, entry, "defaultNamingContext"),
    namingContexts: entry?.texts("namingcontexts") ?? [],
    schemaNamingContext: entry?.text("schemanamingcontext"),
    dsServiceName: required(from, entry, "dsServiceName"),
    dnsHostName: required(from, entry, "dnsHostName").toLowerCase(),
    highestCommittedUsn: BigInt(required(from, entry, "highestCommittedUSN")),
    currentTime: entry?.text("currenttime"),
    vendor: entry?.text("vendorname"),
    functionality: entry?.text("domaincontrollerfunctionality"),
  };
}

function required({ host }: Searchable, entry: Entry | undefined, name: string): string {
  const text = entry?.text(name.toLowerCase());
  if (text !== undefined && text !== "") return text;
  throw new ConnectionError(
    `${host} is no domain controller of Active Directory: its root names no ${name}`,
    {
      hint: "plain LDAP directories are not supported by this source",
    },
  );
}
