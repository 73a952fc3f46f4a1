import type { ConnectionConfig } from "../config/config.ts";
import { readerOf } from "../connection.ts";
import type { Mapping } from "../mapping/mapping.ts";
import type { Kind } from "../scim/resource.ts";
import type { Store } from "../store/store.ts";
import { createJudge } from "../sync/judge.ts";
import { keyName, type LookedAt, lookForSuspicious, type Suspicious } from "../sync/suspicious.ts";
import type { Keys } from "../yaml/keys.ts";
import type { Problem } from "../yaml/problem.ts";
import { count, counted, span } from "./output/numbers.ts";

/** Makes a warning about what stands at these keys of the connection. */
export type Say = (keys: Keys, message: string) => Problem;

/** What is suspicious about one connection beside its snapshot, and whom it means; the directory is not asked. */
export interface SnapshotWarnings {
  readonly warnings: readonly Problem[];
  /** What people would be called at the target, in small letters; undefined where that was not worked out. */
  readonly names?: ReadonlySet<string>;
}

/** Costs one look at everybody. A connection that was never read to the end knows nobody yet. */
export async function snapshotWarnings(
  connection: ConnectionConfig,
  store: Store,
  say: Say,
  now: number,
): Promise<SnapshotWarnings> {
  const { cursor } = store;
  if (cursor === undefined || store.meta.get("complete_run") === undefined) return { warnings: [] };
  const { mapping, view } = await readerOf(connection);
  const missing = notAskedFor(mapping, cursor.selection);
  const keys = unknownKeys(connection, store);
  const { policy, scope } = connection;
  const judge = createJudge({
    view,
    mapping,
    policy,
    include: scope.include,
    // Who is assigned by another rule than before is not known.
    limitedToAssigned: scope.assigned !== undefined && sameAssignment(store, connection),
    hasPilot: connection.pilot !== undefined,
    isRetired: false,
    lastRunAt: undefined,
    // Nobody is shown what chance would give.
    chance: () => () => 0,
  });
  const looked = lookForSuspicious(store, judge, now, keys);
  const shared = [
    ...nobodyAnswers(keys, looked, say),
    ...pilotOfNobody(connection, store, say),
    ...namesOfGroups(connection, store, say),
    ...tooOften(connection, store, say),
    ...limitsBeyondEverybody(connection, store, say),
  ];
  if (missing.length > 0) {
    const message = `not checked against the snapshot: nobody asked the directory for ${missing.join(", ")} yet; the next cycle reads everything once`;
    return { warnings: [...shared, say(["mapping"], message)] };
  }
  const found = [
    ...scopeWarnings(connection, "user", looked.user, say),
    ...(policy.groups.push ? scopeWarnings(connection, "group", looked.group, say) : []),
    ...mappingWarnings(connection, mapping, "user", looked.user, say),
    ...(policy.groups.push ? mappingWarnings(connection, mapping, "group", looked.group, say) : []),
    ...privilegedOutOfScope(connection, store, say),
  ];
  return { warnings: [...shared, ...found], names: looked.user.names };
}

function notAskedFor(mapping: Mapping, selection: string): string[] {
  const names = selection.split(",");
  const bar = names.indexOf("|");
  const known = { user: new Set(names.slice(0, bar)), group: new Set(names.slice(bar + 1)) };
  return (["user", "group"] as const).flatMap((kind) =>
    mapping.reads[kind].filter((name) => !known[kind].has(name)).map((name) => `${kind}.${name}`),
  );
}

function sameAssignment(store: Store, { scope }: ConnectionConfig): boolean {
  return store.meta.get("assigned_rule") === JSON.stringify(scope.assigned ?? null);
}

interface Entry {
  readonly keys: Keys;
  readonly kind: Kind;
  readonly key: string;
}

/** Names of the configuration that nobody has; whether some value of somebody's record is called so is told by a look at everybody. */
function unknownKeys(
  { protect, privilegedGroups, canary }: ConnectionConfig,
  store: Store,
): readonly Entry[] {
  const all = (keys: Keys, kind: Kind, names: readonly string[]): readonly Entry[] =>
    names.map((key, index) => ({ keys: [...keys, index], kind, key }));
  const one = (name: "user" | "group"): readonly Entry[] =>
    canary?.[name] === undefined ? [] : [{ keys: ["canary", name], kind: name, key: canary[name] }];
  return [
    ...all(["protect", "users"], "user", protect.users),
    ...all(["protect", "groups"], "group", protect.groups),
    ...all(["privilegedGroups"], "group", privilegedGroups),
    ...one("user"),
    ...one("group"),
  ].filter(({ kind, key }) => store.people.named(key, kind).length === 0);
}

function nobodyAnswers(entries: readonly Entry[], { nobody }: LookedAt, say: Say): Problem[] {
  return entries
    .filter(({ kind, key }) => nobody.has(keyName(kind, key)))
    .map(({ keys, kind, key }) => {
      const rest =
        keys[0] === "protect" ? "; it only keeps what has that name at the target from being taken over" : "";
      return say(
        keys,
        `${kind === "user" ? "nobody" : "no group"} in the snapshot answers to "${key}"${rest}`,
      );
    });
}

