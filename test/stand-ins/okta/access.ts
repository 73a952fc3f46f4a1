import { createPublicKey, type KeyObject, randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { DpopProofs } from "./dpop.ts";
import { accessDenied, invalidToken } from "./okta-error.ts";
import { dayMs } from "./system-log.ts";

export const readScopes: readonly string[] = [
  "okta.users.read",
  "okta.groups.read",
  "okta.apps.read",
  "okta.logs.read",
  "okta.orgs.read",
];

/** What an administrator has set up; may be changed at any time. */
export interface Grants {
  /** Scopes that the service application was granted. */
  scopes: string[];
  /** Whether the application has an administrator's role; scopes without one open nothing. */
  role: boolean;
  /** Whether the application must prove possession of its key with every token. */
  dpop: boolean;
  /** What the administrator who made the API token may read, in the words of the scopes. */
  tokenRights: string[];
}

interface IssuedToken {
  readonly scopes: readonly string[];
  readonly until: number;
  /** Of the key that a DPoP token is bound to. */
  readonly thumbprint: string | undefined;
}

const tokenLifeMs = 3_600_000;
const idleLifeMs = 30 * dayMs;

/** Who may come in: the API token, and the access tokens of the service application. */
export class Access {
  readonly grants: Grants;
  readonly token: string;
  readonly clientId: string;
  readonly keyId: string;
  readonly publicKey: KeyObject;
  readonly proofs: DpopProofs;
  readonly #now: () => number;
  readonly #issued = new Map<string, IssuedToken>();
  #tokenUsedAt: number;
  #tokenRevoked = false;

  constructor(options: {
    readonly now: () => number;
    readonly wallClock: () => number;
    readonly token: string;
    readonly clientId: string;
    readonly keyId: string;
    readonly privateKey: string;
    readonly grants?: Partial<Grants>;
  }) {
    this.#now = options.now;
    this.#tokenUsedAt = options.now();
    this.token = options.token;
    this.clientId = options.clientId;
    this.keyId = options.keyId;
    this.publicKey = createPublicKey(options.privateKey);
    this.proofs = new DpopProofs(options.wallClock);
    this.grants = {
      scopes: [...readScopes],
      role: true,
      dpop: true,
      tokenRights: [...readScopes],
      ...options.grants,
    };
  }

  /** The API token dies, as it does with the account that made it. */
  revokeToken(): void {
    this.#tokenRevoked = true;
  }

  /** Somebody else uses the API token now, which gives it another 30 days. */
  useToken(): void {
    this.#tokenUsedAt = this.#now();
  }

  /** All access tokens given out die. */
  revokeAccessTokens(): void {
    this.#issued.clear();
  }

  /** An access token with the life of an hour, in seconds. */
  issue(scopes: readonly string[], thumbprint: string | undefined): { token: string; expiresIn: number } {
    const token = randomBytes(32).toString("base64url");
    this.#issued.set(token, { scopes, until: this.#now() + tokenLifeMs, thumbprint });
    return { token, expiresIn: tokenLifeMs / 1000 };
  }

  /** Throws E0000011 for whom it does not know and E0000006 for who may not do what `scope` names. */
  admit(headers: IncomingHttpHeaders, method: string, url: string, scope: string): void {
    const [scheme = "", secret = ""] = (headers.authorization ?? "").split(" ");
    if (scheme === "SSWS") this.#admitToken(secret, scope);
    else if (scheme === "Bearer" || scheme === "DPoP")
      this.#admitAccessToken(scheme, secret, headers, method, url, scope);
    else throw invalidToken();
  }

  #admitToken(secret: string, scope: string): void {
    const now = this.#now();
    if (secret !== this.token || this.#tokenRevoked || now - this.#tokenUsedAt > idleLifeMs)
      throw invalidToken();
    this.#tokenUsedAt = now;
    if (!this.grants.tokenRights.includes(scope)) throw accessDenied();
  }

  #admitAccessToken(
    scheme: "Bearer" | "DPoP",
    secret: string,
    headers: IncomingHttpHeaders,
    method: string,
    url: string,
    scope: string,
  ): void {
    const issued = this.#issued.get(secret);
    const refused = (error: string, why: string) =>
      invalidToken({ "www-authenticate": `${scheme} error="${error}", error_description="${why}"` });
    if (issued === undefined || issued.until <= this.#now())
      throw refused("invalid_token", "The token is unknown or expired.");
    if ((issued.thumbprint !== undefined) !== (scheme === "DPoP"))
      throw refused("invalid_token", "The token is of another type.");
    if (scheme === "DPoP") {
      const proof = headers["dpop"];
      if (typeof proof !== "string") throw refused("invalid_dpop_proof", "The DPoP proof is missing.");
      const verdict = this.proofs.check(proof, { method, url, accessToken: secret });
      if (verdict.type !== "good")
        throw refused("invalid_dpop_proof", verdict.type === "bad" ? verdict.why : "A nonce is missing.");
      if (verdict.thumbprint !== issued.thumbprint)
        throw refused("invalid_dpop_proof", "The DPoP proof is of another key.");
    }
    if (!issued.scopes.includes(scope) || !this.grants.role) {
      const missing = `${scheme} error="insufficient_scope", scope="${scope}"`;
      throw accessDenied({ "www-authenticate": missing });
    }
  }
}
