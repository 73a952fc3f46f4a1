import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { ConfigurationError } from "../errors.ts";
import { isOfTheDisk } from "../files.ts";
import type { Manifest } from "../store/backup-manifest.ts";
import { type Moved, movedOf, restoreFolder, restoreMark } from "../store/house.ts";
import { takeLock } from "../store/lock.ts";
import {
  adapt,
  type Conflict,
  closeState,
  conflicts,
  decide,
  finishRestore,
  readManifest,
  unpack,
} from "../store/restore.ts";
import { type LostRejection, lostRejections } from "../store/restore-decisions.ts";
import { stateFiles } from "../store/state-file.ts";
import { actorOf } from "./actor.ts";
import { dryRun, isForReal, reasonFor } from "./decide.ts";
import { type Invocation, isSet } from "./invocation.ts";
import { keepDaemonOut } from "./no-daemon.ts";
import { openConfig } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { isoTime } from "./output/json.ts";
import { counted } from "./output/numbers.ts";
import { wrap } from "./output/table.ts";
import { createScreen, type Screen } from "./screen.ts";

/**
 * `rollcall restore`: puts a backup in the place of the state, which is moved aside and never deleted. Everything is checked before anything is moved; a
 * process that dies over it leaves the old state, or what the same command brings to its end. The next sync of each connection reads and compares
 * everything before it writes.
 */
export async function run(invocation: Invocation): Promise<number> {
  const [file = ""] = invocation.arguments;
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  checkFile(file);
  const head = await readManifest(file);
  const isBrokenOff = existsSync(join(config.state, restoreFolder, restoreMark));
  const found = isBrokenOff ? [] : conflicts(config.state, head);
  const moved = movedOf(config.state);
  const lost = isBrokenOff ? [] : lostRejections(config.state, head);
  const isWhole = head.handover && found.length === 0 && moved === undefined;
  const isDone = isForReal(invocation);
  refuseConflicts(invocation, config, found, isDone);
  const reason = isBrokenOff ? "" : await reasonFor(invocation, "Why is the state put back?");
  const aside = isDone
    ? restore(invocation, config, file, head, { reason, isBrokenOff, isWhole })
    : undefined;
  show(screen, config, { file, head, found, moved, lost, isWhole, aside: await aside, isDone });
  return 0;
}

function checkFile(file: string): void {
  try {
    if (statSync(file).isFile()) return;
  } catch (cause) {
    if (!isOfTheDisk(cause)) throw cause;
    throw new ConfigurationError(`cannot read ${file}: ${cause.message}`, { cause });
  }
  throw new ConfigurationError(`${file} is no file`);
}

/** Without --replace nothing is put in the place of what is newer or another state. A dry run shows it. */
function refuseConflicts(
  { flags }: Invocation,
  { state }: Config,
  found: readonly Conflict[],
  isDone: boolean,
): void {
  if (!isDone || found.length === 0 || isSet(flags, "replace")) return;
  throw new ConfigurationError(
    `the state in ${state} is not an older form of that backup: ${found.map(wordOf).join("; ")}`,
    {
      hint: "to put the backup in its place all the same, add --replace; the state that is here is moved aside",
    },
  );
}

function wordOf({ connection, is }: Conflict): string {
  const words = {
    moved: "it was handed over, and is worked with elsewhere",
    newer: `more was done with ${connection} since`,
    other: `${connection} is another snapshot (another lineage)`,
    missing: `${connection} is not in the backup`,
  };
  return words[is];
}

async function restore(
  { io }: Invocation,
  { state, connections }: Config,
  file: string,
  head: Manifest,
  {
    reason,
    isBrokenOff,
    isWhole,
  }: { readonly reason: string; readonly isBrokenOff: boolean; readonly isWhole: boolean },
): Promise<string | undefined> {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const backedUp = head.files
    .filter(({ kind }) => kind === "connection")
    .map(({ name }) => name.slice(0, -3));
  const names = new Set([...stateFiles(state), ...backedUp, ...connections.map(({ name }) => name)]);
  const locks: { release(): void }[] = [];
  try {
    locks.push(keepDaemonOut(state));
    for (const name of names) locks.push(takeLock(join(state, `${name}.lock`), name, { evenIfMoved: true }));
    if (!isBrokenOff) {
      try {
        const at = io.clock.now();
        await unpack(state, file, () => io.signal.throwIfAborted());
        adapt(state, head, { at, actor: actorOf(io), reason, isWhole });
        closeState(state);
        decide(state, head, at);
      } catch (cause) {
        // Up to here nothing was moved, and nothing is left.
        rmSync(join(state, restoreFolder), { recursive: true, force: true });
        throw isOfTheDisk(cause) ? noRoom(state, cause) : cause;
      }
    }
    return finishRestore(state, () => {});
  } finally {
    for (const lock of locks) lock.release();
  }
}

