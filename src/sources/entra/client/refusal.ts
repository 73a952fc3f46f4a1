import { ConnectionError, CredentialsRefused, ProtocolError, TransientError } from "../../../errors.ts";
import { textWithoutValues } from "../../../scim/without-values.ts";
import { type Answer, detailOf, errorCode } from "./answer.ts";
import { laterText } from "./retry-after.ts";

/** What is asked of Graph, for sentences about it. */
export interface Asked {
  /** "read changes of people": completes "graph.microsoft.com refuses to ..." */
  readonly to: string;
  /** The least application permission that allows it. */
  readonly permission: string;
}

/** The error for an answer that is no success and that nobody expected. */
export function refusal(answer: Answer, asked: Asked, host: string, retryAfterMs?: number): Error {
  const { status } = answer;
  const code = errorCode(answer);
  const said = code === undefined ? String(status) : `${status} ${code.slice(0, 60)}`;
  const detail = detailOf(answer);
  const exchange = {
    method: "GET",
    path: answer.path,
    status,
    ...(code === undefined ? {} : { code: textWithoutValues(code) }),
  };
  if (code === undefined && status >= 400 && status < 500 && status !== 429) {
    return new ProtocolError(
      `${host} answered ${status} when asked to ${asked.to}, but not in the words of Microsoft Graph`,
      {
        exchange,
        hint: "a proxy or a portal seems to answer in its place: have it let this machine through",
      },
    );
  }
  if (status === 401) {
    return new CredentialsRefused(`${host} does not accept our token, not even a new one (${said})`, {
      detail,
      exchange,
      hint: "does endpoints (or cloud) name a Graph that belongs to this login?",
    });
  }
  if (status === 403) {
    return new ConnectionError(
      `${host} refuses to ${asked.to}: the application lacks a permission (${said})`,
      {
        detail,
        exchange,
        hint: grant(asked.permission),
      },
    );
  }
  if (status === 429 || status >= 500) {
    const waits = retryAfterMs === undefined ? {} : { retryAfterMs };
    const what =
      status === 429 ? `asks us to come back ${laterText(retryAfterMs)}` : "cannot answer for the moment";
    return new TransientError(`${host} ${what} (${said}), when asked to ${asked.to}`, {
      outcome: "none",
      detail,
      ...waits,
    });
  }
  if (status >= 300 && status < 400) {
    return new ProtocolError(`${host} sends us elsewhere (${status}), which is not followed`, {
      exchange,
      hint: "does a proxy ask for a login, or is endpoints wrong?",
    });
  }
  return new ConnectionError(`${host} refuses to ${asked.to} (${said})`, {
    detail,
    exchange,
    hint:
      status === 400
        ? "does the mapping name a property that Entra ID does not have? `rollcall attributes` lists them"
        : "`rollcall test` says more",
  });
}

/** How an administrator grants an application permission. */
export function grant(permission: string): string {
  return `grant the application permission ${permission}: Entra admin center > App registrations > the application > API permissions > Add > Microsoft Graph > Application permissions, then "Grant admin consent"`;
}
