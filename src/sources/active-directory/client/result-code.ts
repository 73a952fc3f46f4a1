import type { Control } from "ldapts";
import { ConnectionError, TransientError } from "../../../errors.ts";

/** LDAP result codes that we decide on (RFC 4511 appendix A). */
export const resultCode = {
  success: 0,
  operationsError: 1,
  protocolError: 2,
  timeLimitExceeded: 3,
  sizeLimitExceeded: 4,
  authMethodNotSupported: 7,
  strongerAuthRequired: 8,
  referral: 10,
  adminLimitExceeded: 11,
  unavailableCriticalExtension: 12,
  confidentialityRequired: 13,
  noSuchAttribute: 16,
  noSuchObject: 32,
  invalidDnSyntax: 34,
  inappropriateAuthentication: 48,
  invalidCredentials: 49,
  insufficientAccessRights: 50,
  busy: 51,
  unavailable: 52,
  unwillingToPerform: 53,
} as const;

/** How an operation ended: the code and the server's own words ("0000203D: LdapErr: ..."). */
export interface Outcome {
  readonly code: number;
  readonly diagnostic: string;
  /** Response controls that the codec knows by itself (paging); others are read into the instance that was sent. */
  readonly controls: readonly Control[];
}

/** The error for a search that did not end with success: it is incomplete, whatever came before. `what` is "reading users below DC=...". */
export function searchFailed(host: string, what: string, outcome: Omit<Outcome, "controls">): Error {
  const said = `LDAP result ${outcome.code}${outcome.diagnostic === "" ? "" : `, ${printable(outcome.diagnostic)}`}`;
  const message = `${host}: ${what} ended incomplete (${said})`;
  switch (outcome.code) {
    case resultCode.operationsError:
    case resultCode.timeLimitExceeded:
    case resultCode.busy:
    case resultCode.unavailable:
      return new TransientError(message, { outcome: "none" });
    case resultCode.sizeLimitExceeded:
    case resultCode.adminLimitExceeded:
      return new ConnectionError(message, {
        hint: "a limit of the directory stops the read; lower pageSize of this source, or raise the limit of the LDAP policy for its account",
      });
    case resultCode.referral:
      return new ConnectionError(message, {
        hint: "the server refers to another one: the base DN belongs to another domain; name a domain controller of that domain",
      });
    default:
      return new ConnectionError(message, {
        hint: "see the domain controller's Directory Service event log for this code",
      });
  }
}

/** The server's words without control characters, in one line of bounded length. */
export function printable(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .trim()
    .slice(0, 300);
}