function noRoom(state: string, cause: Error): ConfigurationError {
  return new ConfigurationError(`cannot unpack the backup in ${state}: ${cause.message}`, {
    cause,
    hint: "there has to be room for it beside the state that is there; nothing was changed",
  });
}

function show(
  screen: Screen,
  { state }: Config,
  {
    file,
    head,
    found,
    moved,
    lost,
    isWhole,
    aside,
    isDone,
  }: {
    readonly file: string;
    readonly head: Manifest;
    readonly found: readonly Conflict[];
    readonly moved: Moved | undefined;
    readonly lost: readonly LostRejection[];
    readonly isWhole: boolean;
    readonly aside: string | undefined;
    readonly isDone: boolean;
  },
): void {
  screen.document("Restore", {
    file,
    madeAt: head.madeAt,
    madeBy: head.madeBy,
    host: head.host,
    rollcall: head.version,
    handover: head.handover,
    files: head.files.map(({ name, kind, size }) => ({ name, kind, size })),
    conflicts: found,
    lostRejections: lost.map((each) => ({ ...each, at: isoTime(each.at) })),
    beginsPaused: !isWhole,
    aside: aside ?? null,
    done: isDone,
  });
  const connections = head.files
    .filter(({ kind }) => kind === "connection")
    .map(({ name }) => name.slice(0, -3));
  const what = `${counted(connections.length, "connection")} (${connections.join(", ")}) as of ${head.madeAt.slice(0, 16).replace("T", " ")} UTC, written on ${head.host} by ${head.madeBy}`;
  const warnings = othersTexts(head, moved);
  const texts = isDone
    ? [
        `The state in ${state} is now that of the backup: ${what}.`,
        ...(aside === undefined
          ? []
          : [`What was there before is in ${aside}; remove it when you no longer need it.`]),
        "The next sync of each connection reads and compares everything before it writes anything, and what was approved back then is asked about again.",
        ...lostTexts(lost, "are not in it any more"),
        ...warnings,
        isWhole
          ? "Next: rollcall plan"
          : "Every connection is paused, because what persons said since the backup (a pause, a no) may be missing. Next: rollcall plan, and when it is as you want it: rollcall resume",
      ]
    : [
        `${file} holds ${what}.`,
        ...found.map((each) => `In the way: ${wordOf(each)} (--replace)`),
        `The state in ${state} would be moved aside, and that of the backup put in its place.`,
        ...lostTexts(lost, "would be lost"),
        ...(isWhole ? [] : ["Every connection would be paused until `rollcall resume`."]),
        ...warnings,
      ];
  screen.lines(texts.flatMap((text) => wrap(escaped(text), screen.width)));
  if (!isDone) screen.line(dryRun);
}

const mostNamed = 10;

/** Changes that persons said no to, and that would be asked about, or written, again. */
function lostTexts(lost: readonly LostRejection[], become: string): readonly string[] {
  if (lost.length === 0) return [];
  const named = lost
    .slice(0, mostNamed)
    .map(
      ({ connection, label, group, class: what, actor, reason }) =>
        `${label}${group === null ? "" : ` in ${group}`} (${connection}, ${what}; by ${actor}: ${reason})`,
    );
  const more = lost.length > mostNamed ? `; and ${lost.length - mostNamed} more (--json)` : "";
  return [
    `Rejections since the backup ${become}, say them again where they still hold: ${named.join("; ")}${more}.`,
  ];
}

/** Who else may work with the same accounts, and must not. */
function othersTexts({ handover, host }: Manifest, moved: Moved | undefined): readonly string[] {
  const why = "two that work with the same accounts undo each other's work";
  const texts: string[] = [];
  if (moved !== undefined)
    texts.push(
      `The state here was handed over. See to it that nobody works with what was restored from ${moved.file} (written on ${moved.host}): ${why}.`,
    );
  if (!handover && host !== hostname())
    texts.push(
      `The backup is of ${host} and was not a handover: the state on ${host} must no longer be worked with (stop its daemon): ${why}.`,
    );
  return texts;
}
