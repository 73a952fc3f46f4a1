/** A service's refusal as one of our errors. */
import {
  CredentialsRefused,
  type FailedExchange,
  ItemError,
  type ItemErrorCode,
  ProtocolError,
  TransientError,
} from "../../errors.ts";
import { pathWithoutValues, textWithoutValues } from "../../scim/without-values.ts";
import { bodyOf, detailOf, isScimError, scimTypeOf } from "./body.ts";
import type { Answer, Request } from "./exchange.ts";

/** What was asked, for the sentence: "app refused to create a user". */
export interface Asked {
  /** The target's name in the YAML. */
  readonly service: string;
  /** "create a user", "change group 42" */
  readonly to: string;
  readonly write: boolean;
  /** One resource by its id; a 404 then says that it is gone, elsewhere that the base URL is wrong. */
  readonly object: boolean;
  /** What was sent; its form is kept with the error. */
  readonly request: Pick<Request, "method" | "path">;
}

const CODES: Readonly<Record<number, ItemErrorCode>> = {
  402: "seats",
  403: "forbidden",
  404: "not-found",
  405: "mutability",
  409: "uniqueness",
  410: "not-found",
  412: "changed-meanwhile",
  501: "mutability",
};
const SCIM_CODES: Readonly<Record<string, ItemErrorCode>> = {
  uniqueness: "uniqueness",
  mutability: "mutability",
};
const MEANING: Readonly<Partial<Record<ItemErrorCode, string>>> = {
  uniqueness: "another object there has this name",
  "not-found": "it does not exist there any more",
  "changed-meanwhile": "somebody else changed it meanwhile",
  "invalid-value": "it does not accept a value",
  mutability: "it does not allow this change",
  forbidden: "our token may not do this",
  seats: "no licence or seat is left there",
  unresolved: "something that it refers to does not exist there",
};
/** Services say that seats are gone with all kinds of statuses, but in few words. */
const SEATS = /\b(licen[cs]es?|seats?|user limit|plan limit|subscription)\b/i;
const MAY_MEAN_SEATS = new Set([400, 402, 403, 409, 422]);

/** The error for an answer that is no success. Statuses 429 and 503 with Retry-After never get here while there is time to wait. */
export function refusal(answer: Answer, asked: Asked, retryAfter: number | undefined): Error {
  const { status } = answer;
  const detail = detailOf(answer);
  const exchange = exchangeOf(answer, asked, detail);
  const says = `${asked.service} ${status >= 500 ? "failed" : "refused"} to ${asked.to}`;
  if (status >= 300 && status < 400) return redirect(answer, asked);
  if (status === 401)
    return new CredentialsRefused(`${asked.service} refuses our token (401)`, {
      detail,
      exchange,
      hint: "renew the token and put the new one in its place",
      isOfTheValue: true,
    });
  if (status === 403 && !asked.write && !asked.object)
    return new CredentialsRefused(`${asked.service} does not let our token ${asked.to} (403)`, {
      detail,
      exchange,
      hint: "give the token the right to provision users and groups",
    });
  if (status === 429 || (status === 503 && retryAfter !== undefined))
    return new TransientError(`${asked.service} asks us to come later (${status})`, {
      outcome: "none",
      detail,
      exchange,
      ...(retryAfter !== undefined && { retryAfterMs: retryAfter }),
    });
  if (status === 408 || (status >= 500 && status !== 501))
    return new TransientError(`${says} (${status})`, {
      outcome: asked.write ? "unknown" : "none",
      detail,
      exchange,
    });
  const isGone = status === 404 || status === 410;
  // A service that refuses what a creation refers to says so in the words of SCIM; where there is no service, nobody does.
  const isAboutContent = isGone && asked.write && !asked.object && isScimError(answer);
  if (isGone && !isAboutContent && (!asked.object || isWebPage(answer)))
    return new ProtocolError(
      `${asked.service} has no SCIM service at its baseUrl: asked to ${asked.to}, it answered ${status}`,
      {
        detail,
        exchange,
        hint: "correct baseUrl: it is the address before /Users and /Groups",
      },
    );
  const code = isAboutContent ? "unresolved" : codeOf(answer, detail);
  return new ItemError(code, `${says}: ${MEANING[code] ?? "it gave no reason"} (${status})`, {
    status,
    detail,
    exchange,
  });
}

/** The error for a success whose content cannot be used. */
export function unusable(answer: Answer, what: string, asked: Asked): Error {
  const sentence = `${asked.service} answered ${what} (${answer.status}) when asked to ${asked.to}`;
  const exchange = exchangeOf(answer, asked, what);
  if (asked.write) return new TransientError(sentence, { outcome: "unknown", exchange });
  return new ProtocolError(sentence, {
    exchange,
    hint: "check that baseUrl is the address of a SCIM 2.0 service, and that no proxy answers in its place",
  });
}

function codeOf(answer: Answer, detail: string | undefined): ItemErrorCode {
  const stated = SCIM_CODES[scimTypeOf(answer)];
  if (stated !== undefined) return stated;
  if (MAY_MEAN_SEATS.has(answer.status) && SEATS.test(detail ?? "")) return "seats";
  return CODES[answer.status] ?? "invalid-value";
}

/** RFC 7644 3.12. */
const SCIM_TYPES =
  "invalidFilter tooMany uniqueness mutability invalidSyntax invalidPath noTarget invalidValue invalidVers sensitive".split(
    " ",
  );

/** What a person has to know of it, and no more: neither whom it was about, nor with which values. */
function exchangeOf(answer: Answer, { request }: Asked, said: string | undefined): FailedExchange {
  const code = SCIM_TYPES.find((each) => each.toLowerCase() === scimTypeOf(answer));
  const detail = textWithoutValues(said ?? "");
  return {
    method: request.method,
    path: pathWithoutValues(request.path),
    status: answer.status,
    ...(code === undefined ? {} : { code }),
    ...(detail === "" || detail === "..." ? {} : { detail }),
  };
}

function redirect(answer: Answer, asked: Asked): ProtocolError {
  const location = answer.header("location") ?? "";
  const to = URL.canParse(location) ? ` to ${new URL(location).origin}` : "";
  return new ProtocolError(
    `${asked.service} redirects${to} (${answer.status}) when asked to ${asked.to}; redirects are not followed with our token`,
    {
      exchange: exchangeOf(answer, asked, undefined),
      hint: "put the address where the service really is into baseUrl, or correct the token if this is a login page",
    },
  );
}

function isWebPage(answer: Answer): boolean {
  const body = bodyOf(answer);
  return body.type === "other" && body.what === "a web page";
}
