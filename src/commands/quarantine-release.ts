import type { Config, ConnectionConfig } from "../config/config.ts";
import type { Lock } from "../store/lock.ts";
import type { Quarantine } from "../store/quarantines.ts";
import type { Store } from "../store/store.ts";
import { release } from "../sync/quarantine.ts";
import { actorOf } from "./actor.ts";
import { reasonOf } from "./decide.ts";
import { inEachSnapshot } from "./each-snapshot.ts";
import { lockInTurn } from "./in-turn.ts";
import type { Invocation } from "./invocation.ts";
import { connectionsOf, lookAt, openConfig } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { span } from "./output/numbers.ts";
import { quarantineFields } from "./output/quarantine.ts";
import { wrap } from "./output/table.ts";
import { createScreen, type Screen } from "./screen.ts";

/** `rollcall quarantine release`: a person says that it is mended. The next cycle tries everything, whatever the clock of the quarantine says. */
export async function run(invocation: Invocation): Promise<number> {
  const { io } = invocation;
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const named = connectionsOf(config, invocation.arguments);
  const inside = named.filter((connection) => isInside(config, connection, invocation));
  if (inside.length === 0) {
    screen.document("Release", { connections: [] });
    const names = named.length === 1 ? (named[0]?.name ?? "") : "no connection";
    screen.line(`  ${names} is ${named.length === 1 ? "not " : ""}in quarantine`);
    return 0;
  }
  const names = inside.map(({ name }) => name).join(", ");
  const reason = await reasonOf(invocation, `What was mended (${names})?`);
  const { results, code } = await inEachSnapshot(invocation, config, inside, async (store, connection) => {
    const lock = await lockInTurn(invocation, config, connection.name);
    const at = io.clock.now();
    const was = releaseLocked(lock, store, { actor: actorOf(io), reason, at });
    screen.lines(lines(connection.name, was, screen, at));
    return { connection: connection.name, was: quarantineFields(was) };
  });
  if (results.length > 0) {
    screen.document("Release", { connections: results });
    const released = results.map(({ connection }) => connection).join(" ");
    screen.line(`  The next cycle tries everything, or now: rollcall sync ${released}`);
  }
  return code;
}

function isInside(config: Config, connection: ConnectionConfig, invocation: Invocation): boolean {
  const store = lookAt(config, connection, invocation);
  try {
    return store?.quarantine.current() !== undefined;
  } finally {
    store?.close();
  }
}

function releaseLocked(lock: Lock, store: Store, by: Parameters<typeof release>[1]): Quarantine | undefined {
  try {
    return release(store, by);
  } finally {
    lock.release();
  }
}

function lines(name: string, was: Quarantine | undefined, { paint, width }: Screen, now: number): string[] {
  const text =
    was === undefined
      ? `${name}: is out of quarantine already`
      : `${name}: out of quarantine, after ${span(now - was.seriesBegan)} (${was.message})`;
  return wrap(escaped(text), width - 2).map((line, at) => `${at === 0 ? paint.add("✓") : " "} ${line}`);
}
