import type { PlanItem } from "../../sync/plan.ts";
import type { Report } from "../../sync/report.ts";
import type { Paint } from "./colour.ts";
import { escaped } from "./escape.ts";
import { isoTime } from "./json.ts";
import { count, counted, listed, span } from "./numbers.ts";
import { pauseFields } from "./pause.ts";
import { looks } from "./plan-item.ts";
import { protectedFields } from "./protected.ts";
import { quarantineFields } from "./quarantine.ts";

/** How many are in the scope, and how many of ours are on at the target. */
interface InScope {
  readonly inScope: number;
  readonly managedActive: number;
}

/** "read     12 changes: 10 people, 2 groups, 0.4 s" */
export function readLine({ read, listed: file }: Report): string {
  if (read === undefined) return "nothing: the directory could not be read";
  const seen =
    read.users + read.groups > 0 || read.absent === 0 ? [peopleAndGroups(read.users, read.groups)] : [];
  const what = [...seen, ...one(read.absent, (n) => `${count(n)} gone`)].join(", ");
  const differ =
    read.type === "full" && read.why === "first read" ? "" : `; ${count(read.changed)} differ from before`;
  const took = span(read.durationMs);
  if (read.type === "full")
    return `everything (${escaped(read.why ?? "full read")}): ${what}${differ}, ${took}`;
  if (file !== undefined) {
    const before = file.before === 0 ? "" : `, ${count(file.before)} of them applied before`;
    return `nothing: exactly the plan of run ${file.run} (${counted(file.all, "change")}${before})`;
  }
  if (read.type === "one") return `one ${read.groups > 0 ? "group" : "person"}, ${took}`;
  if (read.users + read.groups + read.absent === 0)
    return `only what changed since the last read: nothing, ${took}`;
  return `only what changed since the last read: ${what}, ${took}`;
}

const past: Readonly<Record<string, string>> = {
  create: "created",
  adopt: "adopted",
  update: "updated",
  rename: "renamed",
  deactivate: "deactivated",
  reactivate: "reactivated",
  delete: "deleted",
};
/** Who loses something comes first. */
const order = ["deactivate", "delete", "adopt", "create", "reactivate", "rename", "update"] as const;

/** "1,900 people and 50 groups" */
export function peopleAndGroups(people: number, groups: number): string {
  const parts = [
    ...one(people, (n) => counted(n, "person", "people")),
    ...one(groups, (n) => counted(n, "group")),
  ];
  return parts.length === 0 ? "nobody" : listed(parts);
}

/** "create 7 people", "deactivate 3 of 1,900 people", ... of a plan that was counted. */
export function plannedParts(report: Report): string[] {
  const actions = report.plan?.actions ?? {};
  const parts = order.flatMap((action) => objectParts(report, actions, action));
  const references = actions["reference"] ?? 0;
  if (references > 0) parts.push(`set or clear ${counted(references, "reference")} (manager)`);
  const { membersToAdd = 0, membersToRemove = 0 } = report.plan ?? {};
  const groups = actions["members"] ?? 0;
  if (groups > 0) {
    const signs = [
      membersToAdd > 0 ? `+${count(membersToAdd)}` : "",
      membersToRemove > 0 ? `-${count(membersToRemove)}` : "",
    ];
    parts.push(
      `change members of ${counted(groups, "group")} (${signs.filter((each) => each !== "").join(" ")})`,
    );
  }
  const lookUps = (actions["look up"] ?? 0) + (actions["look up group"] ?? 0);
  if (lookUps > 0) parts.push(`look up ${counted(lookUps, "call")} without an answer`);
  return parts;
}

const plain = (text: string) => text;

