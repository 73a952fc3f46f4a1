import type { Config, ConnectionConfig } from "../config/config.ts";
import { connectionNamed, openStore } from "../connection.ts";
import { ConfigurationError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { actorOf } from "./actor.ts";
import { dryRun, isForReal, reasonFor } from "./decide.ts";
import { lockInTurn } from "./in-turn.ts";
import { type Invocation, type Io, isSet } from "./invocation.ts";
import { openConfig } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { counted } from "./output/numbers.ts";
import { wrap } from "./output/table.ts";
import { createScreen, type Screen } from "./screen.ts";

type What = "cursor" | "links";

/**
 * `rollcall reset`: a snapshot forgets where its last read ended, or which accounts are whose. Nothing is asked of directory or target, and the
 * audit trail keeps everything.
 */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const what = whatOf(invocation);
  const config = await openConfig(invocation);
  const connection = connectionNamed(config, invocation.arguments[0]);
  const reason = await reasonFor(invocation, `Why is ${connection.name} to forget its ${what}?`);
  return inSnapshot(invocation, config, connection, (store) => {
    const isDone = isForReal(invocation);
    const links = what === "links" ? store.resets.countLinks() : 0;
    if (isDone) reset(store, what, reason, invocation.io);
    screen.document("Reset", { connection: connection.name, what, links, done: isDone });
    screen.lines(lines(connection.name, what, links, isDone, screen));
    return 0;
  });
}

function whatOf({ flags }: Invocation): What {
  const asked = (["cursor", "links"] as const).filter((each) => isSet(flags, each));
  const [what, another] = asked;
  if (what !== undefined && another === undefined) return what;
  throw new ConfigurationError("say what is to be forgotten: --cursor or --links", {
    hint: "--cursor: the next cycle reads everything; --links: accounts are matched anew, as in a first run",
  });
}

function reset(store: Store, what: What, reason: string, io: Io): void {
  const at = io.clock.now();
  const run = store.runs.latest(1)[0]?.id ?? 0;
  if (what === "links") store.resets.links(run, at);
  store.transaction(() => {
    if (what === "cursor") store.resets.cursor();
    store.audit.decisionOnAll(run, actorOf(io), at, `reset ${what}`, reason);
  });
}

async function inSnapshot<T>(
  invocation: Invocation,
  config: Config,
  connection: ConnectionConfig,
  work: (store: Store) => T,
): Promise<T> {
  const lock = await lockInTurn(invocation, config, connection.name);
  try {
    const store = openStore(config, connection, invocation.io.clock, { create: false });
    try {
      return work(store);
    } finally {
      store.close();
    }
  } finally {
    lock.release();
  }
}

function lines(
  name: string,
  what: What,
  links: number,
  isDone: boolean,
  { paint, width }: Pick<Screen, "paint" | "width">,
): string[] {
  const linked = counted(links, "account or group", "accounts and groups");
  const text = {
    cursor: isDone
      ? "the cursor is forgotten: the next cycle reads everything"
      : "the next cycle would read everything",
    links: isDone
      ? `${linked} ${links === 1 ? "is" : "are"} nobody's now, and stay as they are; the next cycle matches everybody anew and writes nothing before a person has approved what it finds`
      : `${linked} would be nobody's, and stay as they are; the next cycle would match everybody anew, as in a first run`,
  }[what];
  return [
    ...wrap(escaped(`${name}: ${text}`), width - 2).map(
      (line, at) => `${at === 0 && isDone ? paint.add("✓") : " "} ${line}`,
    ),
    isDone ? `  Next: rollcall plan ${escaped(name)}` : dryRun,
  ];
}
