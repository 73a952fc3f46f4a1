import type { ConnectionConfig } from "../config/config.ts";
import type { Json } from "../scim/resource.ts";
import type { AuditEntry } from "../store/audit.ts";
import type { KnownConfiguration } from "../store/configurations.ts";
import type { Invocation } from "./invocation.ts";
import { connectionsOf, lookAt, openConfig } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { isoTime } from "./output/json.ts";
import { localTime } from "./output/numbers.ts";
import { showValue } from "./output/value.ts";
import { createScreen, type Screen } from "./screen.ts";

/** `rollcall log --configuration`: which configuration a connection worked with since when, and what changed from one to the next. */
export async function logConfiguration(
  invocation: Invocation,
  asked: { readonly since: number | undefined; readonly limit: number },
): Promise<number> {
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  for (const connection of connectionsOf(config, invocation.arguments)) {
    const store = lookAt(config, connection, invocation);
    if (store === undefined) continue;
    try {
      const { since } = asked;
      const changes = store.audit.entries({
        configuration: true,
        limit: Number.isFinite(asked.limit) ? asked.limit : -1,
        ...(since === undefined ? {} : { since }),
      });
      show(screen, connection, store.configurations.current(), changes);
    } finally {
      store.close();
    }
  }
  return 0;
}

function show(
  screen: Screen,
  { name }: ConnectionConfig,
  current: KnownConfiguration | undefined,
  changes: readonly AuditEntry[],
): void {
  screen.document("LogConfiguration", {
    connection: name,
    current:
      current === undefined
        ? null
        : { digest: current.digest, run: current.run, at: isoTime(current.at), actor: current.actor },
    changes: changes.map(({ seq, at, run, actor, config, before, after }) => ({
      seq,
      at: isoTime(at),
      run,
      actor,
      digest: config,
      settings: Object.keys(after ?? {}).map((path) => ({
        path,
        before: before?.[path] ?? null,
        after: after?.[path] ?? null,
      })),
    })),
  });
  const { paint, width } = screen;
  screen.line(paint.strong(name));
  if (changes.length === 0) screen.line("  no change since the first run");
  for (const { at, run, actor, config, before, after } of changes) {
    screen.line(
      `  ${localTime(at)}  run ${run}  ${(config ?? "").slice(0, 12)}  first used by ${escaped(actor)}`,
    );
    for (const path of Object.keys(after ?? {}))
      for (const line of changed(path, before?.[path] ?? null, after?.[path] ?? null, screen, width - 6))
        screen.line(`      ${line}`);
  }
  if (current !== undefined)
    screen.line(
      paint.faint(
        `  now: ${current.digest.slice(0, 12)}, since run ${current.run} of ${localTime(current.at)}`,
      ),
    );
}

/** One setting, old and new; of a mapping the lines that went and came. */
function changed(path: string, before: Json, after: Json, { paint }: Screen, width: number): string[] {
  if (path === "mapping" && Array.isArray(before) && Array.isArray(after))
    return [
      "mapping",
      ...before.map((line) => paint.remove(`- ${showValue(line, width - 2)}`)),
      ...after.map((line) => paint.add(`+ ${showValue(line, width - 2)}`)),
    ];
  const room = Math.max(16, Math.floor((width - path.length - 5) / 2));
  return [
    `${escaped(path)}  ${paint.remove(showValue(before, room))} → ${paint.add(showValue(after, room))}`,
  ];
}