/** "7 people created", ... of what the target accepted; with `paint` in the colours of a plan. */
export function appliedParts({ applied }: Pick<Report, "applied">, paint?: Paint): string[] {
  const colour = (action: PlanItem["action"]) => (paint === undefined ? plain : paint[looks[action].paint]);
  const objects = order.flatMap((action) =>
    [
      ...one(applied[action], (n) => `${counted(n, "person", "people")} ${past[action]}`),
      ...one(applied[`${action} group`], (n) => `${counted(n, "group")} ${past[action]}`),
    ].map(colour(action)),
  );
  return [
    ...objects,
    ...one(asides(applied), (n) => `${counted(n, "temporary name")} in between`).map(colour("rename")),
    ...one(applied["set reference"], (n) => `${counted(n, "reference")} set or cleared`).map(
      colour("reference"),
    ),
    ...one(applied["add member"], (n) => `${counted(n, "membership")} added`).map(colour("create")),
    ...one(applied["remove member"], (n) => `${counted(n, "membership")} removed`).map(colour("deactivate")),
  ];
}

/** Who went under another name for a moment, so that a ring of names could move. */
function asides(applied: Report["applied"]): number {
  return (applied["step aside"] ?? 0) + (applied["step aside group"] ?? 0);
}

function objectParts(report: Report, counts: Readonly<Record<string, number>>, action: string): string[] {
  const { users, groups } = report.totals;
  const isNew = action === "create" || action === "adopt";
  const base = (totals: Report["totals"]["users"]) => (isNew ? totals.inScope : totals.managedActive);
  return [
    ...one(counts[action], (n) => `${action} ${ofWhole(n, base(users), "person", "people")}`),
    ...one(counts[`${action} group`], (n) => `${action} ${ofWhole(n, base(groups), "group", "groups")}`),
  ];
}

/** "412 of 1,900 people" */
function ofWhole(n: number, whole: number, single: string, many: string): string {
  return whole > n ? `${count(n)} of ${count(whole)} ${many}` : counted(n, single, many);
}

/** "60 of 63 people and 5 of 5 groups in scope are active at the target" */
export function activeAtTarget(users: InScope, groups: InScope): string {
  const people = part(users, "person", "people");
  const isAlone = groups.inScope === 0 && groups.managedActive === 0;
  return `${isAlone ? people : `${people} and ${part(groups, "group", "groups")}`} in scope are active at the target${beyond(users, groups)}`;
}

function part({ inScope, managedActive }: InScope, one: string, many: string): string {
  return `${count(Math.min(inScope, managedActive))} of ${counted(inScope, one, many)}`;
}

/** Who left the scope stays active as long as the deactivation is held, or fails. */
function beyond(...all: readonly InScope[]): string {
  const others = all.reduce(
    (sum, { inScope, managedActive }) => sum + Math.max(0, managedActive - inScope),
    0,
  );
  return others === 0 ? "" : `, and ${count(others)} out of scope`;
}

function one(n: number | undefined, text: (n: number) => string): string[] {
  return n === undefined || n === 0 ? [] : [text(n)];
}

/** The same for other programs: times in UTC, nothing left out. */
export function reportFields(report: Report): Record<string, unknown> {
  const {
    startedAt,
    read,
    reconcile,
    plan,
    quarantine,
    pause,
    problem,
    oldestDeactivation,
    overdueRemovals,
    heldReminder,
    ...rest
  } = report;
  return {
    ...rest,
    startedAt: isoTime(startedAt),
    read: read ?? null,
    reconcile: reconcile === undefined ? null : { ...reconcile, problem: reconcile.problem ?? null },
    plan: plan ?? null,
    oldestDeactivation: isoTime(oldestDeactivation),
    overdueRemovals:
      overdueRemovals === undefined
        ? null
        : { count: overdueRemovals.count, oldest: isoTime(overdueRemovals.oldest) },
    heldReminder:
      heldReminder === undefined ? null : { ...heldReminder, oldest: isoTime(heldReminder.oldest) },
    holds: report.holds.map((hold) => ({
      ...hold,
      answered: hold.answered === 1,
      openedAt: isoTime(hold.openedAt),
    })),
    protected: protectedFields(report.protected),
    quarantine: quarantineFields(quarantine),
    pause: pauseFields(pause),
    problem: problem === undefined ? null : { message: problem.message, hint: problem.hint ?? null },
  };
}
