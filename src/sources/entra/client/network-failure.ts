/** What the network did to a request, as one of our errors. All requests of a source only read, so a lost one had no effect. */
import { ConnectionError, TransientError } from "../../../errors.ts";

const UNKNOWN_AUTHORITY = [
  "is signed by an authority that is not known here",
  "if a proxy looks into TLS here, name the PEM file of its authority under ca; otherwise somebody is in between",
] as const;

/** Somebody vouches for the certificate whom we do not know. */
export class UnknownAuthority extends ConnectionError {
  override readonly name = "ConnectionError";
}

const CERTIFICATE: Readonly<Record<string, readonly [string, string]>> = {
  CERT_HAS_EXPIRED: ["has expired", "check the clock of this machine"],
  CERT_NOT_YET_VALID: ["is not valid yet", "check the clock of this machine"],
  CERT_REVOKED: ["was revoked", "find out who answers under this name"],
  ERR_TLS_CERT_ALTNAME_INVALID: ["is for another host", "correct endpoints, or find out who answers there"],
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
};

const UNREACHED: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections",
  ENOTFOUND: "is not known to the name service",
  EAI_AGAIN: "cannot be looked up, the name service does not answer",
  EHOSTUNREACH: "cannot be reached",
  ENETUNREACH: "cannot be reached",
  ETIMEDOUT: "does not answer",
  UND_ERR_CONNECT_TIMEOUT: "does not accept a connection in time",
  TimeoutError: "did not answer in time",
};

const REACH_HINT =
  "check that this machine may reach it (name service, firewall, proxy in HTTPS_PROXY); nothing is lost, the next sync tries again";

/** The first code or telling name in a chain of causes, also when several addresses were tried. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string" && isTelling(error.code)) return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  if (error.name === "TimeoutError") return error.name;
  return codeOf(error.cause) ?? embeddedCode(error.message);
}

function isTelling(code: string): boolean {
  return (
    code in CERTIFICATE ||
    code in UNREACHED ||
    /^(ECONN|EPIPE$|ETIMEDOUT$|EPROTO$|ERR_(SSL|TLS)|UND_ERR)/.test(code)
  );
}

/** The login library keeps only the text of a failure. */
function embeddedCode(message: string): string | undefined {
  const codes = [...Object.keys(CERTIFICATE), ...Object.keys(UNREACHED), "ECONNRESET", "EPIPE"];
  const sentences: Readonly<Record<string, string>> = {
    "unable to verify the first certificate": "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "unable to get local issuer certificate": "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "self-signed certificate": "SELF_SIGNED_CERT_IN_CHAIN",
    "certificate has expired": "CERT_HAS_EXPIRED",
    "does not match certificate's altnames": "ERR_TLS_CERT_ALTNAME_INVALID",
    "socket hang up": "ECONNRESET",
  };
  const sentence = Object.keys(sentences).find((text) => message.includes(text));
  if (sentence !== undefined) return sentences[sentence];
  return codes.find((code) => message.includes(code));
}

/** A proxy that does not open the way: it is asked first, and its answer comes instead of a connection. */
export function proxyRefusal(status: number, host: string, cause: unknown): ConnectionError {
  if (status === 407) {
    return new ConnectionError(`the proxy on the way to ${host} wants a login (407)`, {
      cause,
      hint: "put name and password into HTTPS_PROXY, or have the proxy let this machine through without",
    });
  }
  return new ConnectionError(`the proxy on the way to ${host} does not let us through (${status})`, {
    cause,
    hint: "have the proxy let this machine through to it, or name the host in NO_PROXY",
  });
}

/** The status with which a proxy refused to open a tunnel (undici tells it in words only). */
function proxyStatus(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const status = /^Proxy response \((\d{3})\)/.exec(error.message)?.[1];
  return status === undefined ? proxyStatus(error.cause) : Number(status);
}

/** Undefined when the failure is not one of the network. Certificates and TLS need a person; everything else may pass by itself. */
export function networkFailure(error: unknown, host: string): ConnectionError | TransientError | undefined {
  const proxy = proxyStatus(error);
  if (proxy !== undefined) return proxyRefusal(proxy, host, error);
  const code = codeOf(error);
  if (code === undefined) return undefined;
  const certificate = CERTIFICATE[code];
  if (certificate !== undefined) {
    const Failure = certificate === UNKNOWN_AUTHORITY ? UnknownAuthority : ConnectionError;
    return new Failure(`the certificate of ${host} ${certificate[0]}`, {
      cause: error,
      hint: certificate[1],
    });
  }
  if (code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS") || code === "EPROTO") {
    return new ConnectionError(`no secure connection to ${host} is possible (${code})`, {
      cause: error,
      hint: "check that the address speaks https; an old proxy in between may not know TLS 1.2",
    });
  }
  const unreached = UNREACHED[code];
  const hint = unreached === undefined ? {} : { hint: REACH_HINT };
  return new TransientError(`${host} ${unreached ?? `broke the connection (${code})`}`, {
    outcome: "none",
    cause: error,
    ...hint,
  });
}
