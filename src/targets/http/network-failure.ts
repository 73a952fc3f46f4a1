/** What the network did to a request, as one of our errors. */
import { ConnectionError, TransientError } from "../../errors.ts";

/** Nothing reached the service: these come before the first byte of a request is sent. */
const NEVER_SENT: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections",
  ENOTFOUND: "is not known to the name service",
  EAI_AGAIN: "cannot be looked up, the name service does not answer",
  EHOSTUNREACH: "cannot be reached",
  ENETUNREACH: "cannot be reached",
  EADDRNOTAVAIL: "cannot be reached",
  UND_ERR_CONNECT_TIMEOUT: "does not accept a connection in time",
};

const CERTIFICATE: Readonly<Record<string, readonly [string, string]>> = {
  CERT_HAS_EXPIRED: ["has expired", "have the certificate of the service renewed"],
  CERT_NOT_YET_VALID: ["is not valid yet", "check the clock of this machine"],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "is for another host",
    "use the name that the certificate is for in baseUrl",
  ],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["is signed by nobody else", "name the certificate under ca: { file: ... }"],
  SELF_SIGNED_CERT_IN_CHAIN: [
    "is signed by an authority that is not known here",
    "name the authority under ca: { file: ... }",
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    "is signed by an authority that is not known here",
    "name the authority under ca: { file: ... }",
  ],
  UNABLE_TO_GET_ISSUER_CERT: [
    "is signed by an authority that is not known here",
    "name the authority under ca: { file: ... }",
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    "is signed by an authority that is not known here",
    "name the authority under ca: { file: ... }",
  ],
  CERT_REVOKED: ["was revoked", "have the certificate of the service renewed"],
};

/** The code of a failure, also when several addresses were tried. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error.cause === undefined ? error.name : codeOf(error.cause);
}

/** True when the connection broke and a second try may find it whole: an idle connection that the service closed just then. */
export function isBrokenConnection(error: unknown): boolean {
  return ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"].includes(codeOf(error));
}

/**
 * The error for a request that got no answer. `outcome` is "unknown" for a write that may have been sent, otherwise "none".
 * Certificates and other things that only a person can mend are a ConnectionError.
 */
export function networkFailure(error: unknown, host: string, outcome: "none" | "unknown"): Error {
  const code = codeOf(error);
  const certificate = CERTIFICATE[code];
  if (certificate !== undefined)
    return new ConnectionError(`the certificate of ${host} ${certificate[0]}`, {
      cause: error,
      hint: certificate[1],
    });
  if (code === "ERR_NOT_LOOPBACK")
    return new ConnectionError(`${host} is another machine: http is for this machine alone`, {
      cause: error,
      hint: "use https",
    });
  if (outcome === "none" && (code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS") || code === "EPROTO"))
    return new ConnectionError(`no secure connection to ${host} is possible (${code})`, {
      cause: error,
      hint: "check that the port in baseUrl speaks https, with TLS 1.2 or newer",
    });
  const unsent = NEVER_SENT[code];
  if (unsent !== undefined) return new TransientError(`${host} ${unsent}`, { outcome: "none", cause: error });
  const what = code === "TimeoutError" ? "did not answer in time" : `broke the connection (${code})`;
  return new TransientError(`${host} ${what}`, { outcome, cause: error });
}
