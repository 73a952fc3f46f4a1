import { type Connection, connectionNamed, openSourceFor } from "../connection.ts";
import { ConfigurationError } from "../errors.ts";
import type { Kind } from "../scim/resource.ts";
import { readSubject } from "../sync/read-subject.ts";
import { idsByAttribute, samePeople, type Unclear } from "../sync/same-people.ts";
import {
  groupsLeft,
  leaveGroups,
  type Move,
  moveOf,
  sameTarget,
  transfer,
  type Ways,
  whyNotMoved,
} from "../sync/transfer.ts";
import type { Work } from "../sync/work.ts";
import { dryRun, isForReal, reasonFor } from "./decide.ts";
import { type Invocation, isSet, textOf } from "./invocation.ts";
import { openConfig, withConnection } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { count, counted, listed } from "./output/numbers.ts";
import { wrap } from "./output/table.ts";
import { createScreen, type Screen } from "./screen.ts";

/** So many people who stay are named; the rest is counted. */
const mostNamed = 50;

/** What a transfer comes to. */
interface Transfer {
  readonly from: string;
  readonly to: string;
  readonly target: string;
  readonly moves: readonly Move[];
  /** Whoever stays, and why. */
  readonly staying: readonly Unclear[];
  /** Groups of the old connection that somebody leaves. */
  readonly left: readonly string[];
  readonly isDone: boolean;
}

/** `rollcall transfer`: people who go from one connection to another at the same target keep their accounts, and nobody is switched off between. */
export async function run(invocation: Invocation): Promise<number> {
  const { flags } = invocation;
  const screen = createScreen(invocation);
  const [key] = invocation.arguments;
  const names = [textOf(flags, "from"), textOf(flags, "to")];
  const all = isSet(flags, "all");
  if (names.includes(undefined))
    throw new ConfigurationError("transfer needs --from and --to, each with the name of a connection");
  if (all === (key !== undefined))
    throw new ConfigurationError("transfer moves one person, or with --all everybody: name one of the two");
  if (all !== (textOf(flags, "by") !== undefined)) {
    throw new ConfigurationError("--all and --by go together", {
      hint: "--by userName compares names; --by onPremisesImmutableId, or another attribute of the new directory, compares it with the id in the old one",
    });
  }
  const config = await openConfig(invocation);
  const [from, to] = [connectionNamed(config, names[0]), connectionNamed(config, names[1])];
  const reason = await reasonFor(invocation, `Why are they moved from ${from.name} to ${to.name}?`);
  if (from.name === to.name) throw new ConfigurationError("--from and --to name the same connection");
  return withConnection(invocation, config, from, (old, clearOld) =>
    withConnection(invocation, config, to, async (young, clear) => {
      const done = await inRuns(old, young, (ways) => move(invocation, ways, reason));
      clearOld();
      clear();
      show(screen, done);
      return 0;
    }),
  );
}

async function inRuns(
  old: Connection,
  young: Connection,
  work: (ways: Ways) => Promise<Transfer>,
): Promise<Transfer> {
  const trigger = "transfer by hand";
  const ways = {
    from: old.begin({ purpose: "plan", trigger }),
    to: young.begin({ purpose: "plan", trigger }),
  };
  const end = (outcome: "done" | "failed") => {
    for (const each of [ways.from, ways.to])
      each.store.runs.end(each.run, each.clock.now(), outcome, undefined, {});
  };
  try {
    const result = await work(ways);
    end("done");
    return result;
  } catch (error) {
    end("failed");
    throw error;
  }
}

async function move(invocation: Invocation, ways: Ways, reason: string): Promise<Transfer> {
  const { flags } = invocation;
  const { from, to } = ways;
  sameTarget(ways);
  const [key] = invocation.arguments;
  const kind = isSet(flags, "group") ? "group" : "user";
  const { moves, staying } =
    key === undefined
      ? await everybody(ways, textOf(flags, "by") ?? "")
      : { moves: [await somebody(ways, kind, key, textOf(flags, "as") ?? key)], staying: [] };
  const [one] = key === undefined ? [] : moves;
  const left = one === undefined ? [] : groupsLeft(from, one).map(({ label }) => label);
  const isDone = isForReal(invocation);
  if (isDone && one !== undefined) await leaveGroups(from, one, reason);
  if (isDone) await transfer(ways, moves, reason);
  const about = { from: from.config.name, to: to.config.name, target: to.config.target.name };
  return { ...about, moves, staying, left, isDone };
}

