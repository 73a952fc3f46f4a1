import type { Attributes } from "../scim/resource.ts";
import type { Explanation } from "./explanation.ts";
import { escaped } from "./output/escape.ts";
import { displayWidth, padEnd, wrap } from "./output/table.ts";
import { showValue } from "./output/value.ts";
import type { Screen } from "./screen.ts";

type Layout = Pick<Screen, "paint" | "width">;

const indent = " ".repeat(11);

/** The verdict and the rule. */
export function verdictText({ row: { inScope, rule } }: Explanation): string {
  const verdict = inScope === 1 ? "in scope" : "not in scope";
  return rule === "" ? verdict : `${verdict}: ${rule}`;
}

/** What is to become of the account, and why nothing may be sent all the same. */
export function fateTexts({ row, scope }: Explanation): readonly string[] {
  const why = ["", "in scope", "out of scope"].includes(row.reason) ? "" : `, ${row.reason}`;
  const noun = row.kind === "group" ? "group at the target" : "account";
  const fate = {
    active: row.kind === "group" ? "is to be there" : "is to be active",
    inactive: "is to be inactive",
    deleted: "is to be deleted",
    keep: "is left as it is",
  };
  const isNobody = row.targetId === null && row.doubt === null && row.intent !== "active";
  return [
    ...(scope.assigned === undefined ? [] : [scope.assigned]),
    isNobody ? `there is to be no ${noun}${why}` : `the ${noun} ${fate[row.intent]}${why}`,
    ...(row.outside === 1 ? ["not in the pilot: nothing is sent"] : []),
    ...(scope.edited === undefined ? [] : [scope.edited]),
  ];
}

/** The parts of the rule, whether they hold, and what they read; those that decided stand out. */
export function clauseLines({ scope }: Explanation, { paint, width }: Layout): string[] {
  const { clauses } = scope;
  // The whole rule stands right above its only part.
  const parts = clauses.map((clause) => ({
    ...clause,
    text: clauses.length === 1 ? "" : escaped(clause.text),
  }));
  const room = width - 15;
  const column = Math.max(0, ...parts.map(({ text }) => displayWidth(text)).filter((n) => n <= room / 2));
  return parts.flatMap(({ text, holds, reads, decides }) => {
    const mark = holds === true ? paint.add("✓") : holds === false ? paint.remove("✗") : paint.note("?");
    const strong = decides && text !== "" ? paint.strong : (said: string) => said;
    const read = readsText(reads, room);
    const beside = text === "" ? "" : `${padEnd(text, column)}  `;
    if (displayWidth(beside) + displayWidth(read) <= room)
      return [`${indent}  ${mark} ${strong(beside)}${paint.faint(read)}`.trimEnd()];
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
