import { ConnectionError, TransientError } from "../../../errors.ts";

const unreachable: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections",
  ENOTFOUND: "is not known to the name service",
  EAI_AGAIN: "cannot be looked up, the name service does not answer",
  EHOSTUNREACH: "cannot be reached",
  ENETUNREACH: "cannot be reached",
  UND_ERR_CONNECT_TIMEOUT: "does not accept a connection in time",
  TimeoutError: "did not answer in time",
};

const broken: Readonly<Record<string, string>> = {
  ECONNRESET: "broke the connection",
  EPIPE: "broke the connection",
  UND_ERR_SOCKET: "broke the connection in the middle of an answer",
};

const hint =
  "check that this machine may reach it (name service, firewall); nothing is lost, the next sync tries again";

const unknownAuthority = [
  "is signed by an authority that is not known here",
  "if a proxy opens TLS on the way, name the PEM file of its authority under ca; otherwise check orgUrl",
] as const;

const certificates: Readonly<Record<string, readonly [problem: string, hint: string]>> = {
  CERT_HAS_EXPIRED: [
    "has expired",
    "check the clock of this machine; otherwise the owner of the domain has to renew it",
  ],
  CERT_NOT_YET_VALID: ["is not valid yet", "check the clock of this machine"],
  CERT_REVOKED: ["was revoked", "the owner of the domain has to renew it"],
  ERR_TLS_CERT_ALTNAME_INVALID: ["is for another host", "correct orgUrl"],
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
};

/** The error for a request that got no whole answer: certificates need a person, everything else may work later. */
export function networkFailure(cause: unknown, host: string): Error {
  const code = codeOf(cause);
  const certificate = certificates[code];
  if (certificate !== undefined)
    return new ConnectionError(`the certificate of ${host} ${certificate[0]}`, {
      cause,
      hint: certificate[1],
    });
  const reached = unreachable[code] === undefined ? {} : { hint };
  const what =
    unreachable[code] ?? broken[code] ?? `could not be asked (${code === "" ? "no reason given" : code})`;
  return new TransientError(`${host} ${what}`, { cause, outcome: "none", ...reached });
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error.cause === undefined ? error.name : codeOf(error.cause);
}
