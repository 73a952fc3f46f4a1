import type { Attributes } from "../scim/resource.ts";
import type { Explanation } from "./explanation.ts";
import { escaped } from "./output/escape.ts";
import { displayWidth, wrap } from "./output/table.ts";
import { showValue } from "./output/value.ts";
import type { Screen } from "./screen.ts";

type Layout = Pick<Screen, "paint" | "width">;

const indent = " ".repeat(11);

/** The verdict, what is to become of the account, and why nothing may be sent all the same. */
export function scopeTexts({ row, scope }: Explanation): readonly string[] {
  const verdict = row.inScope === 1 ? "in scope" : "not in scope";
  const why = ["", "in scope", "out of scope"].includes(row.reason) ? "" : `, ${row.reason}`;
  const thing = row.kind === "group" ? "the group at the target" : "the account";
  const fate = {
    active: row.kind === "group" ? "is to be there" : "is to be active",
    inactive: "is to be inactive",
    deleted: "is to be deleted",
    keep: "is left as it is",
  };
  return [
    row.rule === "" ? verdict : `${verdict}: ${row.rule}`,
    ...(scope.assigned === undefined ? [] : [scope.assigned]),
    `${thing} ${fate[row.intent]}${why}`,
    ...(row.outside === 1 ? ["not in the pilot: nothing is sent"] : []),
    ...(scope.edited === undefined ? [] : [scope.edited]),
  ];
}

/** The parts of the rule, whether they hold, and what they read; those that decided stand out. */
export function clauseLines({ scope }: Explanation, { paint, width }: Layout): string[] {
  const { clauses } = scope;
  const only = clauses.length === 1;
  return clauses.flatMap((clause) => {
    const mark =
      clause.holds === true ? paint.add("✓") : clause.holds === false ? paint.remove("✗") : paint.note("?");
    const read = readsText(clause.reads, width - 17);
    // The whole rule stands right above.
    const text = only ? "" : escaped(clause.text);
    const strong = clause.decides && !only ? paint.strong : (said: string) => said;
    const room = width - 15;
    if (displayWidth(text) + displayWidth(read) + 2 <= room)
      return [`${indent}  ${mark} ${strong(text)}${text === "" ? "" : "  "}${paint.faint(read)}`.trimEnd()];
    return [
      ...wrap(text, room).map((line, at) => `${indent}  ${at === 0 ? mark : " "} ${strong(line)}`),
      ...wrap(read, room - 2).map((line) => `${indent}      ${paint.faint(line)}`),
    ];
  });
}

/** `department = "Sales", accountEnabled = true` */
export function readsText(reads: Attributes, width: number): string {
  return Object.entries(reads)
    .map(([name, value]) => `${escaped(name)} = ${showValue(value, Math.min(40, Math.max(12, width)))}`)
    .join(", ");
}
