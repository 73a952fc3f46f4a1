/** What an answer's body says: a SCIM document, or what else it is. */
import { isObject, member } from "../../scim/path.ts";
import type { Json } from "../../scim/resource.ts";
import type { Answer } from "./exchange.ts";

/** A body that was understood, or in two or three words what stands there instead ("a web page"). */
export type Body =
  | { readonly type: "object"; readonly value: { readonly [key: string]: Json } }
  | { readonly type: "empty" }
  | { readonly type: "other"; readonly what: string };

/** SCIM documents are four or five levels deep; a body made to exhaust the stack is thousands. */
const DEEPEST = 64;

export function bodyOf(answer: Answer): Body {
  const text = answer.text.replace(/^\uFEFF/, "").trim();
  if (text === "") return { type: "empty" };
  const type = answer.header("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type === "text/html" || type === "application/xhtml+xml" || /^<(!doctype|html)/i.test(text))
    return { type: "other", what: "a web page" };
  if (!/^application\/([a-z0-9.+-]+\+)?json$/.test(type))
    return {
      type: "other",
      what: `content of type ${type === "" ? "unknown" : type.slice(0, 60).replace(/[^\x20-\x7e]/g, "?")}`,
    };
  try {
    const value = JSON.parse(text) as Json;
    if (!isObject(value)) return { type: "other", what: "JSON that is no object" };
    return isTooDeep(value, DEEPEST)
      ? { type: "other", what: "JSON nested too deeply" }
      : { type: "object", value };
  } catch {
    return { type: "other", what: "broken JSON" };
  }
}

/** What a service says of its refusal: cut, control characters escaped. May quote values of people. */
export function detailOf(answer: Answer): string | undefined {
  const body = bodyOf(answer);
  const said =
    body.type === "object"
      ? messageIn(body.value)
      : body.type === "other" && body.what === "a web page"
        ? titleIn(answer.text)
        : answer.text;
  const clean = said
    ?.replace(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
      (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
    )
    .trim();
  return clean === undefined || clean === "" ? undefined : [...clean].slice(0, 200).join("");
}

/** `scimType` of a SCIM error (RFC 7644 3.12), in lower case. */
export function scimTypeOf(answer: Answer): string {
  const body = bodyOf(answer);
  const value = body.type === "object" ? member(body.value, "scimType") : undefined;
  return typeof value === "string" ? value.toLowerCase() : "";
}

/** True for an error message of SCIM itself (RFC 7644 3.12). */
export function isScimError(answer: Answer): boolean {
  const body = bodyOf(answer);
  const schemas = body.type === "object" ? member(body.value, "schemas") : undefined;
  return Array.isArray(schemas) && schemas.includes("urn:ietf:params:scim:api:messages:2.0:Error");
}

/** The SCIM error, and the forms that frameworks use in its place. */
function messageIn(value: { readonly [key: string]: Json }): string | undefined {
  for (const name of ["detail", "message", "error_description", "error", "title", "description"]) {
    const said = member(value, name);
    if (typeof said === "string" && said !== "") return said;
    if (isObject(said)) return messageIn(said);
  }
  const errors = member(value, "Errors");
  const first = Array.isArray(errors) ? (errors[0] as Json | undefined) : undefined;
  if (typeof first === "string") return first;
  return isObject(first) ? messageIn(first) : undefined;
}

function titleIn(html: string): string | undefined {
  return /<title[^>]{0,200}>([^<]{1,200})/i.exec(html)?.[1];
}

function isTooDeep(value: Json, left: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return left === 0 || Object.values(value).some((each) => isTooDeep(each, left - 1));
}
