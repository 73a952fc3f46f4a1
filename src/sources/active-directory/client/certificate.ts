import type { PeerCertificate } from "node:tls";
import { ConnectionError } from "../../../errors.ts";
import type { Endpoint } from "./endpoint.ts";

/** What is wrong with the server's certificate, as a sentence for an admin; undefined when the error is about something else. */
export function certificateProblem(
  endpoint: Endpoint,
  name: string,
  cause: unknown,
  certificate: PeerCertificate | undefined,
): ConnectionError | undefined {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const at = `${endpoint.url}: its certificate`;
  switch (code) {
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return new ConnectionError(`${at} is for ${namesOf(certificate)}, not for ${name}`, {
        cause,
        hint: "connect by a name that the certificate bears, or set serverName to it",
      });
    case "CERT_HAS_EXPIRED":
      return new ConnectionError(
        `${at} (${subjectOf(certificate)}) expired on ${dayOf(certificate?.valid_to)}`,
        {
          cause,
          hint: "renew the domain controller's certificate (and check the clock of this machine)",
        },
      );
    case "CERT_NOT_YET_VALID":
      return new ConnectionError(
        `${at} (${subjectOf(certificate)}) is valid from ${dayOf(certificate?.valid_from)} only`,
        {
          cause,
          hint: "check the clocks of this machine and of the domain controller",
        },
      );
    case "CERT_REVOKED":
      return new ConnectionError(`${at} (${subjectOf(certificate)}) was revoked`, {
        cause,
        hint: "issue a new certificate to the domain controller",
      });
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "CERT_UNTRUSTED":
    case "INVALID_CA":
    case "INVALID_PURPOSE":
    case "CERT_SIGNATURE_FAILURE":
      return new ConnectionError(
        `${at} (${subjectOf(certificate)}, issued by ${issuerOf(certificate)}) is not signed by an authority that is trusted here`,
        {
          cause,
          hint: "set ca: { file: ... } to the PEM file of the authority that issued it (certutil -ca.cert on the CA shows it)",
        },
      );
    default:
      return undefined;
  }
}

/** "2026-11-22": a certificate writes its dates as "Nov 22 09:30:00 2026 GMT". */
export function dayOf(date: string | undefined): string {
  const at = Date.parse(date ?? "");
  return Number.isNaN(at) ? "an unknown day" : new Date(at).toISOString().slice(0, 10);
}

/** "dc1.corp.example, 10.0.0.4": what the certificate may be used for. */
export function namesOf(certificate: PeerCertificate | undefined): string {
  const names = (certificate?.subjectaltname ?? "")
    .split(", ")
    .filter((name) => /^(DNS|IP Address):/.test(name))
    .map((name) => name.replace(/^(DNS|IP Address):/, ""));
  if (names.length > 0) return names.join(", ");
  return subjectOf(certificate);
}

function subjectOf(certificate: PeerCertificate | undefined): string {
  const common = certificate?.subject?.CN;
  return (Array.isArray(common) ? common[0] : common) ?? "no name";
}

function issuerOf(certificate: PeerCertificate | undefined): string {
  const issuer = certificate?.issuer;
  const name = issuer?.CN ?? issuer?.O;
  return (Array.isArray(name) ? name[0] : name) ?? "nobody named";
}
