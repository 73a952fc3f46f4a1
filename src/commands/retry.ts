import type { Config, ConnectionConfig } from "../config/config.ts";
import { openStore } from "../connection.ts";
import { ConfigurationError } from "../errors.ts";
import type { WideRow } from "../store/rows.ts";
import type { Store } from "../store/store.ts";
import { didYouMean } from "../yaml/suggest.ts";
import { complain } from "./complain.ts";
import { firstThatApplies } from "./exit-code.ts";
import { lockInTurn } from "./in-turn.ts";
import { type Invocation, textOf } from "./invocation.ts";
import { connectionsOf, lookAt, openConfig } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { counted, listed } from "./output/numbers.ts";
import { createScreen, type Screen } from "./screen.ts";

/** Names that a misspelt one is compared with. */
const mostCompared = 1_000;

/** What was let go of in one connection. */
interface Released {
  readonly connection: string;
  /** People and groups. */
  readonly objects: number;
  /** References and memberships. */
  readonly parts: number;
  /** Given up because another system writes them too. */
  readonly values: number;
  /** Why nothing was. */
  readonly note?: string | undefined;
}

/** `rollcall retry`: what is failing, or was given up, is tried by the next cycle, and its schedule begins anew. Asks nothing of the target. */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const named = textOf(invocation.flags, "connection");
  const all = connectionsOf(config, named === undefined ? [] : [named]);
  const [key] = invocation.arguments;
  const meant = key === undefined ? all : whoKnow(invocation, config, all, key);
  const released: Released[] = [];
  const codes: number[] = [];
  for (const connection of meant) {
    try {
      const one = await release(invocation, config, connection, key);
      released.push(one);
      screen.lines(lines(one, key, screen));
    } catch (error) {
      const { json, verbose } = screen;
      codes.push(complain(error, invocation.io, { json, verbose }));
    }
  }
  if (released.length > 0) screen.document("Retry", { object: key ?? null, connections: released });
  if (released.some((each) => total(each) > 0)) {
    const [one, another] = released;
    screen.line(
      `  They go with the next cycle, or now: rollcall sync${another === undefined ? ` ${one?.connection ?? ""}` : ""}`,
    );
  }
  return firstThatApplies(codes);
}

async function release(
  invocation: Invocation,
  config: Config,
  connection: ConnectionConfig,
  key: string | undefined,
): Promise<Released> {
  const known = lookAt(config, connection, invocation);
  known?.close();
  if (known === undefined)
    return { connection: connection.name, objects: 0, parts: 0, values: 0, note: "never ran" };
  const { clock } = invocation.io;
  const lock = await lockInTurn(invocation, config, connection.name);
  try {
    const store = openStore(config, connection, clock, { create: false });
    try {
      const row = key === undefined ? undefined : theOne(store, connection, key);
      const given = store.failures.release(clock.now(), row?.id);
      // A value that another system writes too is no more tried than one that was refused.
      const counts = { ...given, values: store.findings.startOver(row?.id) };
      const note = row === undefined || total(counts) > 0 ? undefined : whyNothing(row);
      return { connection: connection.name, ...counts, note };
    } finally {
      store.close();
    }
  } finally {
    lock.release();
  }
}

function total({ objects, parts, values }: Pick<Released, "objects" | "parts" | "values">): number {
  return objects + parts + values;
}

function whyNothing({ problem, seatsSince }: WideRow): string {
  if (problem !== null) return `the mapping fails (${problem}); mend it, and the next cycle tries again`;
  if (seatsSince !== null) return "waits for a seat; every cycle asks for one";
  return "is not failing";
}

function theOne(store: Store, { name }: ConnectionConfig, key: string): WideRow {
  const rows = store.people.find(key);
  const [row, another] = rows;
  if (row === undefined) throw new ConfigurationError(`${name}: nothing in the snapshot answers to "${key}"`);
  if (another !== undefined) {
    throw new ConfigurationError(`${name}: ${rows.length} people or groups answer to "${key}"`, {
      hint: `name one by id: ${rows.map((each) => `${each.sourceId} (${each.label})`).join(", ")}`,
    });
  }
  return row;
}

/** The connections whose snapshot knows that object. */
function whoKnow(
  invocation: Invocation,
  config: Config,
  connections: readonly ConnectionConfig[],
  key: string,
): readonly ConnectionConfig[] {
  const failing = new Set<string>();
  const found = connections.filter((connection) => {
    const store = lookAt(config, connection, invocation);
    try {
      for (const { label } of store?.failures.objects(mostCompared) ?? []) failing.add(label);
      for (const { label } of store?.failures.parts(mostCompared) ?? []) failing.add(label);
      return (store?.people.find(key).length ?? 0) > 0;
    } finally {
      store?.close();
    }
  });
  if (found.length > 0) return found;
  const where = connections.map(({ name }) => name).join(", ");
  throw new ConfigurationError(
    `nothing in the snapshot of ${where} answers to "${key}"${didYouMean(key, failing)}`,
    {
      hint: "give the login name, e-mail address or id of a person, or the name or id of a group; `rollcall status --verbose` lists what is failing",
    },
  );
}

function lines(
  { connection, objects, parts, values, note }: Released,
  key: string | undefined,
  { paint }: Screen,
): string[] {
  const name = escaped(connection);
  const whose = key === undefined ? "" : `${escaped(key)}: `;
  if (note !== undefined)
    return [`  ${name}: ${key === undefined ? "" : `${escaped(key)} `}${escaped(note)}`];
  const all = total({ objects, parts, values });
  if (all === 0) return [`  ${name}: nothing is failing`];
  const what = [
    ...(objects > 0 ? [counted(objects, "person or group", "people and groups")] : []),
    ...(parts > 0 ? [counted(parts, "reference or membership", "references and memberships")] : []),
    ...(values > 0
      ? [counted(values, "value that another system writes too", "values that another system writes too")]
      : []),
  ];
  const verb = all === 1 ? "is" : "are";
  return [`${paint.add("✓")} ${name}: ${whose}${listed(what)} ${verb} tried again`];
}
