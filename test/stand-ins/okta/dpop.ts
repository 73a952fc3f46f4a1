import { createHash, randomBytes, type webcrypto } from "node:crypto";
import { isSigned, publicKeyOf, readJwt } from "./jwt.ts";

export interface ProofContext {
  readonly method: string;
  /** Without query and fragment. */
  readonly url: string;
  /** The token that the proof goes with, at any endpoint but that which gives tokens. */
  readonly accessToken?: string;
}

/** A proof that is refused; `nonce` asks for another try with that nonce in the proof. */
export type Verdict =
  | { readonly type: "good"; readonly thumbprint: string }
  | { readonly type: "bad"; readonly why: string }
  | { readonly type: "nonce" };

const nonceLifeMs = 86_400_000;
const clockSkewMs = 5 * 60_000;

/** Checks proofs of possession (RFC 9449): each is used once, for one request, with the key that the token is bound to. */
export class DpopProofs {
  readonly #wallClock: () => number;
  readonly #seen = new Set<string>();
  #nonce = randomBytes(16).toString("base64url");
  #nonceUntil: number;

  constructor(wallClock: () => number) {
    this.#wallClock = wallClock;
    this.#nonceUntil = wallClock() + nonceLifeMs;
  }

  /** The nonce that a proof for a token must carry today. */
  get nonce(): string {
    if (this.#wallClock() >= this.#nonceUntil) this.renewNonce();
    return this.#nonce;
  }

  renewNonce(): void {
    this.#nonce = randomBytes(16).toString("base64url");
    this.#nonceUntil = this.#wallClock() + nonceLifeMs;
  }

  check(proof: string, { method, url, accessToken }: ProofContext): Verdict {
    const jwt = readJwt(proof);
    if (jwt === undefined) return bad("The DPoP proof is no JWT.");
    const { header, claims } = jwt;
    if (header["typ"] !== "dpop+jwt") return bad("The DPoP proof has another 'typ'.");
    const key = publicKeyOf(header["jwk"]);
    if (key === undefined) return bad("The DPoP proof names no public key.");
    if (!isSigned(jwt, key)) return bad("The DPoP proof is not signed by its key.");
    if (claims["htm"] !== method) return bad("The 'htm' of the DPoP proof is another method.");
    if (claims["htu"] !== url) return bad("The 'htu' of the DPoP proof is another URL.");
    const issued = Number(claims["iat"]) * 1000;
    if (!(Math.abs(issued - this.#wallClock()) <= clockSkewMs))
      return bad("The DPoP proof is of another time.");
    const id = claims["jti"];
    if (typeof id !== "string" || id === "") return bad("The DPoP proof has no 'jti'.");
    if (accessToken === undefined && claims["nonce"] !== this.nonce) return { type: "nonce" };
    if (accessToken !== undefined && claims["ath"] !== sha256(accessToken))
      return bad("The 'ath' of the DPoP proof is of another token.");
    if (this.#seen.has(id)) return bad("The DPoP proof was used before.");
    this.#seen.add(id);
    return { type: "good", thumbprint: thumbprint(header["jwk"] as webcrypto.JsonWebKey) };
  }
}

function bad(why: string): Verdict {
  return { type: "bad", why };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** RFC 7638. */
function thumbprint(jwk: webcrypto.JsonWebKey): string {
  const { kty, n, e, crv, x, y } = jwk;
  return sha256(JSON.stringify(kty === "RSA" ? { e, kty, n } : { crv, kty, x, y }));
}
