import type { Json } from "../../scim/resource.ts";
import type { ValueChange } from "../../sync/action.ts";
import type { PlanItem } from "../../sync/plan.ts";
import type { OverLimit, UndoPlan } from "../../sync/undo.ts";
import type { MembersStep } from "../../sync/undo-members.ts";
import { undoAction, undoClasses } from "../../sync/undo-settled.ts";
import type { Left, PlannedUndo } from "../../sync/undo-step.ts";
import type { Work } from "../../sync/work.ts";
import { escaped } from "./escape.ts";
import { count, counted } from "./numbers.ts";
import { type ItemLayout, looks, planItemLines } from "./plan-item.ts";
import { wrap } from "./table.ts";
import { showPath } from "./value.ts";

/** One person or group of an undo, for the screen and for JSON. */
export interface UndoItem extends Omit<PlanItem, "action"> {
  readonly action: PlanItem["action"] | "unlink";
  /** What is not put back, and why. */
  readonly left: readonly Left[];
  /** How much of it was as before already. */
  readonly already: number;
}

/** Everything that an undo would do, and everything that it would leave alone, objects first. */
export function undoItems(
  work: Pick<Work, "target" | "store">,
  { objects, members, over }: UndoPlan,
): UndoItem[] {
  const held = new Map(over.map((each) => [each.class, each]));
  return [
    ...objects.map((step) => objectItem(work, step, held)),
    ...members.map((step) => membersItem(step, held)),
  ]
    .filter((item) => item.action !== "none" || item.left.length > 0)
    .toSorted((a, b) => placeOf(a) - placeOf(b));
}

/** In the order of a plan: who loses something comes first, what is left alone last. */
function placeOf({ action }: UndoItem): number {
  const order = Object.keys(looks);
  return order.indexOf(action === "unlink" ? "members" : action);
}

type Held = ReadonlyMap<OverLimit["class"], OverLimit>;

function objectItem(work: Pick<Work, "target" | "store">, step: PlannedUndo, held: Held): UndoItem {
  const { row, left, already } = step;
  const values = [...step.back, ...step.references.map((each) => named(work, each))];
  const classes = step.back.length === 0 ? [] : undoClasses(work, step);
  const over = classes.find((each) => held.has(each));
  return {
    ...about(step.row),
    action: actionOf(step),
    values,
    left,
    already,
    ...(step.unlink
      ? { note: `the account ${row.targetId} is no longer linked: it is as it was before` }
      : {}),
    ...(over === undefined ? {} : { blocked: `over its limit: ${over}` }),
  };
}

/** A reference by the names of whom it names, where they are ours. */
function named({ store }: Pick<Work, "store">, { path, before, after }: ValueChange): ValueChange {
  const nameOf = (value: Json) =>
    typeof value === "string" ? (store.comparison.linked("user", value)?.label ?? value) : value;
  return { path, before: nameOf(before), after: nameOf(after) };
}

function actionOf(step: PlannedUndo): UndoItem["action"] {
  if (step.back.length > 0) return undoAction(step);
  if (step.references.length > 0) return "reference";
  if (step.unlink) return "unlink";
  return step.left.length > 0 ? "left alone" : "none";
}

function membersItem({ group, changes, left, already, of, isPrivileged }: MembersStep, held: Held): UndoItem {
  const names = (member: boolean) =>
    changes.filter((each) => each.member === member).map(({ label, sourceId }) => label || sourceId);
  const remove = names(false);
  const add = names(true);
  const over = [
    ...(remove.length > 0 && held.has("member-removals") ? ["member-removals"] : []),
    ...(add.length > 0 && isPrivileged && held.has("privileged-additions") ? ["privileged-additions"] : []),
  ];
  return {
    ...about(group),
    action: changes.length > 0 ? "members" : left.length > 0 ? "left alone" : "none",
    values: [],
    left,
    already,
    ...(changes.length === 0 ? {} : { members: { add, remove, of } }),
    ...(over.length === 0 ? {} : { blocked: `over its limit: ${over.join(", ")}` }),
  };
}

function about({ kind, label, sourceId, targetId }: PlannedUndo["row"]) {
  return { kind, label, sourceId, targetId, reason: "" };
}

/** One item as lines: like one of a plan, and below it what is left alone. */
export function undoItemLines(item: UndoItem, layout: ItemLayout): string[] {
  const action = item.action === "unlink" ? "adopt" : item.action;
  const lines = planItemLines({ ...item, action }, layout).map((line, at) =>
    at === 0 && item.action === "unlink" ? line.replace("= adopt ", "= unlink") : line,
  );
  return [...lines, ...leftLines(item, layout)];
}

/** So much of what is left alone is named of one object. */
const fewLeft = 5;

function leftLines({ left }: UndoItem, { paint, width, detailed }: ItemLayout): string[] {
  const shown = detailed ? left : left.slice(0, fewLeft);
  const more = left.length - shown.length;
  const texts = [
    ...shown.map(({ path, why }) => (path === "" ? why : `${showPath(path)} stays: ${escaped(why)}`)),
    ...(more === 0 ? [] : [`and ${count(more)} more that stay`]),
  ];
  return texts.flatMap((text) => wrap(text, width - 8).map((line) => `      ${paint.note(line)}`));
}

/** "reactivate 12 people, rename 1 person and change members of 2 groups (+12 -0)" */
export function undoParts(items: readonly UndoItem[]): string[] {
  const counts = new Map<string, number>();
  let add = 0;
  let remove = 0;
  for (const { action, kind, members, blocked } of items) {
    if (blocked !== undefined || action === "left alone" || action === "none") continue;
    const name = `${kind} ${action}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    add += members?.add.length ?? 0;
    remove += members?.remove.length ?? 0;
  }
  return [...counts].map(([name, n]) => {
    const one = name.startsWith("group") ? "group" : "person";
    const many = one === "group" ? "groups" : "people";
    const what = name.slice(name.indexOf(" ") + 1);
    if (what === "members") return `change members of ${counted(n, "group")} (+${add} -${remove})`;
    if (what === "reference") return `set a reference of ${counted(n, one, many)}`;
    return `${what} ${counted(n, one, many)}`;
  });
}
