import { BindRequest } from "ldapts";
import { ConnectionError, CredentialsRefused, TransientError } from "../../../errors.ts";
import type { Secret } from "../../../secret.ts";
import { printable, resultCode } from "./result-code.ts";
import type { Wire } from "./wire.ts";

/** Why Active Directory refuses a login, by the code after "data" in its answer (Windows system error codes). */
const REASONS: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  "525": [
    "there is no such account",
    "check bindDn; a user principal name works too (rollcall@corp.example)",
  ],
  "52e": ["the password or the name is wrong", "check bindDn and bindPassword"],
  "52f": [
    "an account restriction forbids it",
    "check the account's restrictions (empty password, logon type)",
  ],
  "530": ["the account may not log on at this time", "check the account's logon hours"],
  "531": ["the account may not log on from this computer", 'check "Log On To" of the account'],
  "532": ["the password has expired", "set a new password, best one that never expires"],
  "533": ["the account is disabled", "enable the account"],
  "568": ["the account is in too many groups", "take the account out of groups"],
  "701": ["the account has expired", "extend the account (Account expires)"],
  "773": [
    "the password must be changed at the next logon",
    'set a password without "must change at next logon"',
  ],
  "775": ["the account is locked", "find who tries with a wrong password, then unlock the account"],
};

const WRONG_PASSWORD = "52e";

/**
 * Logs in over a wire that is TLS already. CredentialsRefused is never to be followed by another try elsewhere: every wrong
 * password counts towards the lockout of the account.
 */
export async function bind(
  wire: Wire,
  host: string,
  dn: string,
  password: Secret,
  signal: AbortSignal,
): Promise<void> {
  const { code, diagnostic } = await wire.exchange(
    (messageId) => new BindRequest({ messageId, dn, password: password.reveal() }),
    signal,
  );
  if (code === resultCode.success) return;
  wire.close();
  const words = password.isRepeatedIn(diagnostic) ? "its words are left out" : printable(diagnostic);
  const said = `LDAP result ${code}, ${words}`;
  const exchange = { method: "bind", path: host, status: code };
  switch (code) {
    case resultCode.invalidCredentials: {
      const data = /\bdata ([0-9a-f]{3,4})\b/i.exec(diagnostic)?.[1]?.toLowerCase() ?? "";
      const [reason, hint] = REASONS[data] ?? [
        "the name or the password is wrong",
        "check bindDn and bindPassword",
      ];
      throw new CredentialsRefused(`${host} refuses the login of ${dn}: ${reason} (${said})`, {
        exchange,
        hint,
        isOfTheValue: REASONS[data] === undefined || data === WRONG_PASSWORD,
      });
    }
    case resultCode.invalidDnSyntax:
    case resultCode.noSuchObject:
      throw new CredentialsRefused(`${host} does not understand bindDn ${dn} (${said})`, {
        exchange,
        hint: "write the account's distinguished name or its user principal name",
      });
    case resultCode.authMethodNotSupported:
    case resultCode.strongerAuthRequired:
    case resultCode.confidentialityRequired:
    case resultCode.inappropriateAuthentication:
      throw new CredentialsRefused(`${host} does not take a simple bind of ${dn}, even over TLS (${said})`, {
        exchange,
        hint: "allow simple binds over TLS for this account (it may be in Protected Users or under an authentication policy)",
      });
    case resultCode.operationsError:
    case resultCode.timeLimitExceeded:
    case resultCode.busy:
    case resultCode.unavailable:
      throw new TransientError(`${host} cannot log anybody in just now (${said})`, { outcome: "none" });
    default:
      throw new ConnectionError(`${host} ended the login of ${dn} (${said})`, {
        exchange,
        hint: "see the domain controller's Directory Service event log for this code",
      });
  }
}
