import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority, issueCertificate } from "../../lab/certificates.ts";
import { Access, type Grants } from "./access.ts";
import { Circumstances, type Lags, measuredLags } from "./circumstances.ts";
import { Cursors } from "./cursors.ts";
import { createDirectory, type Directory } from "./directory.ts";
import type { Fault } from "./faults.ts";
import { createFront, type LoggedRequest, type Premises } from "./front.ts";
import { createRandom } from "./random.ts";
import { type Bucket, type Limits, RateLimits } from "./rate-limits.ts";
import { TokenEndpoint } from "./token-endpoint.ts";

/** PEM texts. */
export interface Tls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface OktaOptions {
  /** Default: any free one. */
  readonly port?: number;
  readonly host?: string;
  /** What the organisation takes for the time, in milliseconds since 1970; default the wall clock. */
  readonly now?: () => number;
  /** Against which signatures are checked, since clients sign by the wall clock whatever `now` says. */
  readonly wallClock?: () => number;
  /** Default: as measured. */
  readonly lags?: Readonly<Lags>;
  /** The same seed gives the same ids. */
  readonly seed?: number;
  /** Names of profile properties beyond those that every organisation has. */
  readonly customProperties?: readonly string[];
  readonly grants?: Partial<Grants>;
  readonly rateLimits?: Partial<Limits>;
  /** The part of each rate limit that one client may use; default 0.5. */
  readonly share?: number;
  readonly token?: string;
  /** PEM of the service application's key; default: one for all organisations of the process, as making one takes a while. */
  readonly privateKey?: string;
  /** Default: a new authority of its own. */
  readonly tls?: Tls;
}

/** An Okta organisation in memory, over real sockets. Whatever it holds may be changed at any time. */
export interface OktaOrganisation extends Directory {
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  /** PEM text of the authority that signed the server's certificate. */
  readonly ca: string;
  readonly tls: Tls;
  /** The API token. */
  readonly token: string;
  /** The service application: id, PEM of its private key, and the id of that key. */
  readonly clientId: string;
  readonly privateKey: string;
  readonly keyId: string;
  readonly access: Access;
  readonly rateLimits: RateLimits;
  readonly cursors: Cursors;
  /** Time, lags and chance. */
  readonly circumstances: Circumstances;
  readonly faults: Fault[];
  readonly requests: readonly LoggedRequest[];
  /** Requests so far: all, or those to some endpoints. */
  count(...endpoints: readonly Bucket[]): number;
  /** Forgets the requests so far. */
  forgetRequests(): void;
  /** Called with each request before it is answered; what it changes shows in the answer. */
  heard: (request: LoggedRequest) => void;
  /** As if nobody had ever been: the same organisation, empty. The same seed gives the same ids. */
  empty(seed: number): void;
  stop(): Promise<void>;
}

export async function startOktaOrganisation(options: OktaOptions = {}): Promise<OktaOrganisation> {
  const host = options.host ?? "127.0.0.1";
  const wallClock = options.wallClock ?? Date.now;
  const circumstances = new Circumstances(
    options.now ?? Date.now,
    options.seed ?? 1,
    options.lags ?? measuredLags,
  );
  const tls = options.tls ?? (await createTls(host));
  const privateKey = options.privateKey ?? theKey();
  const access = new Access({
    now: circumstances.now,
    wallClock,
    token: options.token ?? `00${circumstances.random.id("T")}${circumstances.random.id("k")}`,
    clientId: circumstances.random.id("0oa"),
    keyId: circumstances.random.id("kid"),
    privateKey,
    ...(options.grants !== undefined && { grants: options.grants }),
  });
  const newDirectory = () => createDirectory(circumstances, options.customProperties ?? []);
  const rateLimits = new RateLimits(circumstances.now, options.rateLimits, options.share);
  const cursors = new Cursors();
  const faults: Fault[] = [];
  const requests: LoggedRequest[] = [];
  let url = "";
  const premises: Premises = {
    circumstances,
    directory: newDirectory(),
    access,
    tokens: new TokenEndpoint(access, wallClock),
    cursors,
    rateLimits,
    faults,
    requests,
    heard: () => {},
    origin: () => url,
  };
  const server = createServer({ cert: tls.cert, key: tls.key }, createFront(premises));
  server.listen(options.port ?? 0, host);
  await once(server, "listening");
  url = `https://${host}:${(server.address() as AddressInfo).port}`;
  return {
    get users() {
      return premises.directory.users;
    },
    get groups() {
      return premises.directory.groups;
    },
    get apps() {
      return premises.directory.apps;
    },
    get log() {
      return premises.directory.log;
    },
    set heard(listener: (request: LoggedRequest) => void) {
      premises.heard = listener;
    },
    get heard() {
      return premises.heard;
    },
    empty: (seed) => {
      circumstances.random = createRandom(seed);
      premises.directory = newDirectory();
    },
    url,
    ca: tls.ca,
    tls,
    token: access.token,
    clientId: access.clientId,
    privateKey,
    keyId: access.keyId,
    access,
    rateLimits,
    cursors,
    circumstances,
    faults,
    requests,
    count: (...endpoints) =>
      requests.filter(({ endpoint }) => endpoints.length === 0 || endpoints.includes(endpoint)).length,
    forgetRequests: () => {
      requests.length = 0;
    },
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** An authority and a server certificate, which several organisations may share. */
export async function createTls(host = "127.0.0.1"): Promise<Tls> {
  const folder = await mkdtemp(join(tmpdir(), "rollcall-okta-"));
  try {
    const authority = await createAuthority(folder);
    const server = await issueCertificate(authority, "okta", [host, "localhost", "127.0.0.1"]);
    const [ca, cert, key] = await Promise.all(
      [authority.certificate, server.certificate, server.key].map((file) => readFile(file, "utf8")),
    );
    return { ca: ca ?? "", cert: cert ?? "", key: key ?? "" };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

let key: string | undefined;

function theKey(): string {
  key ??= generateKeyPairSync("rsa", { modulusLength: 2048 })
    .privateKey.export({ type: "pkcs8", format: "pem" })
    .toString();
  return key;
}
