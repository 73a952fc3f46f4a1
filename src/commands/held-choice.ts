import type { Config, ConnectionConfig } from "../config/config.ts";
import { ConfigurationError } from "../errors.ts";
import { digest } from "../store/digest.ts";
import { changeOf, type HeldObject } from "../store/held-objects.ts";
import type { Hold } from "../store/holds.ts";
import type { Answered, Rejection } from "../store/rejections.ts";
import type { Store } from "../store/store.ts";
import { didYouMean, listNames } from "../yaml/suggest.ts";
import type { Invocation } from "./invocation.ts";
import { connectionsOf, lookAt } from "./open.ts";

/** One change that a person is asked about, or was and said no. */
export interface HeldChange extends Omit<HeldObject, "desired">, Required<Answered> {
  /** The number of its hold; undefined: it was rejected. */
  readonly hold: number | undefined;
  readonly rejection: Rejection | undefined;
}

/** What somebody means: a hold by number or class, or everything; of that only what has to do with these people or groups. */
export interface Wanted {
  readonly hold: string | undefined;
  readonly only: readonly string[];
  /** Also what was rejected. */
  readonly rejected: boolean;
}

/** Everything under a hold, in row order. */
export function changesUnder(store: Store, hold: Hold): HeldChange[] {
  return store.holds.objects(hold.id, -1).map((object) => ({
    ...object,
    ...changeOf(object, hold.class),
    grp: object.grp,
    path: "",
    hold: hold.id,
    rejection: undefined,
  }));
}

/** What persons said no to and is still wanted; those first that were rejected last. */
export function rejectedChanges(store: Store): HeldChange[] {
  return store.holds.rejections.list(-1).map(({ why, actor, reason, at, ...object }) => ({
    ...object,
    reason: why,
    matchId: null,
    matchNote: null,
    hold: undefined,
    rejection: { class: object.class, actor, reason, at },
  }));
}

/** The changes that are meant, in one snapshot. Nothing when there is no such hold; throws where a key fits nobody there, or several. */
export function choose(store: Store, wanted: Wanted): readonly HeldChange[] {
  const holds = store.holds.open().filter((hold) => isMeant(hold, wanted.hold));
  const held = holds.flatMap((hold) => changesUnder(store, hold));
  const all = wanted.rejected
    ? [...held, ...rejectedChanges(store).filter((each) => isMeant(each, wanted.hold))]
    : held;
  if (wanted.only.length === 0) return all;
  const chosen = new Set(wanted.only.flatMap((key) => changesOf(store, all, key)));
  return all.filter((each) => chosen.has(each));
}

/** Changes a list, or one change of it: the same text only for exactly the same changes. */
export function digestOf(changes: readonly HeldChange[]): string {
  const each = changes.map(
    ({ resource, grp, path, class: name, bound }) =>
      `${resource} ${grp} ${path} ${name} ${bound.toString("hex")}`,
  );
  return digest(each.toSorted()).toString("hex").slice(0, 10);
}

/** The one connection in which something is meant, and what. Throws ConfigurationError, with what there is, when it is none or several. */
export function chooseIn(
  invocation: Invocation,
  config: Config,
  named: string | undefined,
  wanted: Wanted,
): { readonly connection: ConnectionConfig; readonly changes: readonly HeldChange[] } {
  const connections = connectionsOf(config, named === undefined ? [] : [named]);
  const problems: unknown[] = [];
  const found = connections.flatMap((connection) => {
    const store = lookAt(config, connection, invocation);
    try {
      const changes = store === undefined ? [] : choose(store, wanted);
      if (changes.length === 0 && store !== undefined) problems.push(nothing(connection, store, wanted));
      return changes.length === 0 ? [] : [{ connection, changes }];
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push(error);
      return [];
    } finally {
      store?.close();
    }
  });
  const [first, second] = found;
  if (second !== undefined) {
    throw new ConfigurationError(`several connections hold ${wordOf(wanted)}: say which with --connection`, {
      hint: found.map(({ connection }) => connection.name).join(", "),
    });
  }
  if (first !== undefined) return first;
  if (problems.length === 1) throw problems[0];
  throw new ConfigurationError(`nothing is held as ${wordOf(wanted)}`, {
    hint: "`rollcall held list` shows what is",
  });
}

/** True when there is an open hold of that class or number, wherever. */
export function namesHold(
  invocation: Invocation,
  config: Config,
  named: string | undefined,
  meant: string,
): boolean {
  return connectionsOf(config, named === undefined ? [] : [named]).some((connection) => {
    const store = lookAt(config, connection, invocation);
    try {
      return store?.holds.open().some((hold) => isMeant(hold, meant)) === true;
    } finally {
      store?.close();
    }
  });
}

function isMeant(
  { id, class: name }: { readonly id?: number; readonly class: string },
  hold: string | undefined,
) {
  return hold === undefined || hold === "all" || hold === name || hold === String(id);
}

/** What of these changes has to do with the person or group that an admin knows by this. */
function changesOf(store: Store, all: readonly HeldChange[], key: string): readonly HeldChange[] {
  const rows = store.people.find(key);
  const exact = rows.filter((row) => row.sourceId === key);
  const perRow = (exact.length > 0 ? exact : rows)
    .map((row) => ({ row, hits: all.filter((each) => each.resource === row.id || each.grp === row.id) }))
    .filter(({ hits }) => hits.length > 0);
  const [first, second] = perRow;
  if (second !== undefined) {
    throw new ConfigurationError(`${perRow.length} people or groups of those held answer to "${key}"`, {
      hint: `name one by id: ${perRow.map(({ row }) => `${row.sourceId} (${row.label})`).join(", ")}`,
    });
  }
  if (first !== undefined) return first.hits;
  const names = all.flatMap(({ label, groupLabel }) => (groupLabel === null ? [label] : [label, groupLabel]));
  throw new ConfigurationError(`nothing of "${key}" is held there${didYouMean(key, names.slice(0, 1_000))}`, {
    hint: "name a person by login name, e-mail address or id, a group by its name or id; `rollcall held list` shows who is held",
  });
}

function nothing({ name }: ConnectionConfig, store: Store, wanted: Wanted): ConfigurationError {
  const open = store.holds.open();
  const number = /^\d+$/.test(wanted.hold ?? "")
    ? "a hold gets another number when what it holds was approved or changed; "
    : "";
  const held = listNames(open.map((each) => `${each.class} (${each.id})`));
  return new ConfigurationError(`${name}: nothing is held as ${wordOf(wanted)}`, {
    hint:
      open.length === 0
        ? "nothing is held there"
        : `${number}held are: ${held}; see \`rollcall held list ${name}\` first`,
  });
}

function wordOf({ hold, only }: Wanted): string {
  return `"${hold ?? only.join(", ")}"`;
}
