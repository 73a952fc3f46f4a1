import type { Pause } from "../store/pauses.ts";
import type { Store } from "../store/store.ts";
import { actorOf } from "./actor.ts";
import { inEachSnapshot } from "./each-snapshot.ts";
import { type Invocation, textOf } from "./invocation.ts";
import { connectionsOf, openConfig } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { span } from "./output/numbers.ts";
import { pauseFields } from "./output/pause.ts";
import { wrap } from "./output/table.ts";
import { createScreen, type Screen } from "./screen.ts";

/** `rollcall resume`: what was paused may be written again. Does nothing by itself: the next cycle does what is pending, past the guards as always. */
export async function run(invocation: Invocation): Promise<number> {
  const { io, flags } = invocation;
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const by = { actor: actorOf(io), reason: textOf(flags, "reason")?.trim() ?? "" };
  const connections = connectionsOf(config, invocation.arguments);
  const { results, code } = await inEachSnapshot(invocation, config, connections, (store, { name }) => {
    const at = io.clock.now();
    const was = resume(store, { ...by, at });
    screen.lines(lines(name, was, screen, at));
    return { connection: name, was: pauseFields(was) };
  });
  if (results.length > 0) screen.document("Resume", { connections: results });
  const resumed = results.filter(({ was }) => was !== null).map(({ connection }) => connection);
  if (resumed.length > 0)
    screen.line(`  What is pending goes with the next cycle, or now: rollcall sync ${resumed.join(" ")}`);
  return code;
}

/** The pause that is over; undefined when there was none. */
function resume(
  store: Store,
  by: { readonly actor: string; readonly reason: string; readonly at: number },
): Pause | undefined {
  return store.transaction(() => {
    const was = store.pause.current();
    if (was === undefined) return undefined;
    store.pause.end();
    store.audit.decisionOnAll(store.runs.latest(1)[0]?.id ?? 0, by.actor, by.at, "resume", by.reason);
    return was;
  });
}

function lines(name: string, was: Pause | undefined, { paint, width }: Screen, now: number): string[] {
  if (was === undefined) return [`  ${name}: is not paused`];
  const text = `${name}: writes again, after ${span(now - was.since)} (paused by ${was.actor}: ${was.reason})`;
  return wrap(escaped(text), width - 2).map((line, at) => `${at === 0 ? paint.add("✓") : " "} ${line}`);
}
