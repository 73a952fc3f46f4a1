import { sameValue } from "../scim/compare.ts";
import { knownPath } from "../scim/path.ts";
import type { Attributes, Json } from "../scim/resource.ts";
import type { Journalled } from "../store/journal.ts";

/** One value as a run found it and as it left it. */
export interface NetValue {
  readonly path: string;
  readonly before: Json;
  readonly after: Json;
}

/** What a run came to for one person or group, whatever it did in between. */
export interface Net {
  /** The account or group that it was done to. */
  readonly targetId: string | null;
  /** Why, in the words of the audit trail. */
  readonly reason: string;
  readonly isCreated: boolean;
  readonly isAdopted: boolean;
  readonly isDeleted: boolean;
  /** A call of the run has no known outcome. */
  readonly isUnknown: boolean;
  /** Values that differ. */
  readonly values: readonly NetValue[];
  /** References that differ: ids of accounts at the target. */
  readonly references: readonly NetValue[];
  /** Of a group: source id of a person -> whether the run left them in it. */
  readonly members: ReadonlyMap<string, boolean>;
}

const memberActions: ReadonlySet<string> = new Set(["add members", "remove members"]);

/** Puts the calls of one run for one row together: the first says what stood there before, the last what stood there after. */
export function netOf(calls: readonly Journalled[]): Net {
  const done = calls.filter(({ outcome }) => outcome === "done" || outcome === "found-done");
  const ofObject = done.filter(({ action }) => action !== "set reference" && !memberActions.has(action));
  const isCreated = ofObject.some(({ action }) => action === "create");
  const last = done.at(-1);
  return {
    targetId: ofObject.at(-1)?.targetId ?? last?.targetId ?? null,
    reason: ofObject.at(-1)?.reason ?? last?.reason ?? "",
    isCreated,
    isAdopted: ofObject.some(({ action }) => action === "adopt"),
    isDeleted: ofObject.some(({ action }) => action === "delete"),
    isUnknown: calls.some(({ outcome }) => outcome === null || outcome === "unknown"),
    // Nobody had what was created: all that is put back is that it cannot be used.
    values: isCreated ? createdValues(ofObject) : differing(ofObject),
    references: isCreated ? [] : differing(done.filter(({ action }) => action === "set reference")),
    members: new Map(
      done
        .filter(({ action }) => memberActions.has(action))
        .flatMap(({ action, after }) => idsOf(after).map((id) => [id, action === "add members"] as const)),
    ),
  };
}

/** People whom a call on a group named, by source id. */
export function idsOf(after: Attributes | null): readonly string[] {
  const members = after?.["members"];
  return Array.isArray(members) ? members.map(String) : [];
}

/** Paths that a call changed. */
export function changedPaths({ before, after }: Pick<Journalled, "before" | "after">): readonly string[] {
  return Object.keys(after ?? {}).filter(
    (path) => !sameValue(knownPath(path), before?.[path] ?? null, after?.[path] ?? null),
  );
}

function createdValues(calls: readonly Journalled[]): NetValue[] {
  const active = calls.findLast(({ after }) => after !== null && "active" in after)?.after?.["active"];
  return active === true ? [{ path: "active", before: false, after: true }] : [];
}

function differing(calls: readonly Journalled[]): NetValue[] {
  const net = new Map<string, NetValue>();
  for (const { before, after } of calls)
    for (const [path, value] of Object.entries(after ?? {})) {
      const known = net.get(path);
      net.set(path, {
        path,
        before: known === undefined ? (before?.[path] ?? null) : known.before,
        after: value,
      });
    }
  return [...net.values()].filter(({ path, before, after }) => !sameValue(knownPath(path), before, after));
}
