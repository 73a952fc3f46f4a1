/**
 * The families of errors, by what the cycle does next. Everything thrown on purpose is one of these; anything else is our bug.
 *
 * | family               | the cycle then                                                        | exit |
 * | -------------------- | --------------------------------------------------------------------- | ---- |
 * | ConfigurationError   | does not start                                                        | 2    |
 * | TransientError       | gives up for now, tries again later (after `retryAfterMs` if given)   | 1    |
 * | CursorLost           | reads everything                                                      | -    |
 * | ItemError            | sets this one person or group aside and goes on                       | 4    |
 * | ConnectionError      | stops this connection; a person has to mend something                 | 1    |
 * | CredentialsRefused   | stops this connection, quarantines it                                 | 5    |
 * | ProtocolError        | stops this connection, quarantines it                                 | 5    |
 * | Paused               | writes nothing more; what is left waits for a person                  | -    |
 * | BusyError            | leaves the connection to whoever holds it                             | 75   |
 *
 * Messages are one sentence for an admin: what happened, to whom, what to do. Never a secret, never a personal value.
 */

export interface RollcallErrorOptions extends ErrorOptions {
  /** What to do about it, one sentence or command, printed on a line of its own. */
  readonly hint?: string;
  /** True where a credential is missing that systemd gives to the service alone. */
  readonly lacksCredential?: boolean;
  /** What a server said, cut and escaped. May name people: for the audit trail, never for a log. */
  readonly detail?: string | undefined;
  readonly exchange?: FailedExchange | undefined;
}

/** A request that failed and its answer, for whoever has to mend it: without values of people, without secrets, so that it may be logged. */
export interface FailedExchange {
  /** "POST"; "bind" or "search" of LDAP. */
  readonly method: string;
  /** Without ids and values: "/Users/{id}"; of LDAP the server. */
  readonly path: string;
  /** HTTP status or LDAP result code; undefined where only a code came through. */
  readonly status: number | undefined;
  /** scimType (RFC 7644 3.12), or the vendor's own code. */
  readonly code?: string;
  /** What was said; every word that could be a value is left out. */
  readonly detail?: string;
}

abstract class RollcallError extends Error {
  readonly hint: string | undefined;
  readonly lacksCredential: boolean;
  readonly detail: string | undefined;
  readonly exchange: FailedExchange | undefined;

  constructor(message: string, options: RollcallErrorOptions = {}) {
    super(message, options);
    this.hint = options.hint;
    this.lacksCredential = options.lacksCredential === true;
    this.detail = options.detail;
    this.exchange = options.exchange;
    this.name = new.target.name;
  }
}

/** The configuration or the command line is wrong. */
export class ConfigurationError extends RollcallError {}

/** It may work later. `outcome` says what is known of a write: "none" it had no effect, "unknown" it may have had one. */
export class TransientError extends RollcallError {
  readonly outcome: "none" | "unknown";
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: RollcallErrorOptions & { readonly outcome: "none" | "unknown"; readonly retryAfterMs?: number },
  ) {
    super(message, options);
    this.outcome = options.outcome;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The source no longer takes our cursor: only a full read helps. */
export class CursorLost extends RollcallError {}

/** Why a target or source definitely refused one object. */
export type ItemErrorCode =
  | "uniqueness" // another object holds this userName or displayName (409)
  | "not-found" // the linked object is gone (404)
  | "changed-meanwhile" // If-Match failed (412)
  | "invalid-value" // 400, 413, 422
  | "mutability" // the attribute or operation is not allowed
  | "forbidden" // 403 for this object only
  | "seats" // a licence or seat limit
  | "duplicate" // several objects match where one may
  | "collision" // the matching object belongs to somebody else
  | "unresolved" // a reference or member does not exist at the target yet
  | "not-kept" // accepted but not stored
  | "mapping"; // the mapping cannot be evaluated for this object

/** This one person or group cannot be handled; definite, nothing was changed. */
export class ItemError extends RollcallError {
  readonly code: ItemErrorCode;
  /** HTTP status or LDAP result code, when a server said it. */
  readonly status: number | undefined;

  constructor(
    code: ItemErrorCode,
    message: string,
    options: RollcallErrorOptions & { readonly status?: number } = {},
  ) {
    super(message, options);
    this.code = code;
    this.status = options.status;
  }
}

/** The connection cannot work until a person mends something (a base DN that does not exist, a broken protocol, ...). */
export class ConnectionError extends RollcallError {}

/** The source or target refuses our login. Never retried against another server: that locks accounts. */
export class CredentialsRefused extends ConnectionError {
  /** True where it is this password, token or key that is wrong, and not the account or its rights: another value of the secret may be tried. */
  readonly isOfTheValue: boolean;

  constructor(message: string, options: RollcallErrorOptions & { readonly isOfTheValue?: boolean } = {}) {
    super(message, options);
    this.isOfTheValue = options.isOfTheValue === true;
  }
}

/** What answers is not what it should be: a web page, an address without a SCIM service, something that is no LDAP. */
export class ProtocolError extends ConnectionError {}

/** A person paused the connection: nothing was sent, and nothing else is. */
export class Paused extends ConnectionError {}

/** Somebody else works on this connection right now. */
export class BusyError extends RollcallError {}

export function isRollcallError(error: unknown): error is RollcallError {
  return error instanceof RollcallError;
}
