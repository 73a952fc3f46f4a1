import type { Config, ConnectionConfig } from "../config/config.ts";
import { lockConnection, openStore, whoAmI } from "../connection.ts";
import { ConfigurationError } from "../errors.ts";
import type { HeldObject, Hold } from "../store/holds.ts";
import type { Store } from "../store/store.ts";
import { type Invocation, textOf } from "./invocation.ts";
import { connectionsOf, lookAt, openConfig } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { isoTime } from "./output/json.ts";
import { counted, localTime } from "./output/numbers.ts";
import { wrap } from "./output/table.ts";
import { createScreen } from "./screen.ts";

/** An approval is good for three days: who said yes had today's list before their eyes. */
const goodForMs = 72 * 3_600_000;

/**
 * `rollcall held approve`: a person's yes to everything under a hold as it stands now. The next sync lets through what is still the same;
 * what changed or came later waits under a new hold.
 */
export async function run(invocation: Invocation): Promise<number> {
  const { io, flags } = invocation;
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const wanted = invocation.arguments[0] ?? "";
  const named = textOf(flags, "connection");
  const connection = theOneWith(
    invocation,
    config,
    connectionsOf(config, named === undefined ? [] : [named]),
    wanted,
  );
  const reason = await reasonOf(invocation, connection, wanted);
  const lock = lockConnection(config, connection);
  try {
    const store = openStore(config, connection, io.clock, { create: false });
    try {
      const approved = approve(store, holdOf(store, connection, wanted), reason, io.clock.now());
      screen.document("Approval", {
        connection: connection.name,
        hold: approved.hold.id,
        class: approved.hold.class,
        objects: approved.objects.length,
        actor: approved.actor,
        reason,
        expiresAt: isoTime(approved.expiresAt),
      });
      const text = `${counted(approved.objects.length, "change")} of class ${approved.hold.class} approved by ${escaped(approved.actor)}, good until ${localTime(approved.expiresAt)}.`;
      screen.lines(
        wrap(text, screen.width - 2).map((line, at) => `${at === 0 ? screen.paint.add("✓") : " "} ${line}`),
      );
      screen.line(`  They go with the next cycle, or now: rollcall sync ${connection.name}`);
      return 0;
    } finally {
      store.close();
    }
  } finally {
    lock.release();
  }
}

interface Approved {
  readonly hold: Hold;
  readonly objects: readonly HeldObject[];
  readonly actor: string;
  readonly expiresAt: number;
}

/** A person's yes to everything under a hold: the approvals and their rows of the audit trail, in one transaction. */
export function approve(store: Store, hold: Hold, reason: string, at: number): Approved {
  const actor = whoAmI();
  const expiresAt = at + goodForMs;
  return store.transaction(() => {
    const objects = store.holds.approve(hold, { actor, reason, at, expiresAt });
    for (const { resource, kind, sourceId, targetId, groupLabel } of objects) {
      store.audit.approval(hold.run, actor, at, {
        resource,
        kind,
        sourceId,
        targetId,
        action: `approve ${hold.class}`,
        reason,
        before: null,
        after: groupLabel === null ? null : { group: groupLabel },
      });
    }
    return { hold, objects, actor, expiresAt };
  });
}

function matching(store: Store, wanted: string): readonly Hold[] {
  return store.holds.open().filter((hold) => String(hold.id) === wanted || hold.class === wanted);
}

function holdOf(store: Store, connection: ConnectionConfig, wanted: string): Hold {
  const [hold] = matching(store, wanted);
  if (hold !== undefined) return hold;
  const open = store.holds.open();
  const number = /^\d+$/.test(wanted)
    ? "a hold gets another number when what it holds was approved or changed; "
    : "";
  throw new ConfigurationError(`${connection.name}: nothing is held as "${wanted}"`, {
    hint:
      open.length === 0
        ? "nothing is held there"
        : `${number}held are: ${open.map((each) => `${each.class} (${each.id})`).join(", ")}; see \`rollcall held list ${connection.name}\` first`,
  });
}

/** The connection that has this hold; where several have one, the admin has to say which. */
function theOneWith(
  invocation: Invocation,
  config: Config,
  connections: readonly ConnectionConfig[],
  wanted: string,
): ConnectionConfig {
  const [only] = connections;
  if (
    only !== undefined &&
    connections.length === 1 &&
    lookedAt(invocation, config, only, () => true) === true
  )
    return only;
  const found = connections.filter(
    (connection) =>
      lookedAt(invocation, config, connection, (store) => matching(store, wanted).length > 0) === true,
  );
  const [first, second] = found;
  if (first === undefined)
    throw new ConfigurationError(`nothing is held as "${wanted}"`, {
      hint: "`rollcall held list` shows what is",
    });
  if (second !== undefined) {
    throw new ConfigurationError(`several connections hold "${wanted}": say which with --connection`, {
      hint: found.map((each) => each.name).join(", "),
    });
  }
  return first;
}

function lookedAt<Found>(
  invocation: Invocation,
  config: Config,
  connection: ConnectionConfig,
  look: (store: Store) => Found,
): Found | undefined {
  const store = lookAt(config, connection, invocation);
  try {
    return store === undefined ? undefined : look(store);
  } finally {
    store?.close();
  }
}

async function reasonOf(
  { io, flags }: Invocation,
  { name }: ConnectionConfig,
  wanted: string,
): Promise<string> {
  const given = textOf(flags, "reason") ?? (await io.ask?.(`Why may ${name}'s ${wanted} go through? `));
  const reason = given?.trim() ?? "";
  if (reason === "") {
    throw new ConfigurationError("an approval needs a reason", {
      hint: 'add --reason "..."; it is kept in the audit trail',
    });
  }
  return reason;
}
