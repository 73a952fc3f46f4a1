import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
} from "node:crypto";

/** A key that signs tokens the way a client does (RFC 7515). */
export class Signer {
  readonly #key: KeyObject;

  /** PEM of a private key; a new elliptic one without. */
  constructor(pem?: string) {
    this.#key =
      pem === undefined
        ? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
        : createPrivateKey(pem);
  }

  token(header: Readonly<Record<string, unknown>>, claims: Readonly<Record<string, unknown>>): string {
    const alg = this.#key.asymmetricKeyType === "rsa" ? "RS256" : "ES256";
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const text = `${part({ alg, ...header })}.${part(claims)}`;
    const signature = sign("sha256", Buffer.from(text), { key: this.#key, dsaEncoding: "ieee-p1363" });
    return `${text}.${signature.toString("base64url")}`;
  }

  /** A proof of possession (RFC 9449); what is given replaces what would be right. */
  proof(
    method: string,
    url: string,
    claims: Readonly<Record<string, unknown>> = {},
    header: Readonly<Record<string, unknown>> = {},
  ): string {
    const right = { htm: method, htu: url, iat: Math.floor(Date.now() / 1000), jti: randomUUID() };
    return this.token({ typ: "dpop+jwt", jwk: this.jwk(), ...header }, { ...right, ...claims });
  }

  jwk(withPrivate = false): unknown {
    const { d, p, q, dp, dq, qi, ...open } = this.#key.export({ format: "jwk" });
    return withPrivate ? { ...open, d } : open;
  }
}

export function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
