import type { Access } from "./access.ts";
import { isSigned, readJwt } from "./jwt.ts";

export interface TokenAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const longestAssertionMs = 3_600_000;

/** `POST /oauth2/v1/token` of the organisation: client credentials, with a signed assertion as the only way to say who one is. */
export class TokenEndpoint {
  readonly #access: Access;
  readonly #wallClock: () => number;
  readonly #seen = new Set<string>();

  constructor(access: Access, wallClock: () => number) {
    this.#access = access;
    this.#wallClock = wallClock;
  }

  answer(url: string, contentType: string, text: string, proof: string | undefined): TokenAnswer {
    if (!contentType.startsWith("application/x-www-form-urlencoded"))
      return refuse(400, "invalid_request", "The content type must be 'application/x-www-form-urlencoded'.");
    const form = new URLSearchParams(text);
    if (form.get("grant_type") !== "client_credentials")
      return refuse(400, "unsupported_grant_type", "The grant type is not supported.");
    if (form.get("client_assertion_type") !== assertionType)
      return refuse(401, "invalid_client", "The application takes private_key_jwt only.");
    const wrong = this.#whatIsWrong(form.get("client_assertion") ?? "", url);
    if (wrong !== undefined) return refuse(401, "invalid_client", wrong);
    const scopes = (form.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
    if (scopes.length === 0) return refuse(400, "invalid_scope", "A scope is required.");
    const missing = scopes.filter((scope) => !this.#access.grants.scopes.includes(scope));
    if (missing.length > 0)
      return refuse(400, "invalid_scope", `The scopes are not granted: ${missing.join(" ")}.`);
    if (!this.#access.grants.dpop) return this.#give(scopes, undefined);
    return this.#giveBound(scopes, url, proof);
  }

  #giveBound(scopes: readonly string[], url: string, proof: string | undefined): TokenAnswer {
    const { proofs } = this.#access;
    if (proof === undefined)
      return refuse(400, "invalid_dpop_proof", "The DPoP proof JWT header is missing.");
    const verdict = proofs.check(proof, { method: "POST", url });
    const headers = { "dpop-nonce": proofs.nonce };
    if (verdict.type === "bad") return refuse(400, "invalid_dpop_proof", verdict.why);
    if (verdict.type === "nonce")
      return refuse(400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.", headers);
    return { ...this.#give(scopes, verdict.thumbprint), headers };
  }

  #give(scopes: readonly string[], thumbprint: string | undefined): TokenAnswer {
    const { token, expiresIn } = this.#access.issue(scopes, thumbprint);
    const token_type = thumbprint === undefined ? "Bearer" : "DPoP";
    const body = { token_type, expires_in: expiresIn, access_token: token, scope: scopes.join(" ") };
    return { status: 200, body };
  }

  /** Undefined for an assertion that says who it is: signed, for this endpoint, of this hour, and never seen before. */
  #whatIsWrong(assertion: string, url: string): string | undefined {
    const jwt = readJwt(assertion);
    if (jwt === undefined) return "The client_assertion is no JWT.";
    const { clientId, keyId, publicKey } = this.#access;
    const { iss, sub, aud, exp, jti } = jwt.claims;
    if (iss !== clientId || sub !== clientId) return "Invalid value for 'client_id' parameter.";
    const { kid } = jwt.header;
    if ((kid !== undefined && kid !== keyId) || !isSigned(jwt, publicKey))
      return "The client_assertion signature is invalid.";
    if (aud !== url && !(Array.isArray(aud) && aud.includes(url)))
      return "The audience of the client_assertion is another endpoint.";
    const leftMs = Number(exp) * 1000 - this.#wallClock();
    if (!(leftMs > 0)) return "The client_assertion token is expired.";
    if (leftMs > longestAssertionMs)
      return "The client_assertion token has an expiration too far into the future.";
    if (typeof jti === "string") {
      if (this.#seen.has(jti)) return "The client_assertion was used before.";
      this.#seen.add(jti);
    }
    return undefined;
  }
}

function refuse(
  status: number,
  error: string,
  error_description: string,
  headers: Readonly<Record<string, string>> = {},
): TokenAnswer {
  return { status, headers, body: { error, error_description } };
}
