import { openStore } from "../connection.ts";
import { ConfigurationError, ConnectionError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { aboutAnswer, approve } from "../sync/approve.ts";
import { actorOf } from "./actor.ts";
import { choose, chooseIn, digestOf, type HeldChange, type Wanted } from "./held-choice.ts";
import { lockInTurn } from "./in-turn.ts";
import { type Invocation, textOf, textsOf } from "./invocation.ts";
import { openConfig } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { changeFields, changeLine } from "./output/held.ts";
import { isoTime } from "./output/json.ts";
import { count, counted, localTime } from "./output/numbers.ts";
import { wrap } from "./output/table.ts";
import { createScreen, type Screen } from "./screen.ts";

/** So many changes are named before the reason is asked for. */
const mostNamed = 20;

/** A yes or a no to what is held: to everything, a class, a hold, or what has to do with some people or groups. As it stands now, or not at all. */
export async function answer(invocation: Invocation, word: "approve" | "reject"): Promise<number> {
  const { io, flags } = invocation;
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const wanted = wantedOf(invocation, word);
  const { connection, changes: seen } = chooseIn(invocation, config, textOf(flags, "connection"), wanted);
  const expected =
    textOf(flags, "expect") ?? (textOf(flags, "reason") === undefined ? digestOf(seen) : undefined);
  if (textOf(flags, "reason") === undefined && io.ask !== undefined) showSeen(seen, screen);
  const reason = await reasonOf(invocation, connection.name, word, seen);
  const lock = await lockInTurn(invocation, config, connection.name);
  try {
    const store = openStore(config, connection, io.clock, { create: false });
    try {
      const changes = choose(store, wanted);
      if (changes.length === 0 || (expected !== undefined && digestOf(changes) !== expected))
        throw changedMeanwhile(connection.name, wanted, changes);
      const by = { actor: actorOf(io), reason, at: io.clock.now() };
      if (word === "approve") {
        const expiresAt = approveChanges(store, changes, by);
        screen.document("Approval", {
          ...fields(connection.name, changes, by),
          expiresAt: isoTime(expiresAt),
        });
        screen.lines(say(screen, afterYes(changes, by.actor, expiresAt)));
        screen.line(`  ${goes(changes)} with the next cycle, or now: rollcall sync ${connection.name}`);
      } else {
        rejectChanges(store, changes, by);
        screen.document("Rejection", fields(connection.name, changes, by));
        screen.lines(say(screen, `${what(changes)} rejected by ${escaped(by.actor)}.`));
        screen.lines(wrap(afterNo, screen.width - 2).map((line) => `  ${line}`));
      }
      return 0;
    } finally {
      store.close();
    }
  } finally {
    lock.release();
  }
}

const afterNo =
  "Nothing of it is sent while the same is wanted; when something else is, it is looked at anew. Listed by `rollcall held list --rejected`; `rollcall held approve --only KEY` takes it back.";

interface By {
  readonly actor: string;
  readonly reason: string;
  readonly at: number;
}

/** Writes a yes down. Returns until when it is good. */
export function approveChanges(store: Store, changes: readonly HeldChange[], by: By): number {
  return approve(store, changes, by, runOf(store));
}

/** Writes a no down: the rejections and their rows of the audit trail, in one transaction. */
export function rejectChanges(store: Store, changes: readonly HeldChange[], by: By): void {
  store.transaction(() => {
    const run = runOf(store);
    store.holds.reject(changes, by);
    for (const change of changes)
      store.audit.decision(run(change), by.actor, by.at, aboutAnswer(change, "reject", by.reason));
  });
}

/** The run that opened the hold; of what was rejected before, the last one. */
function runOf(store: Store): (change: HeldChange) => number {
  const runs = new Map(store.holds.open().map((hold) => [hold.id, hold.run]));
  const [last] = store.runs.latest(1);
  return ({ hold }) => (hold === undefined ? undefined : runs.get(hold)) ?? last?.id ?? 0;
}

function wantedOf({ arguments: [hold], flags }: Invocation, word: "approve" | "reject"): Wanted {
  const only = textsOf(flags, "only");
  if (hold === undefined && only.length === 0) {
    throw new ConfigurationError(`say what to ${word}`, {
      hint: `a class or a number of \`rollcall held list\`, or "all"; or with --only some people or groups`,
    });
  }
  // A yes takes back a no, if the object is named.
  return { hold, only, rejected: word === "approve" && only.length > 0 };
}

function showSeen(changes: readonly HeldChange[], screen: Screen): void {
  screen.lines(changes.slice(0, mostNamed).map((change) => `  ${changeLine(change)}`));
  if (changes.length > mostNamed) screen.line(`  ... ${count(changes.length - mostNamed)} more`);
}

async function reasonOf(
  { io, flags }: Invocation,
  name: string,
  word: "approve" | "reject",
  changes: readonly HeldChange[],
): Promise<string> {
  const may = word === "approve" ? "may" : "must";
  const go = word === "approve" ? "go through" : "not go through";
  const ask = `Why ${may} ${what(changes)} of ${name} ${go}? `;
  const given = textOf(flags, "reason") ?? (await io.ask?.(ask));
  const reason = given?.trim() ?? "";
  if (reason === "") {
    throw new ConfigurationError(`${word === "approve" ? "an approval" : "a rejection"} needs a reason`, {
      hint: 'add --reason "..."; it is kept in the audit trail',
    });
  }
  return reason;
}

function changedMeanwhile(name: string, wanted: Wanted, now: readonly HeldChange[]): ConnectionError {
  const left =
    now.length === 0 ? "nothing of it is held any more" : `now it is ${what(now)} (${digestOf(now)})`;
  const which = wanted.hold ?? wanted.only.map((key) => `"${key}"`).join(" ");
  return new ConnectionError(
    `${name}: what is held is not what you looked at; ${left}. Nothing was changed`,
    { hint: `look again: rollcall held show ${which} --connection ${name}` },
  );
}

/** "12 changes of class deactivations", "3 changes (2 deactivations, 1 cleared-values)" */
function what(changes: readonly HeldChange[]): string {
  const byClass = new Map<string, number>();
  for (const { class: name } of changes) byClass.set(name, (byClass.get(name) ?? 0) + 1);
  const all = counted(changes.length, "change");
  const [only, another] = byClass.keys();
  if (another === undefined) return `${all} of class ${only ?? ""}`;
  return `${all} (${[...byClass].map(([name, n]) => `${count(n)} ${name}`).join(", ")})`;
}

/** Of what no guard limits there is nothing to approve: nobody says no any more. */
function afterYes(changes: readonly HeldChange[], actor: string, expiresAt: number): string {
  if (changes.every(({ class: name }) => name === "changes"))
    return `${counted(changes.length, "change is", "changes are")} no longer rejected, by the word of ${escaped(actor)}.`;
  return `${what(changes)} approved by ${escaped(actor)}, good until ${localTime(expiresAt)}.`;
}

function goes(changes: readonly HeldChange[]): string {
  return changes.length === 1 ? "It goes" : "They go";
}

function say({ paint, width }: Screen, text: string): string[] {
  return wrap(text, width - 2).map((line, at) => `${at === 0 ? paint.add("✓") : " "} ${line}`);
}

function fields(connection: string, changes: readonly HeldChange[], { actor, reason }: By) {
  const [first] = changes;
  const same = <T>(of: (change: HeldChange) => T) =>
    first !== undefined && changes.every((each) => of(each) === of(first)) ? of(first) : null;
  return {
    connection,
    hold: same((each) => each.hold) ?? null,
    class: same((each) => each.class),
    objects: changes.length,
    digest: digestOf(changes),
    changes: changes.map(changeFields),
    actor,
    reason,
  };
}
