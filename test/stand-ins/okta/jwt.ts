import { createPublicKey, type KeyObject, verify, type webcrypto } from "node:crypto";

/** A signed token in its compact form (RFC 7515), not yet verified. */
export interface Jwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: string;
  readonly signature: Buffer;
}

/** Undefined for whatever is no such token. */
export function readJwt(text: string): Jwt | undefined {
  const [header, claims, signature, ...rest] = text.split(".");
  if (header === undefined || claims === undefined || !signature || rest.length > 0) return undefined;
  const [first, second] = [parsed(header), parsed(claims)];
  if (first === undefined || second === undefined) return undefined;
  return {
    header: first,
    claims: second,
    signed: `${header}.${claims}`,
    signature: Buffer.from(signature, "base64url"),
  };
}

/** Whether the key signed it; asymmetric algorithms only. */
export function isSigned(jwt: Jwt, key: KeyObject): boolean {
  const { alg } = jwt.header;
  if (typeof alg !== "string" || !/^(RS|ES)(256|384|512)$/.test(alg)) return false;
  const type = alg.startsWith("RS") ? "rsa" : "ec";
  if (key.asymmetricKeyType !== type) return false;
  const digest = `sha${alg.slice(2)}`;
  return verify(digest, Buffer.from(jwt.signed), { key, dsaEncoding: "ieee-p1363" }, jwt.signature);
}

/** The key in a `jwk` header; undefined if it is none or carries private parts, which RFC 9449 forbids. */
export function publicKeyOf(jwk: unknown): KeyObject | undefined {
  if (typeof jwk !== "object" || jwk === null || "d" in jwk) return undefined;
  try {
    return createPublicKey({ key: jwk as webcrypto.JsonWebKey, format: "jwk" });
  } catch {
    return undefined;
  }
}

function parsed(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
