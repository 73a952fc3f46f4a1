import type { ConnectionConfig } from "../config/config.ts";
import type { HeldObject, Hold } from "../store/holds.ts";
import type { Store } from "../store/store.ts";
import type { Invocation } from "./invocation.ts";
import { limitOf } from "./limit.ts";
import { connectionsOf, lookAt, openConfig } from "./open.ts";
import { approveCommand } from "./output/approve-command.ts";
import { escaped } from "./output/escape.ts";
import { isoTime } from "./output/json.ts";
import { count, relative } from "./output/numbers.ts";
import { displayWidth, table, wrap } from "./output/table.ts";
import { showPath, showValue } from "./output/value.ts";
import { createScreen, type Screen } from "./screen.ts";

/** `rollcall held list`: what waits for a person's word, and how to give it. */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const limit = limitOf(invocation.flags, 20);
  const config = await openConfig(invocation);
  const now = invocation.io.clock.now();
  const several = config.connections.length > 1;
  const documents: Record<string, unknown>[] = [];
  let open = 0;
  for (const connection of connectionsOf(config, invocation.arguments)) {
    const store = lookAt(config, connection, invocation);
    try {
      const holds = store?.holds.open() ?? [];
      open += holds.length;
      for (const hold of holds) {
        if (store === undefined) continue;
        if (screen.json) documents.push(holdFields(connection, store, hold));
        else screen.lines(holdLines(connection, store, hold, { ...screen, limit, now, several }));
      }
    } finally {
      store?.close();
    }
  }
  screen.document("Holds", { holds: documents });
  if (open === 0) screen.line("Nothing is held.");
  return 0;
}

interface Layout extends Pick<Screen, "paint" | "width"> {
  readonly several: boolean;
  readonly limit: number;
  readonly now: number;
}

function holdLines(
  connection: ConnectionConfig,
  store: Store,
  hold: Hold,
  { paint, width, limit, now, several }: Layout,
): string[] {
  const waiting = store.holds.count(hold.id);
  const objects = store.holds.objects(hold.id, Number.isFinite(limit) ? limit : -1);
  const rows = objects.map((object) => [
    `  ${escaped(object.label || object.sourceId)}`,
    escaped(whyHeld(object)),
  ]);
  const beside = table([{}, {}], rows);
  const isWide = beside.some((line) => displayWidth(line) > width);
  const below = rows.flatMap(([who = "", why = ""]) => [
    who,
    ...wrap(why, width - 6).map((line) => `      ${line}`),
  ]);
  const more = waiting - objects.length;
  return [
    `${paint.strong(`${connection.name}  hold ${hold.id}  ${hold.class}`)}  ${paint.faint(`since ${relative(hold.openedAt, now)}, run ${hold.run}`)}`,
    ...wrap(escaped(hold.message), width - 2).map((line) => `  ${line}`),
    "",
    ...(isWide ? below : beside),
    ...(more > 0 ? [paint.faint(`  ... ${count(more)} more (rollcall held list --limit 0 shows all)`)] : []),
    "",
    `  ${paint.note("→")} ${approveCommand(hold, several ? connection.name : undefined)}`,
    "",
  ];
}

function whyHeld({ reason, groupLabel, matchId, matchNote }: HeldObject): string {
  if (groupLabel !== null) return `leaves the group ${groupLabel}`;
  if (matchId === null) return reason;
  const { externalId } = JSON.parse(matchNote ?? "{}") as { readonly externalId?: string | null };
  const owner =
    externalId === null || externalId === undefined || externalId === ""
      ? "no external id"
      : `${showPath("externalId")} ${showValue(externalId)}`;
  return `exists already: ${matchId}, ${owner}`;
}

function holdFields(connection: ConnectionConfig, store: Store, hold: Hold): Record<string, unknown> {
  return {
    connection: connection.name,
    ...hold,
    openedAt: isoTime(hold.openedAt),
    waiting: store.holds.count(hold.id),
    objects: store.holds
      .objects(hold.id, -1)
      .map(({ kind, sourceId, targetId, label, groupLabel, reason, matchId }) => ({
        kind,
        sourceId,
        targetId,
        label,
        group: groupLabel,
        reason,
        found: matchId,
      })),
  };
}
