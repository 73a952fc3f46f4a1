/** How a notice leaves the machine: the contract of a channel, and what can go wrong there, in words that may be shown. */
import { getSystemErrorName } from "node:util";
import { ConnectionError, TransientError } from "../errors.ts";

/** A notice on its way. */
export interface Letter {
  /** The receiver knows a second delivery by it. */
  readonly id: string;
  readonly title: string;
  /** Paragraphs, for people. */
  readonly text: string;
  /** JSON, for programs. */
  readonly body: string;
}

/** The receiver is there, knows us, and does not want this letter; of others it says nothing. */
export class LetterRefused extends ConnectionError {}

/** Gives a letter to one receiver. Throws LetterRefused, TransientError (with `retryAfterMs` where the receiver says) and other errors of ours; nothing else. */
export interface Carrier {
  deliver(letter: Letter, signal: AbortSignal): Promise<void>;
}

/** Codes of a connection that did not come about, in words. Of any other failure nothing but its code is said: the rest may hold what was sent. */
const failures: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections",
  ENOTFOUND: "is not known to the name service",
  EAI_AGAIN: "cannot be looked up, the name service does not answer",
  EHOSTUNREACH: "cannot be reached",
  ENETUNREACH: "cannot be reached",
  ETIMEDOUT: "did not answer in time",
  ESOCKET: "broke the connection",
  ECONNRESET: "broke the connection",
  UND_ERR_SOCKET: "broke the connection",
  UND_ERR_CONNECT_TIMEOUT: "does not accept a connection in time",
  UND_ERR_HEADERS_TIMEOUT: "did not answer in time",
  UND_ERR_BODY_TIMEOUT: "did not answer in time",
  TimeoutError: "did not answer in time",
  CERT_HAS_EXPIRED: "has a certificate that has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "has a certificate for another host",
  DEPTH_ZERO_SELF_SIGNED_CERT: "has a certificate that is not trusted here",
  SELF_SIGNED_CERT_IN_CHAIN: "has a certificate that is not trusted here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "has a certificate that is not trusted here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "has a certificate that is not trusted here",
};

/** The sentence for what the network did. */
export function undelivered(host: string, error: unknown): TransientError {
  const code = codesOf(error).find((each) => failures[each] !== undefined) ?? codesOf(error)[0];
  const what = code === undefined ? "could not be given the message" : (failures[code] ?? `failed (${code})`);
  return new TransientError(`${host} ${what}`, { outcome: "unknown", cause: error });
}

/** The code of an error and of those below it: libraries wrap the one that says most. */
function codesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const own = "code" in error && typeof error.code === "string" ? [error.code] : [];
  const named = error.name === "TimeoutError" ? ["TimeoutError"] : [];
  const known = own.filter((code) => /^[A-Z][A-Z0-9_]{1,63}$/.test(code));
  // nodemailer puts a code of its own in the place of the system's, and leaves the number.
  const system = "errno" in error && typeof error.errno === "number" ? [getSystemErrorName(error.errno)] : [];
  return [...codesOf(error.cause), ...system, ...known, ...named];
}
