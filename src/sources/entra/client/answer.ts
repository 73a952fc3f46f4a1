import { isObject, member } from "../../../scim/path.ts";
import type { Json } from "../../../scim/resource.ts";
import type { Entry } from "./entries.ts";

/** A JSON object as Graph sent it. */
export type Document = { readonly [key: string]: Json };

/** What Graph answered: its body read to the end, whatever the status. */
export interface Answer {
  readonly status: number;
  /** What was asked for, without ids and tokens. */
  readonly path: string;
  readonly header: (name: string) => string | null;
  /** Undefined when the body is not a JSON object. */
  readonly body: Document | undefined;
  /** Of a page: what stands in its `value`; undefined where there is no such list. */
  readonly entries?: readonly Entry[] | undefined;
}

/**
 * Codes of an error from the outermost to the innermost, in lower case (https://learn.microsoft.com/graph/errors): inner ones are
 * finer, and may be missing.
 */
export function errorCodes({ body }: Answer): readonly string[] {
  const codes: string[] = [];
  let error = member(body, "error");
  while (isObject(error) && codes.length < 8) {
    const code = member(error, "code");
    if (typeof code === "string") codes.push(code.toLowerCase());
    error = member(error, "innerError") ?? member(error, "innererror");
  }
  return codes;
}

/** The outermost code as Graph writes it; undefined when something else than Graph may have answered. */
export function errorCode({ body }: Answer): string | undefined {
  const code = member(member(body, "error"), "code");
  return typeof code === "string" && code !== "" ? code : undefined;
}

/** Graph itself says that there is no such object; any other 404 may be a gateway's, and proves nothing. */
export function saysGone(answer: Answer): boolean {
  return answer.status === 404 && errorCodes(answer).includes("request_resourcenotfound");
}

/** What Graph says of its refusal: cut, control characters escaped. May quote values of people. */
export function detailOf({ body }: Answer): string | undefined {
  const said = member(member(body, "error"), "message");
  if (typeof said !== "string" || said === "") return undefined;
  const clean = said.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
  return [...clean].slice(0, 200).join("");
}
