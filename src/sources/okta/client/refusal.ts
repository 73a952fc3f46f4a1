import {
  ConnectionError,
  CredentialsRefused,
  type FailedExchange,
  ProtocolError,
  TransientError,
} from "../../../errors.ts";
import { pathWithoutValues } from "../../../scim/without-values.ts";
import type { Refused } from "./refused.ts";
import { SCOPES, scopeOf } from "./scopes.ts";

/** The organisation says no to this question, and will say so again. */
export class OktaRefusal extends ConnectionError {
  readonly status: number;
  /** Okta's errorCode ("E0000007"); only it may steer code. */
  readonly code: string;

  constructor(
    status: number,
    code: string,
    message: string,
    options: ConstructorParameters<typeof ConnectionError>[1],
  ) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

/** Okta itself says that there is no such object; any other 404 may be a gateway's, and proves nothing. */
export function saysGone(error: unknown): boolean {
  return error instanceof OktaRefusal && error.status === 404 && error.code === "E0000007";
}

/** What a refusal means to an admin. `what` says what was asked: "listing people". https://developer.okta.com/docs/reference/error-codes/ */
export function refusal(refused: Refused, what: string, url: URL): Error {
  const { host, pathname } = url;
  const { status, text, headers } = refused.answer;
  const said = saidIn(text);
  const options = { cause: refused, detail: said.text, exchange: exchangeOf(refused, pathname) };
  if (status === 429)
    return new TransientError(`${host} asked to slow down (429) while ${what}, and did so again and again`, {
      ...options,
      outcome: "none",
    });
  if (status >= 500) {
    const doing = refused.endpoint === "token" ? "giving a token" : what;
    return new TransientError(`${host} failed (${status}) while ${doing}`, { ...options, outcome: "none" });
  }
  if (refused.endpoint === "token") return noToken(refused, host);
  const lacksScope = /insufficient_scope/.test(headers.get("www-authenticate") ?? "");
  if (said.code === "" && !lacksScope) return notOkta(refused, what, url);
  if (status === 401 && said.code !== "E0000015") {
    return new CredentialsRefused(`${host} refuses the login (${said.code || status}) while ${what}`, {
      ...options,
      hint: "an API token ends with the account of the administrator who made it and after 30 days without use: make a new one; of a service application, check that it is active",
    });
  }
  if (status === 403 || lacksScope) {
    return new OktaRefusal(
      status,
      said.code,
      `${host} does not let the account do this (${status}): ${what}`,
      {
        ...options,
        hint: `give it the role Read-only Administrator; a service application needs ${scopeOf(pathname) ?? SCOPES.join(", ")} granted, too`,
      },
    );
  }
  return new OktaRefusal(
    status,
    said.code,
    `${host} answered ${status}${said.code === "" ? "" : ` ${said.code}`} while ${what}`,
    options,
  );
}

/** Whatever Okta refuses has an errorCode. */
function notOkta(cause: Refused, what: string, { host, pathname }: URL): ConnectionError {
  const { status } = cause.answer;
  const said = status < 400 ? `sends us elsewhere (${status})` : `answered ${status}`;
  return new ProtocolError(`${host} ${said} while ${what}, and not in the words of Okta`, {
    cause,
    exchange: exchangeOf(cause, pathname),
    hint: "check orgUrl; a proxy or a portal may answer in its place: have it let this machine through",
  });
}

const tokenHints: Readonly<Record<string, string>> = {
  invalid_client:
    "check clientId, keyId and privateKey: the public half of this key must be active in the application's settings in Okta; a wrong clock of this machine does it, too",
  unauthorized_client: "the application must be of type API Services and allow client credentials",
  invalid_dpop_proof: "check the clock of this machine",
};

/** Okta's own client hides this answer behind a later one. RFC 6749 section 5.2. */
function noToken(refused: Refused, host: string): Error {
  const { status, text } = refused.answer;
  const { error, text: detail } = saidIn(text);
  const hint = tokenHints[error];
  if (status !== 400 && status !== 401 && status !== 403)
    return new ProtocolError(`${host} answered the request for a token with something else (${status})`, {
      cause: refused,
      exchange: exchangeOf(refused, ""),
      detail,
      hint: "check orgUrl, which must be the organisation's own address; a proxy or a portal may answer in its place",
    });
  return new CredentialsRefused(
    `${host} gives no token (${error === "" ? status : error}${detail === undefined ? "" : `: ${detail}`})`,
    { cause: refused, detail, exchange: exchangeOf(refused, ""), ...(hint === undefined ? {} : { hint }) },
  );
}

/** What was asked and answered, without values. Okta's codes are its own: E0000011. */
function exchangeOf({ answer: { status, text }, endpoint }: Refused, pathname: string): FailedExchange {
  const { code, error } = saidIn(text);
  const said = /^E\d{7}$/.test(code) ? code : error in tokenHints ? error : undefined;
  const asked =
    endpoint === "token"
      ? { method: "POST", path: "/oauth2/v1/token" }
      : { method: "GET", path: pathWithoutValues(pathname) };
  return { ...asked, status, ...(said === undefined ? {} : { code: said }) };
}

interface Said {
  /** errorCode of the API. */
  readonly code: string;
  /** `error` of the token endpoint. */
  readonly error: string;
  /** Cut, control characters escaped; may name people. */
  readonly text: string | undefined;
}

function saidIn(text: string): Said {
  let body: Readonly<Record<string, unknown>> = {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) body = { ...value };
  } catch {
    // A proxy's page says nothing that code could use.
  }
  const code = wordIn(body["errorCode"]);
  const error = wordIn(body["error"]);
  const said = body["error_description"] ?? body["errorSummary"];
  return { code, error, text: typeof said === "string" && said !== "" ? clean(said) : undefined };
}

function wordIn(value: unknown): string {
  return typeof value === "string" && /^[A-Za-z0-9_]{1,40}$/.test(value) ? value : "";
}

/** So long a run without a blank is no word: a token, or what was signed. */
const NO_WORD = /\S{60,}/g;

function clean(text: string): string {
  const escaped = text
    .replace(NO_WORD, "...")
    .replace(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
      (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
    );
  return [...escaped].slice(0, 200).join("");
}
