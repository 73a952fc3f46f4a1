import { join } from "node:path";
import type { Config, ConnectionConfig } from "../config/config.ts";
import { openStore } from "../connection.ts";
import { ConfigurationError } from "../errors.ts";
import { otherCopies } from "../store/other-copies.ts";
import type { WideRow } from "../store/rows.ts";
import { scrubFile } from "../store/scrub.ts";
import type { Store } from "../store/store.ts";
import { actorOf } from "./actor.ts";
import { dryRun, isForReal, reasonFor } from "./decide.ts";
import { accountOf, deleteAccount } from "./forget-account.ts";
import { type Erased, type Place, placeLines, remainder, stillThere } from "./forget-screen.ts";
import { refuseObstacle, theOne } from "./forget-whom.ts";
import { lockInTurn } from "./in-turn.ts";
import { type Invocation, textOf } from "./invocation.ts";
import { connectionsOf, lookAt, openConfig } from "./open.ts";
import { wrap } from "./output/table.ts";
import { createScreen } from "./screen.ts";

/**
 * `rollcall forget`: erases a person who is gone from the directory and has no account that is on: from the snapshots, the audit trail, the claims, the
 * embedded directory, and every page of these files. That somebody was forgotten, by whom and why, stays.
 */
export async function run(invocation: Invocation): Promise<number> {
  const [key = ""] = invocation.arguments;
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const named = textOf(invocation.flags, "connection");
  const connections = connectionsOf(config, named === undefined ? [] : [named]);
  const places = connections.flatMap((connection) => placeIn(invocation, config, connection, key));
  if (places.length === 0) return finishEarlier(invocation, config, connections, key);
  const isDone = isForReal(invocation);
  const reason = await reasonFor(invocation, "Why is this person forgotten? (do not name them)");
  if (places.some(({ row }) => namesThem(reason, row)))
    throw new ConfigurationError("the reason names the person, and it would be kept", {
      hint: "write it without the name, e.g. with the number of the request",
    });
  const done: (Erased | undefined)[] = [];
  for (const place of places)
    done.push(isDone ? await forgetIn(invocation, config, place, reason) : undefined);
  const copies = otherCopies(config.state, new Set(places.map(({ connection }) => connection.name)), {
    sourceIds: places.map(({ row }) => row.sourceId),
    told: isDone ? { actor: actorOf(invocation.io), at: invocation.io.clock.now(), reason } : undefined,
  });
  screen.document("Forget", {
    connections: places.map(({ connection, row, events }, at) => ({
      connection: connection.name,
      sourceId: row.sourceId,
      label: row.label,
      targetId: row.targetId,
      events: done[at]?.events ?? events,
      mentions: done[at]?.mentions ?? null,
      accountDeleted: done[at]?.accountDeleted ?? false,
      scrubbed: done[at]?.scrubbed ?? false,
    })),
    copies,
    done: isDone,
  });
  for (const [at, place] of places.entries()) screen.lines(placeLines(place, done[at], screen));
  screen.lines(remainder(places, copies, isDone, screen));
  if (!isDone) screen.lines(["", dryRun]);
  return done.some((each) => each?.scrubbed === false) ? 1 : 0;
}

/** The person in one connection. Throws ConfigurationError where it is nobody to be forgotten. */
function placeIn(
  invocation: Invocation,
  config: Config,
  connection: ConnectionConfig,
  key: string,
): readonly Place[] {
  const store = lookAt(config, connection, invocation);
  try {
    if (store === undefined) return [];
    const row = theOne(store, connection, key);
    if (row === undefined) return [];
    refuseObstacle(store, connection, row);
    const events = store.forgetting.countEvents(row.id);
    return [{ connection, row, events, hasAccount: accountOf(store, connection, row) !== undefined }];
  } finally {
    store?.close();
  }
}

/**
 * The account first, then the claims, the snapshot last: a process that dies in between leaves a person whom the same command finds again. The files are
 * written anew at the end; what did not come to that is found and done by the next call.
 */
async function forgetIn(
  invocation: Invocation,
  config: Config,
  { connection, row: { sourceId } }: Place,
  reason: string,
): Promise<Erased> {
  const { io } = invocation;
  const lock = await lockInTurn(invocation, config, connection.name);
  try {
    const store = openStore(config, connection, io.clock, { create: false });
    try {
      const row = theOne(store, connection, sourceId);
      if (row === undefined)
        throw new ConfigurationError(`${connection.name}: somebody forgot them just now`);
      refuseObstacle(store, connection, row);
      const accountDeleted = await deleteAccount(config, connection, store, { row, reason, io });
      const at = io.clock.now();
      store.claims.forget(sourceId, at);
      const run = store.runs.latest(1)[0]?.id ?? 0;
      const told = { run, actor: actorOf(io), at, reason, accountDeleted };
      const forgotten = store.forgetting.erase(row, told);
      return { ...forgotten, accountDeleted, scrubbed: scrubAll(config, connection, store) };
    } finally {
      store.close();
    }
  } finally {
    lock.release();
  }
}

function scrubAll({ state }: Config, { target }: ConnectionConfig, store: Store): boolean {
  const directory = join(state, "targets", `${target.name}.directory.db`);
  // All of them, also where one is in use; the snapshot's mark goes last.
  const others = [store.claims.scrub(), target.type !== "embedded" || scrubFile(directory)];
  return others.every((each) => each) && store.forgetting.scrub();
}

/** Nobody answers to it: perhaps because they were erased already, and only the files were not written anew. */
async function finishEarlier(
  invocation: Invocation,
  config: Config,
  connections: readonly ConnectionConfig[],
  key: string,
): Promise<number> {
  const open = connections.filter((connection) => {
    const store = lookAt(config, connection, invocation);
    try {
      return store?.forgetting.isUnscrubbed === true;
    } finally {
      store?.close();
    }
  });
  if (open.length === 0)
    throw new ConfigurationError(
      `nobody answers to "${key}" in ${connections.map(({ name }) => name).join(", ")}`,
      { hint: "give the login name, e-mail address or id of a person" },
    );
  const screen = createScreen(invocation);
  const results: boolean[] = [];
  for (const connection of open) {
    const lock = await lockInTurn(invocation, config, connection.name);
    const store = openStore(config, connection, invocation.io.clock, { create: false });
    try {
      results.push(scrubAll(config, connection, store));
    } finally {
      store.close();
      lock.release();
    }
  }
  const scrubbed = results.every((each) => each);
  screen.document("Forget", {
    connections: [],
    copies: { retired: [], removed: [], left: [] },
    done: scrubbed,
  });
  if (scrubbed)
    screen.line(
      `${screen.paint.add("✓")} nobody answers to that; what was erased before is out of the files now`,
    );
  else screen.lines(wrap(stillThere, screen.width));
  return scrubbed ? 0 : 1;
}

/** What is kept must not tell who it was. */
function namesThem(reason: string, { label, sourceId, targetId, body }: WideRow): boolean {
  const names = [label, sourceId, targetId, ...Object.values(body)];
  const said = reason.toLowerCase();
  return names.some(
    (each) => typeof each === "string" && each.length > 4 && said.includes(each.toLowerCase()),
  );
}
