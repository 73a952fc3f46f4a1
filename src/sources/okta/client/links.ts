import { ConnectionError } from "../../../errors.ts";

/** The address of the next page in a Link header (RFC 8288); undefined on the last page. Throws when it leads to another host. */
export function nextLink(header: string | null, origin: string): string | undefined {
  const next = (header ?? "")
    .matchAll(/<([^>]*)>((?:\s*;\s*[^\s;,="]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"]*))?)*)/g)
    .find(([, , parameters = ""]) => /;\s*rel\s*=\s*"?next"?\s*(;|$)/i.test(parameters))?.[1];
  if (next === undefined) return undefined;
  if (URL.canParse(next) && new URL(next).origin === origin) return next;
  throw new ConnectionError("Okta named a next page at another address than its own", {
    hint: "if the organisation has a custom domain, set orgUrl to the address that it answers with",
  });
}
