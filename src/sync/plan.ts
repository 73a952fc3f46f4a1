import { knownPath } from "../scim/path.ts";
import type { Json, Kind } from "../scim/resource.ts";
import type { HoldClass } from "../store/holds.ts";
import type { PendingMembership } from "../store/memberships.ts";
import type { PendingReference, Reach } from "../store/pending.ts";
import { protectedMark } from "../store/protections.ts";
import { rejectedMark } from "../store/rejections.ts";
import type { WideRow } from "../store/rows.ts";
import {
  type Action,
  actionOf,
  changedByHand,
  changesOf,
  isFollowed,
  reasonOf,
  type ValueChange,
  wantedOf,
} from "./action.ts";
import { isLeftAlone } from "./classes.ts";
import { whyNotForGood } from "./for-good.ts";
import { foreignIdOf, keepsForeignId } from "./foreign-id.ts";
import { asRejected, blockedWith, willExist } from "./plan-blocked.ts";
import { memberships } from "./plan-members.ts";
import { namePlans } from "./plan-names.ts";
import type { Work } from "./work.ts";

/** One value that would change, and the row of the mapping that says so. */
export interface PlannedValue extends ValueChange {
  /** The mapping's expression. */
  readonly from?: string;
}

/** What would happen to one person or group. */
export interface PlanItem {
  readonly kind: Kind;
  readonly label: string;
  /** What people call them: the display name, where there is one and it is not the label. */
  readonly name?: string;
  readonly sourceId: string;
  readonly targetId: string | null;
  readonly action: Action | "members" | "reference" | "look up" | "left alone";
  readonly reason: string;
  readonly values: readonly PlannedValue[];
  /** For an adoption: the account or group that was found, and by what. */
  readonly found?: { readonly targetId: string; readonly by: string; readonly externalId: string | null };
  /** For members: labels, and how many the group has at the target now. */
  readonly members?: {
    readonly add: readonly string[];
    readonly remove: readonly string[];
    readonly of: number;
  };
  /** In which order, or on which way. */
  readonly note?: string;
  /** Why it would not be done now: held, failing, waiting, rejected, protected. */
  readonly blocked?: string;
  /** True when a person said no to it: it is not done while the same is wanted, and nobody is asked again. */
  readonly rejected?: true;
}

/** A line of a plan, and the rows that it is about. */
export interface PlannedChange {
  readonly item: PlanItem;
  readonly object?: WideRow;
  readonly reference?: PendingReference;
  readonly members?: { readonly group: WideRow; readonly changes: readonly PendingMembership[] };
}

/** Everything that an apply would do now, in the order in which it would. Costs what is pending; the target is not asked. */
export function* plan(work: Parts, reach: Reach): Iterable<PlanItem> {
  for (const { item } of plannedChanges(work, reach)) yield item;
}

/** The same with the rows. */
export function* plannedChanges(work: Parts, reach: Reach): Iterable<PlannedChange> {
  yield* changes(work, reach, { ...rulesOf(work, reach), withValues: true, which: "all" });
}

function* changes(work: Parts, reach: Reach, rules: Rules): Iterable<PlannedChange> {
  for (const phase of ["deactivations", "users"] as const) yield* objects(work, phase, reach, rules);
  // References and memberships of people outside the pilot come with them.
  if (reach.outside !== true) yield* references(work, reach);
  yield* objects(work, "groups", reach, rules);
  if (reach.outside !== true) yield* memberships(work, reach, rules.holds);
  yield* objects(work, "deletions", reach, rules);
}

/** Tells of any row what would happen to it, as a plan says it. */
export function planner(work: Parts, reach: Reach): (row: WideRow) => PlanItem | undefined {
  const rules = { ...rulesOf(work, reach), withValues: true, which: "all" } as const;
  return (row) => itemOf(work, row, rules);
}

/** What a plan is made of; without a target it does not say what that target refuses for good. */
export type Parts = Pick<Work, "store" | "mapping" | "config" | "clock"> & {
  readonly target?: Pick<Work["target"], "capabilities">;
};