async function somebody(ways: Ways, kind: Kind, key: string, as: string): Promise<Move> {
  const { from, to } = ways;
  const rows = from.store.people.find(key, kind).filter(({ targetId }) => targetId !== null);
  const [row, another] = rows;
  if (row === undefined) {
    throw new ConfigurationError(`${from.config.name}: nobody with an account answers to "${key}"`, {
      hint: "give the login name, e-mail address or id of a person there",
    });
  }
  if (another !== undefined) {
    throw new ConfigurationError(`${from.config.name}: ${rows.length} answer to "${key}"`, {
      hint: `name one by id: ${rows.map(({ sourceId }) => sourceId).join(", ")}`,
    });
  }
  const move = moveOf(row, await inNew(to, kind, as, key));
  const problem = whyNotMoved(ways, move);
  if (problem !== undefined)
    throw new ConfigurationError(`${row.label || row.sourceId} ${problem}`, { hint: "nothing was moved" });
  return move;
}

async function inNew(to: Work, kind: Kind, as: string, key: string) {
  try {
    return (await readSubject(to, kind, as)).row;
  } catch (error) {
    if (!(error instanceof ConfigurationError) || as !== key) throw error;
    throw new ConfigurationError(error.message, {
      cause: error,
      hint: `if they have another name there: --as NAME; ${error.hint ?? ""}`,
    });
  }
}

/** Whoever is clearly the same on both sides; the others stay where they are, and are named. */
async function everybody(
  ways: Ways,
  by: string,
): Promise<{ readonly moves: readonly Move[]; readonly staying: readonly Unclear[] }> {
  const { to } = ways;
  if (to.store.meta.number("complete_run") === 0) {
    throw new ConfigurationError(`${to.config.name} has not read its directory yet`, {
      hint: `first: rollcall plan ${to.config.name} (it writes nothing to the target)`,
    });
  }
  const { moves, unclear } = samePeople(ways, by === "userName" ? undefined : await idsOf(to, by));
  const bad = moves.flatMap((each) => {
    const why = whyNotMoved(ways, each);
    return why === undefined ? [] : [{ each, why }];
  });
  const refused = new Set(bad.map(({ each }) => each));
  const about = bad.map(({ each, why }) => ({
    kind: each.from.kind,
    label: each.from.label || each.from.sourceId,
    why,
  }));
  return { moves: moves.filter((each) => !refused.has(each)), staying: [...unclear, ...about] };
}

async function idsOf(to: Work, attribute: string) {
  const source = await openSourceFor(to.config, attribute, to);
  try {
    return await idsByAttribute(source, attribute, to.signal);
  } finally {
    await source.close();
  }
}

function show(screen: Screen, { from, to, target, moves, staying, left, isDone }: Transfer): void {
  const rows = moves.map(({ from: old, to: young }) => ({
    kind: old.kind,
    label: young.label,
    targetId: old.targetId,
    from: old.sourceId,
    to: young.sourceId,
  }));
  screen.document("Transfer", { from, to, target, moves: rows, staying, leftGroups: left, done: isDone });
  if (screen.quiet) return;
  const say = (text: string, mark = " ") =>
    screen.lines(wrap(escaped(text), screen.width - 2).map((line, at) => `${at === 0 ? mark : " "} ${line}`));
  const people = moves.filter(({ from: { kind } }) => kind === "user").length;
  const parts = [
    ...(people > 0 ? [counted(people, "person", "people")] : []),
    ...(moves.length > people ? [counted(moves.length - people, "group")] : []),
  ];
  const verb = isDone ? (moves.length === 1 ? "was moved" : "were moved") : "would be moved";
  const kept = moves.length === 1 ? "The account stays as it is" : "Their accounts stay as they are";
  if (moves.length === 0) say(`Nobody ${isDone ? "was" : "would be"} moved from ${from} to ${to}.`);
  else
    say(
      `${listed(parts)} ${verb} from ${from} to ${to}. ${kept} at ${target}; nobody is switched off.`,
      isDone ? screen.paint.add("✓") : " ",
    );
  for (const each of rows.slice(0, 5)) say(`  ${each.label || each.to}: ${each.targetId}`);
  if (rows.length > 5) say(`  ... ${count(rows.length - 5)} more`);
  if (left.length > 0)
    say(`${isDone ? "Taken" : "To be taken"} out of the groups of ${from}: ${listed(left)}`);
  if (staying.length > 0)
    say(`${counted(staying.length, "person or group stays", "people and groups stay")} with ${from}:`);
  for (const { label, why } of staying.slice(0, mostNamed)) say(`  ${label}: ${why}`);
  if (staying.length > mostNamed) say(`  ... ${count(staying.length - mostNamed)} more`);
  if (isDone) say(`What differs is an ordinary change: rollcall plan ${to}`);
  else screen.lines(["", dryRun]);
}