function pilotOfNobody({ pilot }: ConnectionConfig, store: Store, say: Say): Problem[] {
  if (pilot === undefined || store.meta.get("pilot_users") === undefined || store.somePiloted) return [];
  return [say(["pilot"], "nobody in the snapshot is in the pilot: nothing is written for anybody")];
}

/** A name is looked up once and kept as an id; the next snapshot would look it up again. */
function namesOfGroups({ scope }: ConnectionConfig, store: Store, say: Say): Problem[] {
  const { assigned } = scope;
  const ids = JSON.parse(store.meta.get("assigned_groups") ?? "{}") as Readonly<Record<string, string>>;
  const named =
    assigned === undefined || "app" in assigned
      ? []
      : assigned.groups.flatMap((name, index) => {
          const id = Object.hasOwn(ids, name) ? ids[name] : undefined;
          if (id === undefined || id === name) return [];
          const message = `"${name}" is a name, and names change: a new snapshot takes whatever is called so by then; its id is "${id}"`;
          return [say(["scope", "assigned", "groups", index], message)];
        });
  return named;
}

function tooOften({ everyMs }: ConnectionConfig, store: Store, say: Say): Problem[] {
  const last = store.runs.latest(20).find(({ purpose, complete }) => purpose === "sync" && complete === 1);
  if (last?.finishedAt === null || last === undefined) return [];
  const took = last.finishedAt - last.startedAt;
  if (took <= everyMs) return [];
  return [
    say(["every"], `the last cycle took ${span(took)}, longer than the ${span(everyMs)} to the next one`),
  ];
}

/** So few that a limit for them means nothing are not worth a word. */
const few = 20;

function limitsBeyondEverybody({ limits }: ConnectionConfig, store: Store, say: Say): Problem[] {
  const managed = store.people.managedActive("user");
  if (managed < few || limits.neverHoldBelow < managed / 2) return [];
  const message = `${counted(limits.neverHoldBelow, "change")} of a class are never held for being too many, and only ${count(managed)} people are managed`;
  return [say(["limits", "neverHoldBelow"], message)];
}

function scopeWarnings(
  { scope, name }: ConnectionConfig,
  kind: Kind,
  found: Suspicious,
  say: Say,
): Problem[] {
  const { present, inScope, wasInScope, leave } = found;
  const [all, one] = kind === "user" ? ["people", "person"] : ["groups", "group"];
  const keys: Keys = scope[`${kind}s`] === undefined ? ["scope"] : ["scope", `${kind}s`];
  if (present === 0) return [];
  if (inScope === 0) {
    const before = wasInScope === 0 ? "" : `; ${count(wasInScope)} were`;
    return [say(keys, `none of the ${counted(present, one, all)} in the snapshot is in the scope${before}`)];
  }
  if (leave < 3 || leave <= wasInScope / 2) return [];
  const who =
    leave === wasInScope
      ? `everybody who was in the scope (${count(leave)})`
      : `${count(leave)} of the ${count(wasInScope)} ${all} in the scope`;
  return [say(keys, `${who} would leave it; \`rollcall plan --offline ${name}\` shows what becomes of them`)];
}

/** Fewer people prove nothing about an attribute that is empty for all of them. */
const enoughToTell = 20;

function mappingWarnings(
  { mapping: written }: ConnectionConfig,
  mapping: Mapping,
  kind: Kind,
  { inScope, failing, sameName, empty }: Suspicious,
  say: Say,
): Problem[] {
  const [all, one] = kind === "user" ? ["people", "person"] : ["groups", "group"];
  const unique = kind === "user" ? "userName" : "displayName";
  const failed =
    failing.count === 0
      ? []
      : [
          say(
            ["mapping"],
            `it fails for ${count(failing.count)} of ${counted(inScope, one, all)}: ${failing.first}`,
          ),
        ];
  const same =
    sameName.count === 0
      ? []
      : [
          say(
            ["mapping"],
            `${counted(sameName.count, one, all)} would get a ${unique} that another one gets too, such as "${sameName.first}": at most one of each can have it`,
          ),
        ];
  if (empty.of < enoughToTell) return [...failed, ...same];
  // What a built-in mapping fills in where there is something is no slip.
  const rows = mapping
    .rows(kind)
    .filter(({ where, path }) => where.startsWith(`${written?.file}:`) && empty.paths.includes(path));
  return [
    ...failed,
    ...same,
    ...rows.map(({ path, where }) =>
      at(where, path, `it is empty for each of the ${count(empty.of)} ${all} in the scope`),
    ),
  ];
}

/** A warning about a row of a mapping file. */
function at(where: string, path: string, message: string): Problem {
  const [, file = "", line = "1", column = "1"] = /^(.*):(\d+):(\d+)$/s.exec(where) ?? [];
  return { file, line: Number(line), column: Number(column), path, message, frame: "" };
}

function privilegedOutOfScope(
  { privilegedGroups, policy }: ConnectionConfig,
  store: Store,
  say: Say,
): Problem[] {
  if (!policy.groups.push) return [];
  return privilegedGroups.flatMap((name, index) => {
    const [row] = store.people.named(name, "group");
    if (row === undefined || row.inScope === 1) return [];
    const message = `the group "${name}" is not in the scope of groups that are pushed: nobody is asked about its members`;
    return [say(["privilegedGroups", index], message)];
  });
}
