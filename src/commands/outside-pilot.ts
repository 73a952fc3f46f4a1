import type { Connection } from "../connection.ts";
import { type PlanItem, plan } from "../sync/plan.ts";
import type { Report } from "../sync/report.ts";
import type { Invocation } from "./invocation.ts";
import { planSections } from "./output/plan-sections.ts";
import type { Screen } from "./screen.ts";

/** What would be done without the pilot, for everybody or for the one who was asked for. */
export function* itemsOutside(
  { io }: Invocation,
  { store, mapping, config, target }: Connection,
  { waiting, subject }: Report,
): Iterable<PlanItem> {
  if (waiting.outside === 0) return;
  const only = subject === undefined ? {} : { only: subject.id };
  const reach = { touchedUpTo: Number.MAX_SAFE_INTEGER, outside: true, ...only };
  yield* plan({ store, mapping, config, target, clock: io.clock }, reach);
}

/** That people are not in the pilot stands above all of them. */
function* withoutReason(items: Iterable<PlanItem>): Iterable<PlanItem> {
  for (const item of items) {
    const { blocked, ...rest } = item;
    yield item.kind === "user" ? rest : item;
  }
}

/** The same for the screen, below what a sync would do. */
export function* outsideLines(
  items: Iterable<PlanItem>,
  { paint, width, verbose }: Pick<Screen, "paint" | "width" | "verbose">,
  limit: number,
): Iterable<string> {
  const lines = [...planSections(withoutReason(items), { paint, width, detailed: verbose, limit })];
  if (lines.length === 0) return;
  yield "";
  yield paint.strong("Not done because of the pilot; accounts that exist are not looked for yet:");
  yield* lines;
}
