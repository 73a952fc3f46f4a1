import type { Config, ConnectionConfig } from "../config/config.ts";
import { openStore } from "../connection.ts";
import { ConfigurationError } from "../errors.ts";
import type { WideRow } from "../store/rows.ts";
import type { Store } from "../store/store.ts";
import { actorOf } from "./actor.ts";
import { dryRun, isForReal, reasonFor } from "./decide.ts";
import { lockInTurn } from "./in-turn.ts";
import type { Invocation, Io } from "./invocation.ts";
import { connectionsOf, lookAt, openConfig } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { wrap } from "./output/table.ts";
import { createScreen, type Screen } from "./screen.ts";

/** `rollcall unlink`: cuts the link of one person or group by hand. The account stays as it is at the target, and is free for somebody else. */
export async function run(invocation: Invocation): Promise<number> {
  const [key = ""] = invocation.arguments;
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const connection = theOneWith(invocation, config, key);
  const reason = await reasonFor(invocation, `Why does ${key} lose the link?`);
  const lock = await lockInTurn(invocation, config, connection.name);
  try {
    const store = openStore(config, connection, invocation.io.clock, { create: false });
    try {
      const row = linkedRow(store, connection, key);
      if (isForReal(invocation)) unlink(store, row, reason, invocation.io);
      show(screen, connection, row, isForReal(invocation));
      return 0;
    } finally {
      store.close();
    }
  } finally {
    lock.release();
  }
}

/** The claim is let go first: if we die in between, the link stands, and the next write would claim the account again. */
function unlink(store: Store, row: WideRow, reason: string, io: Io): void {
  const at = io.clock.now();
  store.bindings.release(at, row);
  const run = store.runs.latest(1)[0]?.id ?? 0;
  store.transaction(() => store.bindings.cut(row, { run, actor: actorOf(io), at, reason, action: "unlink" }));
}

function linkedRow(store: Store, { name }: ConnectionConfig, key: string): WideRow {
  const rows = store.people.find(key);
  const linked = rows.filter(({ targetId }) => targetId !== null);
  const [row, another] = linked;
  if (row === undefined) {
    throw new ConfigurationError(
      `${name}: ${rows.length === 0 ? `nothing in the snapshot answers to "${key}"` : `${key} has no account to be parted from`}`,
      { hint: "give the login name, e-mail address or id of a person, or the name or id of a group" },
    );
  }
  if (another !== undefined) {
    throw new ConfigurationError(`${name}: ${linked.length} people or groups answer to "${key}"`, {
      hint: `name one by id: ${linked.map((each) => `${each.sourceId} (${each.label})`).join(", ")}`,
    });
  }
  if (row.doubt !== null) {
    throw new ConfigurationError(
      `${name}: a call for ${row.label || row.sourceId} is under way, and its outcome is not known yet`,
      { hint: `the next sync finds it out: rollcall sync ${name}` },
    );
  }
  return row;
}

/** The connection in which this person or group is linked; where there are several, the admin has to say which. */
function theOneWith(invocation: Invocation, config: Config, key: string): ConnectionConfig {
  const named = invocation.arguments[1];
  const connections = connectionsOf(config, named === undefined ? [] : [named]);
  const knowing = connections.filter((connection) => {
    const store = lookAt(config, connection, invocation);
    try {
      return store?.people.find(key).some(({ targetId }) => targetId !== null) === true;
    } finally {
      store?.close();
    }
  });
  const [one, another] = knowing;
  if (one === undefined) {
    throw new ConfigurationError(
      `nobody with an account answers to "${key}" in ${connections.map(({ name }) => name).join(", ")}`,
      { hint: "give the login name, e-mail address or id of a person, or the name or id of a group" },
    );
  }
  if (another !== undefined) {
    throw new ConfigurationError(`several connections have a link of "${key}": say which`, {
      hint: knowing.map(({ name }) => `rollcall unlink "${key}" ${name}`).join(", "),
    });
  }
  return one;
}

function show(screen: Screen, { name, target }: ConnectionConfig, row: WideRow, isDone: boolean): void {
  screen.document("Unlink", {
    connection: name,
    object: { kind: row.kind, sourceId: row.sourceId, label: row.label },
    targetId: row.targetId,
    done: isDone,
  });
  if (screen.quiet) return;
  const who = row.label || row.sourceId;
  const what = row.kind === "user" ? "account" : "group";
  const after =
    row.intent === "active"
      ? `${who} is still to have ${row.kind === "user" ? "an account" : "a group"} here: the next sync looks at the target again, and would find this one if it still has the same name or external id, or else create a new one. Link another one first (rollcall link), or leave ${who} out of the scope.`
      : `Nothing more is done about ${who}.`;
  const texts = [
    `${name}: ${who} and ${what} ${row.targetId} at ${target.name} ${isDone ? "are no longer linked" : "would no longer be linked"}. The ${what} stays as it is, and is free for somebody else.`,
    after,
  ];
  screen.lines(texts.flatMap((text) => wrap(escaped(text), screen.width)));
  if (!isDone) screen.lines(["", dryRun]);
}
