import { AndFilter, EqualityFilter, type Filter, OrFilter, PresenceFilter } from "ldapts";
import type { Kind } from "../../../scim/resource.ts";
import { ExtendedDnControl } from "../client/controls.ts";
import { resultCode } from "../client/result-code.ts";
import { searchSome } from "../client/search.ts";
import { parseDn } from "./dn.ts";
import { guidBytes } from "./guid.ts";
import { filterFor, identify, kindOf } from "./objects.ts";
import type { Reading } from "./reading.ts";

const names: Readonly<Record<Kind, readonly string[]>> = {
  user: ["sAMAccountName", "userPrincipalName", "mail"],
  group: ["sAMAccountName", "cn", "displayName", "mail"],
};

/** More than this many hits do not help anybody to choose. */
const MOST = 50;

/** Ids below the base that an admin may mean: by GUID, DN, DOMAIN\name, logon name, e-mail, or a group's name. */
export async function find(
  reading: Reading,
  kind: Kind,
  key: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const text = key.trim();
  if (text === "" || text.includes("\0")) return [];
  const isDn = text.includes("=") && (parseDn(text)?.length ?? 0) > 1;
  const entries = await searchSome(
    reading.session,
    {
      base: isDn ? text : reading.baseDn,
      scope: isDn ? "base" : "sub",
      filter: new AndFilter({
        filters: [
          filterFor(kind),
          isDn ? new PresenceFilter({ attribute: "objectClass" }) : meant(kind, text),
        ],
      }),
      attributes: ["objectGUID", "objectClass"],
      controls: [new ExtendedDnControl()],
      what: `looking for a ${kind} by name`,
    },
    signal,
    [resultCode.noSuchObject, resultCode.invalidDnSyntax, resultCode.referral],
  );
  const hits = entries.filter((entry) => kindOf(entry) === kind).map((entry) => identify(reading, entry));
  return hits
    .filter(({ within }) => within)
    .slice(0, MOST)
    .map(({ id }) => id);
}

/** Values go into filter objects and never into a filter's text, so that no name can change the question. */
function meant(kind: Kind, text: string): Filter {
  const guid = guidBytes(text);
  if (guid !== undefined) return new EqualityFilter({ attribute: "objectGUID", value: guid });
  const account = /^[^\\@]+\\([^\\]+)$/.exec(text)?.[1];
  if (account !== undefined) return new EqualityFilter({ attribute: "sAMAccountName", value: account });
  return new OrFilter({
    filters: names[kind].map((attribute) => new EqualityFilter({ attribute, value: text })),
  });
}
