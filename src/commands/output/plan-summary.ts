import type { Report } from "../../sync/report.ts";
import type { Paint } from "./colour.ts";
import { count } from "./numbers.ts";
import { looks } from "./plan-item.ts";
import { padEnd, table } from "./table.ts";

/** A plan that holds more than so many changes begins with its numbers. */
const few = 10;

interface Row {
  readonly action: keyof typeof looks;
  readonly n: number;
  /** "of 1,900 people" */
  readonly whole: string;
}

/** How much of each kind a plan holds, with its whole: what is read first of a plan that is too long to be read. Nothing of a short one. */
export function planSummary({ plan, totals }: Report, { paint }: { readonly paint: Paint }): string[] {
  const actions = plan?.actions ?? {};
  const all = Object.entries(actions).filter(([action]) => !action.startsWith("conflict"));
  if (all.reduce((sum, [, n]) => sum + n, 0) <= few) return [];
  const rows = (Object.keys(looks) as (keyof typeof looks)[]).flatMap((action): Row[] => {
    if (action === "conflict" || action === "none") return [];
    const people = actions[action] ?? 0;
    const groups = actions[`${action} group`] ?? 0;
    if (action === "members") return people === 0 ? [] : [{ action, n: people, whole: membersOf(plan) }];
    const ofPeople = wholeOf(action, totals.users, people, "person", "people");
    const ofGroups = wholeOf(action, totals.groups, groups, "group", "groups");
    return [
      ...(people === 0 ? [] : [{ action, n: people, whole: ofPeople }]),
      ...(groups === 0 ? [] : [{ action, n: groups, whole: ofGroups }]),
    ];
  });
  const cells = rows.map(({ action, n, whole }, at) => [
    `  ${padEnd(at === 0 ? "changes" : "", 10)} ${paint[looks[action].paint](`${looks[action].marker} ${action}`)}`,
    count(n),
    whole,
  ]);
  return table([{}, { align: "right" }, {}], cells);
}

function wholeOf(
  action: string,
  { inScope, managedActive }: Report["totals"]["users"],
  n: number,
  one: string,
  many: string,
): string {
  const whole = action === "create" || action === "adopt" ? inScope : managedActive;
  if (whole <= n) return n === 1 ? one : many;
  return `of ${count(whole)} ${whole === 1 ? one : many} (${share(n / whole)})`;
}

/** "12 %", "0.3 %", "under 0.1 %" */
function share(part: number): string {
  const percent = part * 100;
  if (percent < 0.1) return "under 0.1 %";
  return `${percent < 10 ? percent.toFixed(1).replace(/\.0$/, "") : Math.floor(percent)} %`;
}

function membersOf(plan: Report["plan"]): string {
  const { membersToAdd = 0, membersToRemove = 0, actions = {} } = plan ?? {};
  const signs = [
    ...(membersToAdd > 0 ? [`+${count(membersToAdd)}`] : []),
    ...(membersToRemove > 0 ? [`-${count(membersToRemove)}`] : []),
  ];
  return `${actions["members"] === 1 ? "group" : "groups"} (${signs.join(" ")})`;
}
