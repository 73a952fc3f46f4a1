import type { Pause } from "../store/pauses.ts";
import type { RunRow } from "../store/runs.ts";
import type { Store } from "../store/store.ts";
import { actorOf } from "./actor.ts";
import { reasonOf } from "./decide.ts";
import { inEachSnapshot } from "./each-snapshot.ts";
import type { Invocation } from "./invocation.ts";
import { connectionsOf, openConfig } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { pauseFields, pauseText } from "./output/pause.ts";
import { wrap } from "./output/table.ts";
import { createScreen, type Screen } from "./screen.ts";

interface Paused {
  readonly connection: string;
  readonly pause: Pause;
  /** False when it was paused already: that word stands. */
  readonly isNew: boolean;
  /** The run that is under way, as far as the snapshot knows. */
  readonly running: number | undefined;
}

/**
 * `rollcall pause`: nothing more is written until `rollcall resume`. Takes no lock, so that it can be said while a cycle runs: that cycle asks
 * before each window of calls. Cycles go on to read and to plan.
 */
export async function run(invocation: Invocation): Promise<number> {
  const { io } = invocation;
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const connections = connectionsOf(config, invocation.arguments);
  const names = connections.map(({ name }) => name).join(", ");
  const reason = await reasonOf(invocation, `Why is nothing more to be written (${names})?`);
  const { results, code } = await inEachSnapshot(invocation, config, connections, (store, { name }) => {
    const paused = {
      connection: name,
      ...pause(store, { since: io.clock.now(), actor: actorOf(io), reason }),
    };
    screen.lines(lines(paused, screen, io.clock.now()));
    return paused;
  });
  if (results.length > 0)
    screen.document("Pause", {
      connections: results.map(({ pause: made, running, ...rest }) => ({
        ...rest,
        running: running ?? null,
        pause: pauseFields(made),
      })),
    });
  return code;
}

function pause(store: Store, wanted: Pause): Omit<Paused, "connection"> {
  return store.transaction(() => {
    const last = store.runs.latest(1)[0];
    const isNew = store.pause.begin(wanted);
    const { since, actor, reason } = wanted;
    if (isNew) store.audit.decisionOnAll(last?.id ?? 0, actor, since, "pause", reason);
    return { pause: store.pause.current() ?? wanted, isNew, running: isOpen(last) ? last?.id : undefined };
  });
}

function isOpen(run: RunRow | undefined): boolean {
  return run !== undefined && run.finishedAt === null && run.outcome === null;
}

function lines({ connection, pause: made, isNew, running }: Paused, screen: Screen, now: number): string[] {
  const { paint, width } = screen;
  const stops = running === undefined ? "" : `; run ${running} stops before its next write`;
  const text = isNew ? `paused, nothing more is written${stops}` : `was ${pauseText(made, now)}`;
  return wrap(escaped(`${connection}: ${text}`), width - 2).map(
    (line, at) => `${at === 0 && isNew ? paint.add("✓") : " "} ${line}`,
  );
}