interface Rules {
  readonly holds: ReadonlyMap<number, HoldClass>;
  /** The mapping's expressions, by path. */
  readonly expressions: Readonly<Record<Kind, ReadonlyMap<string, string>>>;
  readonly names: ReturnType<typeof namePlans>;
  /** False for whoever only counts. */
  readonly withValues: boolean;
  /** "others": without newcomers. */
  readonly which: "all" | "others";
}

function rulesOf(work: Parts, reach: Reach): Omit<Rules, "withValues" | "which"> {
  const holds = new Map(work.store.holds.open().map((hold) => [hold.id, hold.class]));
  const of = (kind: Kind) => new Map(work.mapping.rows(kind).map((each) => [each.path, each.text]));
  const expressions = { user: of("user"), group: of("group") };
  return { holds, expressions, names: namePlans(work, reach) };
}

function* objects(
  work: Parts,
  phase: "deactivations" | "users" | "groups" | "deletions",
  reach: Reach,
  rules: Rules,
): Iterable<PlannedChange> {
  for (const object of work.store.pending.each(phase, reach, rules.which)) {
    const item = itemOf(work, object, rules);
    if (item !== undefined) yield { item, object };
  }
}

function itemOf(work: Parts, row: WideRow, rules: Rules): PlanItem | undefined {
  const { holds, names, expressions, withValues } = rules;
  const action = actionOf(row);
  if (action === "none" && row.doubt === null) return undefined;
  const { kind, label, sourceId, targetId } = row;
  const name = row.doubt === null ? names.of(row) : {};
  const forGood =
    action === "deactivate" && work.target !== undefined ? whyNotForGood(work.target) : undefined;
  const rejected = row.holdId === rejectedMark ? work.store.holds.rejections.of(row.id) : undefined;
  const blocked = blockedBy(work, row, holds) ?? forGood ?? name.blocked;
  const found = row.matchId === null ? undefined : foundBy(row);
  return {
    kind,
    label,
    ...nameOf(row),
    sourceId,
    targetId,
    action: row.doubt !== null ? "look up" : isLeftAlone(work, row) ? "left alone" : action,
    reason: row.doubt !== null ? "a call got no answer; its effect is looked up first" : reasonOf(row),
    values:
      !withValues || action === "delete" || action === "conflict"
        ? []
        : valuesOf(work, row, expressions[row.kind]),
    ...(found === undefined ? {} : { found }),
    ...(name.note === undefined ? {} : { note: name.note }),
    ...(rejected === undefined ? blockedWith(blocked) : asRejected(rejected)),
  };
}

function nameOf(row: WideRow): { readonly name?: string } {
  const name = row.body["displayName"] ?? row.appliedBody["displayName"];
  return typeof name === "string" && name !== "" && name !== row.label ? { name } : {};
}

function foundBy(row: WideRow) {
  const { externalId } = JSON.parse(row.matchNote ?? "{}") as { externalId?: string | null };
  return { targetId: row.matchId ?? "", by: row.matchBy ?? "", externalId: externalId ?? null };
}

function valuesOf(work: Parts, row: WideRow, expressions: ReadonlyMap<string, string>): PlannedValue[] {
  const values = row.targetId === null ? [...created(work, row), ...referencesOf(work, row)] : changesOf(row);
  return values.map((each) => {
    const from = expressions.get(each.path);
    return from === undefined ? each : { ...each, from };
  });
}

function created(work: Parts, row: WideRow): ValueChange[] {
  const note = JSON.parse(row.matchNote ?? "{}") as { externalId?: string | null; formerly?: string | null };
  const foreignId = row.matchId === null ? undefined : foreignIdOf(row, note.externalId, note.formerly);
  const isKept = foreignId !== undefined && keepsForeignId(work);
  return Object.entries({ ...wantedOf(row), ...row.onCreate })
    .filter(([path, after]) => after !== null && knownPath(path) !== undefined)
    .filter(([path]) => path !== "externalId" || !isKept)
    .map(([path, after]) => ({ path, before: path === "externalId" ? (foreignId ?? null) : null, after }));
}

/** The references of somebody who is about to be created, as part of that. */
function referencesOf(work: Parts, row: WideRow): ValueChange[] {
  return work.store.people
    .references(row.id)
    .filter((each) => each.label !== null)
    .map(({ path, label }) => ({ path, before: null, after: label }));
}

