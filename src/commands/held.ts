import type { ConnectionConfig } from "../config/config.ts";
import type { Hold } from "../store/holds.ts";
import type { Store } from "../store/store.ts";
import { changesUnder, digestOf, type HeldChange, rejectedChanges } from "./held-choice.ts";
import { type Invocation, isSet } from "./invocation.ts";
import { limitOf } from "./limit.ts";
import { connectionsOf, lookAt, openConfig } from "./open.ts";
import { approveCommand } from "./output/approve-command.ts";
import { escaped } from "./output/escape.ts";
import {
  approvedFields,
  approvedText,
  approvedTogether,
  changeFields,
  changeLine,
  whyHeld,
} from "./output/held.ts";
import { isoTime } from "./output/json.ts";
import { count, counted, relative } from "./output/numbers.ts";
import { displayWidth, table, wrap } from "./output/table.ts";
import { createScreen, type Screen } from "./screen.ts";

/** `rollcall held list`: what waits for a person's word and how to give it; what was approved and is not applied yet; what was rejected. */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const limit = limitOf(invocation.flags, 20);
  const config = await openConfig(invocation);
  const now = invocation.io.clock.now();
  const several = config.connections.length > 1;
  const withRejected = isSet(invocation.flags, "rejected");
  const layout: Layout = { ...screen, limit, now, several, withRejected };
  const documents: Record<"holds" | "approvals" | "rejections", Record<string, unknown>[]> = {
    holds: [],
    approvals: [],
    rejections: [],
  };
  let open = 0;
  for (const connection of connectionsOf(config, invocation.arguments)) {
    const store = lookAt(config, connection, invocation);
    if (store === undefined) continue;
    try {
      const holds = store.holds.open();
      open += holds.length;
      const { name } = connection;
      if (screen.json) {
        documents.holds.push(...holds.map((hold) => holdFields(connection, store, hold)));
        for (const each of store.holds.approvals.open())
          documents.approvals.push({ connection: name, ...approvedFields(each, now) });
        for (const each of rejectedChanges(store))
          documents.rejections.push({ connection: name, ...changeFields(each) });
      } else {
        for (const hold of holds) screen.lines(holdLines(connection, store, hold, layout));
        screen.lines(answeredLines(connection, store, layout));
      }
    } finally {
      store.close();
    }
  }
  screen.document("Holds", documents);
  if (open === 0) screen.line("Nothing is held.");
  return 0;
}

interface Layout extends Pick<Screen, "paint" | "width"> {
  readonly several: boolean;
  readonly limit: number;
  readonly now: number;
  /** What was rejected is listed, not only counted. */
  readonly withRejected: boolean;
}

function holdLines(
  connection: ConnectionConfig,
  store: Store,
  hold: Hold,
  { paint, width, limit, now, several }: Layout,
): string[] {
  const changes = changesUnder(store, hold);
  const shown = changes.slice(0, Number.isFinite(limit) ? limit : undefined);
  const more = changes.length - shown.length;
  const where = several ? connection.name : undefined;
  return [
    `${paint.strong(`${connection.name}  hold ${hold.id}  ${hold.class}`)}  ${paint.faint(`since ${relative(hold.openedAt, now)}, run ${hold.run}`)}`,
    ...wrap(escaped(hold.message), width - 2).map((line) => `  ${line}`),
    "",
    ...whoAndWhy(shown, width),
    ...(more > 0 ? [paint.faint(`  ... ${count(more)} more (rollcall held list --limit 0 shows all)`)] : []),
    "",
    `  ${paint.note("→")} rollcall held show ${hold.class}${where === undefined ? "" : ` --connection ${where}`}`,
    `  ${paint.note("→")} ${approveCommand(hold, where)}`,
    "",
  ];
}

function whoAndWhy(changes: readonly HeldChange[], width: number): string[] {
  const rows = changes.map((change) => [
    `  ${escaped(change.label || change.sourceId)}`,
    escaped(whyHeld(change)),
  ]);
  const beside = table([{}, {}], rows);
  if (!beside.some((line) => displayWidth(line) > width)) return beside;
  return rows.flatMap(([who = "", why = ""]) => [
    who,
    ...wrap(why, width - 6).map((line) => `      ${line}`),
  ]);
}

/** What persons said already: a yes that was not used yet, and what a no holds back. */
function answeredLines(
  { name }: ConnectionConfig,
  store: Store,
  { paint, width, now, limit, withRejected }: Layout,
): string[] {
  const say = (mark: string, text: string) =>
    wrap(escaped(text), width - 4).map((line, at) => `  ${at === 0 ? mark : " "} ${line}`);
  const approved = approvedTogether(store.holds.approvals.open()).flatMap((each) =>
    say(each.first.expiresAt <= now ? paint.note("!") : paint.add("✓"), approvedText(each, now)),
  );
  const n = store.holds.rejections.count;
  const rejected =
    n === 0 || withRejected
      ? []
      : say(paint.faint("×"), `${counted(n, "change")} rejected (rollcall held list --rejected)`);
  const all = withRejected ? rejectedChanges(store) : [];
  const shown = all.slice(0, Number.isFinite(limit) ? limit : undefined);
  const list = shown.flatMap((change) => say(paint.remove("×"), changeLine(change)));
  const more = all.length - shown.length;
  const lines = [
    ...approved,
    ...rejected,
    ...list,
    ...(more > 0 ? [paint.faint(`  ... ${count(more)} more (--limit 0 shows all)`)] : []),
    ...(list.length > 0
      ? [`  ${paint.note("→")} rollcall held approve --only KEY --reason "..."   takes a no back`]
      : []),
  ];
  return lines.length === 0 ? [] : [paint.strong(`${name}  answered`), ...lines, ""];
}

function holdFields(connection: ConnectionConfig, store: Store, hold: Hold): Record<string, unknown> {
  const changes = changesUnder(store, hold);
  return {
    connection: connection.name,
    ...hold,
    answered: hold.answered === 1,
    openedAt: isoTime(hold.openedAt),
    waiting: changes.length,
    digest: digestOf(changes),
    objects: changes.map((change) => changeFields(change)),
  };
}
