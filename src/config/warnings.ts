/** What is allowed in a configuration but looks like a slip, as far as the files alone tell. */
import type { Keys } from "../yaml/keys.ts";
import type { Problem } from "../yaml/problem.ts";
import type { ConnectionConfig, Limits } from "./config.ts";
import type { Normalised, WrittenConfig } from "./normalise.ts";
import { suspiciousSections } from "./section-warnings.ts";

type Say = (keys: Keys, message: string, at?: "key" | "value") => Problem;

/** Each with its place, in the form of a problem. */
export function warn(normalised: Normalised, written: WrittenConfig): readonly Problem[] {
  const { document } = written;
  return [
    ...suspiciousSections(normalised, written),
    ...normalised.connections.flatMap(({ config }) => {
      const say: Say = (keys, message, at) =>
        document.problem(["connections", config.name, ...keys], message, at === undefined ? {} : { at });
      return [
        ...limitsThatLimitNothing(config, say),
        ...accountsThatGo(config, say),
        ...accountsThatStay(config, say),
        ...withoutGroups(config, say),
        ...timesThatDoNotFit(config, say),
      ];
    }),
  ];
}

const shares = [
  "deactivations",
  "deletions",
  "memberRemovals",
  "identifierChanges",
  "clearedValues",
] as const satisfies readonly (keyof Limits)[];

/** Half of everybody at once is held whatever the limit says: above that a share means nothing. */
const meaningless = 0.5;

/** Changes of a class that nobody would call few. */
const many = 1_000;

function limitsThatLimitNothing({ limits }: ConnectionConfig, say: Say): Problem[] {
  const off = shares
    .filter((name) => limits[name] >= meaningless)
    .map((name) =>
      say(
        ["limits", name],
        `a limit of ${Math.round(limits[name] * 100)}% is none: only what concerns more than half of everybody at once is still held (default: ${name === "memberRemovals" || name === "clearedValues" ? "10%" : "5%"})`,
      ),
    );
  if (limits.neverHoldBelow < many) return off;
  const message = `up to ${limits.neverHoldBelow} changes of each class are never held for being too many, whatever the percentages say (default: 10)`;
  return [...off, say(["limits", "neverHoldBelow"], message)];
}

function accountsThatGo({ policy, limits }: ConnectionConfig, say: Say): Problem[] {
  const unlimited = limits.deletions >= meaningless ? ", and limits.deletions holds none of it" : "";
  const outOfScope =
    policy.whenOutOfScope === "delete"
      ? [
          say(
            ["policy", "whenOutOfScope"],
            `a slip in scope deletes accounts for good${unlimited}; deactivate can be undone`,
          ),
        ]
      : [];
  if (policy.whenDeleted !== "delete" || unlimited === "") return outOfScope;
  const message = `people who are deleted in the directory lose their accounts at once and for good${unlimited}; whenDeleted: deactivate with deleteAfter: 30d leaves time to notice`;
  return [...outOfScope, say(["policy", "whenDeleted"], message)];
}

function accountsThatStay({ policy }: ConnectionConfig, say: Say): Problem[] {
  const { whenDisabled, whenDeleted, whenOutOfScope } = policy;
  if (whenDisabled === "keep" && whenDeleted === "keep") {
    const others = whenOutOfScope === "keep" ? "nobody ever loses access" : "who leaves keeps access";
    return [say(["policy", "whenDisabled"], `with whenDisabled: keep and whenDeleted: keep ${others}`)];
  }
  if (whenDisabled !== "keep") return [];
  const message =
    "people who are disabled in the directory keep access, until they are deleted there; many directories delete much later, or never";
  return [say(["policy", "whenDisabled"], message)];
}

/** What is said of groups and has no effect, because none is pushed. */
function withoutGroups({ policy, scope, privilegedGroups, protect }: ConnectionConfig, say: Say): Problem[] {
  if (policy.groups.push) return [];
  const because = "has no effect: policy.groups.push is false, so no group is written";
  return [
    ...(scope.groups === undefined ? [] : [say(["scope", "groups"], `scope.groups ${because}`)]),
    ...(privilegedGroups.length === 0
      ? []
      : [say(["privilegedGroups"], `privilegedGroups ${because}`, "key")]),
    ...(protect.groups.length === 0 ? [] : [say(["protect", "groups"], `protect.groups ${because}`, "key")]),
    ...(policy.groups.link === undefined
      ? []
      : [say(["policy", "groups", "link"], `policy.groups.link ${because}`, "key")]),
  ];
}

const minute = 60_000;

function timesThatDoNotFit({ everyMs, reconcileEveryMs }: ConnectionConfig, say: Say): Problem[] {
  const often =
    everyMs < minute
      ? [
          say(
            ["every"],
            "a cycle every few seconds asks the directory very often; most answer with limits of their own",
          ),
        ]
      : [];
  if (reconcileEveryMs === undefined || reconcileEveryMs > everyMs) return often;
  const message =
    "the whole target is read and compared in every cycle: reconcile is no longer than the time between two cycles (default: 24h)";
  return [...often, say(["reconcile"], message)];
}
