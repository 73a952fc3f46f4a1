import type { PlanItem } from "../../sync/plan.ts";
import { count } from "./numbers.ts";
import { type ItemLayout, looks, planItemLines } from "./plan-item.ts";

interface Section {
  readonly lines: string[];
  count: number;
}

/** A plan by kinds of change, at most `limit` of each in full; how many more there are is said. Holds what it shows, not the whole plan. */
export function* planSections(
  items: Iterable<PlanItem>,
  layout: ItemLayout & { readonly limit: number },
): Iterable<string> {
  const sections = new Map<string, Section>();
  for (const item of items) {
    // Nothing that a sync would do; the remarks name them with the reason.
    if (item.action === "conflict") continue;
    const section = sections.get(item.action) ?? { lines: [], count: 0 };
    sections.set(item.action, section);
    section.count += 1;
    if (section.count <= layout.limit) section.lines.push(...planItemLines(item, layout));
  }
  for (const [action, { marker, paint }] of Object.entries(looks)) {
    const section = sections.get(action);
    if (section === undefined) continue;
    yield* section.lines;
    const more = section.count - layout.limit;
    if (more > 0)
      yield layout.paint[paint](
        `  ${marker} ... ${count(more)} more to ${words[action] ?? action} (--limit 0 shows all)`,
      );
  }
}

const words: Readonly<Record<string, string>> = {
  reference: "set a reference of",
  members: "change members of",
  "left alone": "leave alone",
};