/** Why nothing is sent for them. */
function outsideBecause({ kind }: Pick<WideRow, "kind">): string {
  return kind === "user" ? "not in the pilot" : "no group is deleted as long as there is a pilot";
}

function blockedBy(work: Parts, row: WideRow, holds: Rules["holds"]): string | undefined {
  if (row.outside === 1 && row.doubt === null) return outsideBecause(row);
  if (row.holdId === protectedMark)
    return `protected: ${work.store.protections.reasonOf(row.id) ?? "not sent"}`;
  if (row.holdId !== null) return `held: ${holds.get(row.holdId) ?? "waits for approval"}`;
  if (actionOf(row) === "conflict") return row.error ?? "not known";
  if (row.givenUp !== null) return `given up: ${row.error ?? "refused"}`;
  if (row.seatsSince !== null) return "waiting for a seat: the target has no licence left";
  if (row.retryAt !== null && row.retryAt > work.clock.now()) return `failing: ${row.error ?? "refused"}`;
  return undefined;
}

/** References of people who have an account. One whose other side has none, and gets none, is left out: it waits, and what stood there goes. */
function* references(work: Parts, reach: Reach): Iterable<PlannedChange> {
  for (const each of work.store.pending.eachReference(reach)) {
    const owner = work.store.pending.row(each.owner);
    if (owner === undefined || !isFollowed(owner)) continue;
    const isLeftOut = isWaiting(work, each);
    if (isLeftOut && each.applied === null) continue;
    const { label, sourceId, targetId } = owner;
    const expression = work.mapping.rows("user").find((row) => row.path === each.path)?.text;
    const rejected =
      each.holdId === null ? undefined : work.store.holds.rejections.of(each.owner, 0, each.path);
    const after: Json = each.desired === null || isLeftOut ? null : (each.valueLabel ?? "");
    const item: PlanItem = {
      kind: "user",
      label,
      sourceId,
      targetId,
      action: "reference",
      reason: each.drifted === null ? "in scope" : changedByHand,
      ...(rejected === undefined ? {} : asRejected(rejected)),
      values: [
        {
          path: each.path,
          before: each.appliedLabel,
          after,
          ...(expression === undefined ? {} : { from: expression }),
        },
      ],
    };
    yield { item, reference: each };
  }
}

function isWaiting(work: Parts, reference: PendingReference): boolean {
  if (reference.desired === null || reference.valueTargetId !== null) return false;
  return !willExist(work.store.pending.row(reference.desired));
}

/** How many of each action a plan holds, and how many of them would not be done now. */
export interface PlanCounts {
  readonly actions: Readonly<Record<string, number>>;
  readonly blocked: number;
  /** What persons said no to is counted here alone. */
  readonly rejected: number;
  readonly membersToAdd: number;
  readonly membersToRemove: number;
}

export function countPlan(work: Parts, reach: Reach): PlanCounts {
  const actions: Record<string, number> = {};
  const counts = { blocked: 0, rejected: 0, membersToAdd: 0, membersToRemove: 0 };
  const rules = rulesOf(work, reach);
  // Where nobody gives a name up that somebody waits for, each newcomer is one creation, and nothing of them has to be read.
  const areAlike = !rules.names.someWait("user");
  const newcomers = areAlike ? work.store.pending.countNewcomers(reach) : 0;
  if (newcomers > 0) actions["create"] = newcomers;
  const which = areAlike ? "others" : "all";
  for (const { item } of changes(work, reach, { ...rules, withValues: false, which })) {
    if (item.rejected === true) {
      counts.rejected += 1;
      continue;
    }
    const name = item.kind === "group" && item.action !== "members" ? `${item.action} group` : item.action;
    actions[name] = (actions[name] ?? 0) + 1;
    if (item.blocked !== undefined && item.action !== "conflict") counts.blocked += 1;
    counts.membersToAdd += item.members?.add.length ?? 0;
    counts.membersToRemove += item.members?.remove.length ?? 0;
  }
  return { actions, ...counts };
}
