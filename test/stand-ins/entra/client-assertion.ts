import { constants, type KeyObject, verify } from "node:crypto";
import type { Application } from "./applications.ts";
import { LoginRefusal } from "./login-refusal.ts";

interface Head {
  readonly alg?: string;
  readonly x5t?: string;
  readonly "x5t#S256"?: string;
}

interface Body {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string | readonly string[];
  readonly exp?: number;
  readonly nbf?: number;
}

/** What a token from elsewhere must be meant for when it logs in a workload. */
const EXCHANGE_AUDIENCE = "api://AzureADTokenExchange";

/**
 * Checks a JWT that stands in for a secret: signed with a registered certificate (RFC 7523), or by an issuer that the application trusts.
 * `audiences` are the addresses of this tenant's authority; `now` in ms.
 */
export function checkAssertion(
  assertion: string,
  application: Application,
  audiences: readonly string[],
  now: number,
): void {
  const [head, body, signature] = assertion.split(".");
  if (head === undefined || body === undefined || signature === undefined)
    throw new LoginRefusal(400, "invalid_request", 50027, "JWT token is invalid or malformed.");
  const header = decode(head) as Head;
  const claims = decode(body) as Body;
  const signed = Buffer.from(`${head}.${body}`);
  const bytes = Buffer.from(signature, "base64url");
  if (header.x5t === undefined && header["x5t#S256"] === undefined) {
    checkFederated(application, claims, (key) => isSigned(header, key, signed, bytes));
  } else {
    const known = application.certificates.find(
      ({ sha1, sha256 }) => sha256 === header["x5t#S256"] || sha1 === header.x5t,
    );
    if (known === undefined)
      throw client(
        700027,
        "The certificate with identifier used to sign the client assertion is not registered on application.",
      );
    if (Date.parse(known.x509.validTo) <= now || Date.parse(known.x509.validFrom) > now)
      throw client(1000502, "The provided certificate is not within its specified validity period.");
    if (!isSigned(header, known.x509.publicKey, signed, bytes))
      throw client(700027, "Client assertion failed signature validation.");
    if (claims.iss !== application.clientId || claims.sub !== application.clientId)
      throw client(700021, "Client assertion application identifier doesn't match 'client_id' parameter.");
    if (![claims.aud].flat().some((audience) => audiences.includes(String(audience))))
      throw client(700023, "Client assertion audience claim does not match Realm issuer.");
  }
  const [from, until] = [(claims.nbf ?? 0) * 1000, (claims.exp ?? 0) * 1000];
  const skewMs = 5 * 60 * 1000;
  if (until + skewMs <= now || from - skewMs > now)
    throw client(700024, "Client assertion is not within its valid time range.");
}

function checkFederated(
  application: Application,
  claims: Body,
  isSignedBy: (key: KeyObject) => boolean,
): void {
  const ofIssuer = application.federated.filter(({ issuer }) => issuer === claims.iss);
  if (ofIssuer.length === 0)
    throw client(700211, "No matching federated identity record found for presented assertion issuer.");
  const trusted = ofIssuer.find(({ subject }) => subject === claims.sub);
  if (trusted === undefined)
    throw client(700213, "No matching federated identity record found for presented assertion subject.");
  if (![claims.aud].flat().includes(EXCHANGE_AUDIENCE))
    throw client(700212, "No matching federated identity record found for presented assertion audience.");
  if (!isSignedBy(trusted.key))
    throw client(5000811, "Unable to verify token signature. No trustworthy key was found.");
}

function isSigned(header: Head, key: KeyObject, signed: Buffer, signature: Buffer): boolean {
  if (header.alg === "RS256") return verify("sha256", signed, key, signature);
  if (header.alg !== "PS256") return false;
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return verify("sha256", signed, { key, ...padding }, signature);
}

function client(number: number, message: string): LoginRefusal {
  return new LoginRefusal(401, "invalid_client", number, message);
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString());
  } catch {
    throw new LoginRefusal(400, "invalid_request", 50027, "JWT token is invalid or malformed.");
  }
}
