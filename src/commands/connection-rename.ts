import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { connectionNamed } from "../connection.ts";
import { ConfigurationError } from "../errors.ts";
import { claimsOf, renameClaims } from "../store/claim-files.ts";
import type { Lock } from "../store/lock.ts";
import { hasState, moveState, StateFile, setAside, stateFiles } from "../store/state-file.ts";
import { actorOf } from "./actor.ts";
import { dryRun, isForReal, reasonFor } from "./decide.ts";
import { lockInTurn } from "./in-turn.ts";
import type { Invocation } from "./invocation.ts";
import { openConfig } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { count, counted } from "./output/numbers.ts";
import { wrap } from "./output/table.ts";
import { createScreen } from "./screen.ts";

/**
 * `rollcall connection rename`: a connection has another name in the configuration than before, and keeps its snapshot, its accounts and its
 * audit trail. The file moves first, the claims follow, and the snapshot itself is told last: a process that dies in between leaves a snapshot
 * that no cycle opens, and the same command brings it to its end.
 */
export async function run(invocation: Invocation): Promise<number> {
  const [from = "", to = ""] = invocation.arguments;
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  checkNames(config, from, to);
  survey(config, from, to);
  const reason = await reasonFor(invocation, `Why is ${from} called ${to} now?`);
  const locks: Lock[] = [];
  try {
    for (const name of [from, to]) locks.push(await lockInTurn(invocation, config, name));
    const moved = survey(config, from, to);
    const now = invocation.io.clock.now();
    const aside = isForReal(invocation)
      ? rename(config, from, to, { reason, at: now, actor: actorOf(invocation.io) }, moved.hasBlank)
      : undefined;
    const isDone = isForReal(invocation);
    screen.document("ConnectionRename", { from, to, ...moved, aside: aside ?? null, done: isDone });
    const what = `${from} ${isDone ? "is" : "would be"} ${to}: ${counted(moved.linked, "linked account or group", "linked accounts and groups")}, with cursor, holds and audit trail`;
    screen.lines(
      wrap(escaped(what), screen.width - 2).map(
        (line, at) => `${at === 0 && isDone ? screen.paint.add("✓") : " "} ${line}`,
      ),
    );
    if (aside !== undefined)
      screen.lines([`  The empty snapshot that ${escaped(to)} had is now`, `  ${escaped(aside)}`]);
    screen.line(isDone ? `  Next: rollcall plan ${to}` : dryRun);
    return 0;
  } finally {
    for (const lock of locks) lock.release();
  }
}

function checkNames(config: Config, from: string, to: string): void {
  connectionNamed(config, to);
  if (!config.connections.some(({ name }) => name === from)) return;
  throw new ConfigurationError(`the connection "${from}" is still in ${config.file}`, {
    hint: "give it its new name there first; nobody is deactivated because of that",
  });
}

interface Moved {
  readonly linked: number;
  /** The new name has a snapshot already, without any account. */
  readonly hasBlank: boolean;
}

/** What there is to move. Throws ConfigurationError where the two cannot be one. */
function survey({ state, connections }: Config, from: string, to: string): Moved {
  const isMoved = !hasState(state, from);
  if (isMoved && !(hasState(state, to) && look(state, to, ({ meta }) => meta.get("connection")) === from)) {
    const known = stateFiles(state).filter((name) => !connections.some((each) => each.name === name));
    throw new ConfigurationError(`there is no state of a connection "${from}" in ${state}`, {
      hint:
        known.length === 0
          ? "every state there belongs to a connection of the configuration"
          : `there is that of: ${known.join(", ")}`,
    });
  }
  const { linked, lineage } = look(state, isMoved ? to : from, (file) => ({
    ...file.counts(),
    lineage: file.meta.get("lineage"),
  }));
  const target = connections.find(({ name }) => name === to)?.target.name ?? "";
  const known = claimsOf(state, from);
  const stranger = known.find((each) => each.target !== target && each.claims > 0);
  if (stranger !== undefined) {
    throw new ConfigurationError(
      `${from} has ${count(stranger.claims)} accounts and groups at the target ${stranger.target}, but ${to} writes to ${target}`,
      { hint: "another target is another connection: name the same one, or retire the old connection" },
    );
  }
  if (known.some((each) => each.lineage !== undefined && each.lineage !== lineage)) {
    throw new ConfigurationError(
      `the snapshot of ${from} is not the one that has been writing to ${target} (another lineage)`,
      { hint: "put the right state file back" },
    );
  }
  const hasBlank = !isMoved && hasState(state, to);
  const inTheWay = hasBlank ? look(state, to, (file) => file.counts().linked) : 0;
  if (inTheWay > 0) {
    throw new ConfigurationError(
      `${to} has a snapshot of its own, with ${count(inTheWay)} linked accounts and groups`,
      {
        hint: `it was synced under its new name: retire one of the two (rollcall connection retire ${from} --release)`,
      },
    );
  }
  return { linked, hasBlank };
}

function rename(
  { state }: Config,
  from: string,
  to: string,
  { reason, at, actor }: { readonly reason: string; readonly at: number; readonly actor: string },
  hasBlank: boolean,
): string | undefined {
  if (hasBlank) new StateFile(state, to).closeWhole();
  const aside = hasBlank ? setAside(state, to, at) : undefined;
  if (hasState(state, from)) {
    new StateFile(state, from).closeWhole();
    moveState(join(state, `${from}.db`), join(state, `${to}.db`));
  }
  renameClaims(state, from, to);
  look(state, to, (file) =>
    file.transaction(() => {
      file.meta.set("connection", to);
      file.audit.decisionOnAll(file.lastRun, actor, at, `rename from ${from}`, reason);
    }),
  );
  return aside;
}

function look<T>(folder: string, name: string, work: (file: StateFile) => T): T {
  const file = new StateFile(folder, name);
  try {
    return work(file);
  } finally {
    file.close();
  }
}
