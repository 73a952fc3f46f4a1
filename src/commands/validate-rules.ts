import type { ConnectionConfig } from "../config/config.ts";
import type { Mapping } from "../mapping/mapping.ts";
import type { Capabilities } from "../scim/api.ts";
import type { Kind } from "../scim/resource.ts";
import type { Problem } from "../yaml/problem.ts";
import { listNames } from "../yaml/suggest.ts";
import type { Say } from "./validate-snapshot.ts";

/** What is suspicious about mapping, scope and target together, without anybody of the directory. */
export function ruleWarnings(
  connection: ConnectionConfig,
  mapping: Mapping,
  capabilities: Capabilities,
  say: Say,
): Problem[] {
  const kinds: readonly Kind[] = connection.policy.groups.push ? ["user", "group"] : ["user"];
  return [
    ...kinds.flatMap((kind) =>
      matchWarnings(connection, mapping.match[kind], capabilities.filter[kind], kind, say),
    ),
    ...groupsByName(connection, say),
  ];
}

/** Attributes of people that several may share. */
const shared: ReadonlySet<string> = new Set([
  "displayName",
  "nickName",
  "name.formatted",
  "name.givenName",
  "name.familyName",
  "title",
  "userType",
  "locale",
  "timezone",
]);

/** Accounts are found by what the target can filter on, or else by reading all of them. */
function matchWarnings(
  { target }: ConnectionConfig,
  match: readonly string[],
  filter: readonly string[],
  kind: Kind,
  say: Say,
): Problem[] {
  const known = new Set(filter.map((each) => each.toLowerCase()));
  const useless = match.filter((path) => !known.has(path.toLowerCase()));
  const all = kind === "user" ? "accounts" : "groups";
  const ambiguous = kind === "user" ? match.filter((path) => shared.has(path)) : [];
  const warnings = ambiguous.map((path) =>
    say(
      ["mapping"],
      `people are matched by ${path}, which several may share: whoever is found so may be somebody else`,
    ),
  );
  if (useless.length === 0) return warnings;
  const which = `${kind}s.match`;
  const message =
    useless.length === match.length
      ? `the target cannot look ${all} up by ${listNames(useless)} (${which}), only by ${listNames(filter)}: to find those that exist, all of them are read`
      : `the target cannot look ${all} up by ${listNames(useless)} (${which}): those that exist are found by ${listNames(match.filter((path) => !useless.includes(path)))} alone`;
  return [...warnings, say(["target"], `${target.name}: ${message}`)];
}

/** A rule that names single groups by what they are called now. */
const comparesName =
  /\bgroup\s*(?:\.\s*|\[\s*["'])(displayName|name|cn|sAMAccountName|mailNickname)(?:["']\s*\])?\s*\)?\s*(?:==|in\s*\[)/;

function groupsByName({ scope }: ConnectionConfig, say: Say): Problem[] {
  const [, attribute] = comparesName.exec(scope.groups?.text ?? "") ?? [];
  if (attribute === undefined) return [];
  const message = `single groups are named by ${attribute}: whoever renames one in the directory takes it out of the scope; compare its id instead`;
  return [say(["scope", "groups"], message)];
}
