import { rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { ConfigurationError } from "../errors.ts";
import { type Files, isOfTheDisk } from "../files.ts";
import { copyState, type StateCopy, stateDatabases } from "../store/backup.ts";
import { type Manifest, manifestName } from "../store/backup-manifest.ts";
import { markMoved, movedOf, takeBack } from "../store/house.ts";
import { type Lock, takeLock } from "../store/lock.ts";
import { StateFile, stateFiles } from "../store/state-file.ts";
import { type TarEntry, tarPieces } from "../store/tar.ts";
import { actorOf } from "./actor.ts";
import { dryRun, isForReal, reasonFor } from "./decide.ts";
import { filesOf } from "./files-of.ts";
import { type Invocation, isSet } from "./invocation.ts";
import { keepDaemonOut } from "./no-daemon.ts";
import { openConfig } from "./open.ts";
import { escaped, shellWord } from "./output/escape.ts";
import { counted } from "./output/numbers.ts";
import { wrap } from "./output/table.ts";
import { createScreen, type Screen } from "./screen.ts";
import { version } from "./version.ts";

/**
 * `rollcall backup`: the whole state in one file, as of one moment, while others go on to work with it. --handover marks the state here as moved: nothing
 * is done with it any more until somebody takes it back.
 */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const config = await openConfig(invocation);
  const [file] = invocation.arguments;
  if (isSet(invocation.flags, "takeBack")) return takeStateBack(invocation, config, screen);
  if (file === undefined)
    throw new ConfigurationError("say into which file", { hint: "rollcall backup /backup/rollcall.tar" });
  const files = filesOf(invocation.io);
  if (await files.exists(file))
    throw new ConfigurationError(`${file} exists already`, {
      hint: "a backup never overwrites anything: name another file",
    });
  if (stateDatabases(config.state).length === 0)
    throw new ConfigurationError(`there is no state in ${config.state} yet`);
  return isSet(invocation.flags, "handover")
    ? handOver(invocation, config, files, file, screen)
    : plainBackup(invocation, config, files, file, screen);
}

async function plainBackup(
  invocation: Invocation,
  config: Config,
  files: Files,
  file: string,
  screen: Screen,
): Promise<number> {
  const manifest = await write(invocation, config, files, file, false);
  show(screen, file, manifest, true);
  return 0;
}

/**
 * The mark comes first and the backup after it: a process that dies in between leaves a state that nobody works with, and not two. What does not come to
 * its end otherwise is taken back.
 */
async function handOver(
  invocation: Invocation,
  { state, ...config }: Config,
  files: Files,
  file: string,
  screen: Screen,
): Promise<number> {
  const { io } = invocation;
  const reason = await reasonFor(invocation, "Why is the state handed over?");
  if (!isForReal(invocation)) {
    const text = `The state in ${state} would be written to ${file}, and nothing done with it here any more.`;
    screen.document("Backup", { file, handover: true, done: false, rollcall: version(), files: [] });
    screen.lines([...wrap(escaped(text), screen.width), dryRun]);
    return 0;
  }
  const names = new Set([...stateFiles(state), ...config.connections.map(({ name }) => name)]);
  const locks = takeAll(state, [...names]);
  try {
    const at = io.clock.now();
    const actor = actorOf(io);
    tell(state, { at, actor, reason, action: "handover" });
    markMoved(state, { at, actor, reason, file, host: hostname() });
    try {
      const manifest = await write(invocation, { state, ...config }, files, file, true);
      show(screen, file, manifest, true);
    } catch (error) {
      takeBack(state);
      tell(state, { at: io.clock.now(), actor, reason: "the backup was not written", action: "take back" });
      throw error;
    }
    const text = `Nothing is done with the state here any more. Where it goes on: rollcall restore ${shellWord(file)} --yes`;
    screen.lines(wrap(escaped(text), screen.width));
    return 0;
  } finally {
    for (const lock of locks) lock.release();
  }
}

async function takeStateBack(invocation: Invocation, { state }: Config, screen: Screen): Promise<number> {
  const word = movedOf(state);
  if (word === undefined)
    throw new ConfigurationError(`the state in ${state} was not handed over: there is nothing to take back`);
  const reason = await reasonFor(invocation, "Why is it taken back?");
  const isDone = isForReal(invocation);
  if (isDone) {
    const locks = takeAll(state, stateFiles(state), { evenIfMoved: true });
    try {
      takeBack(state);
      const { io } = invocation;
      tell(state, { at: io.clock.now(), actor: actorOf(io), reason, action: "take back" });
    } finally {
      for (const lock of locks) lock.release();
    }
  }
  const { file, host } = word;
  screen.document("TakeBack", { file, host, done: isDone });
  const text = `The state in ${state} ${isDone ? "is worked with here again" : "would be worked with here again"}. See to it that nobody works with what was restored from ${file} (written on ${host}): two that work with the same accounts undo each other's work.`;
  screen.lines(wrap(escaped(text), screen.width));
  if (!isDone) screen.line(dryRun);
  return 0;
}

function takeAll(state: string, names: readonly string[], options: { evenIfMoved?: boolean } = {}): Lock[] {
  const locks: Lock[] = [];
  try {
    locks.push(keepDaemonOut(state));
    for (const name of names) locks.push(takeLock(join(state, `${name}.lock`), name, options));
    return locks;
  } catch (error) {
    for (const lock of locks) lock.release();
    throw error;
  }
}

function tell(
  state: string,
  {
    at,
    actor,
    reason,
    action,
  }: Readonly<Record<"actor" | "reason" | "action", string>> & { readonly at: number },
): void {
  for (const name of stateFiles(state)) {
    const file = new StateFile(state, name);
    try {
      file.transaction(() => file.audit.decisionOnAll(file.lastRun, actor, at, action, reason));
    } finally {
      file.close();
    }
  }
}

async function write(
  { io }: Invocation,
  { state }: Config,
  files: Files,
  file: string,
  handover: boolean,
): Promise<Manifest> {
  const now = io.clock.now();
  const copy = await copyState(state, now, io.signal);
  try {
    const manifest: Manifest = {
      kind: "rollcall-backup",
      format: 1,
      version: version(),
      madeAt: new Date(now).toISOString(),
      madeBy: actorOf(io),
      host: hostname(),
      handover,
      files: [...copy.files],
    };
    await writeArchive(files, file, entries(copy, manifest, now), io.signal);
    return manifest;
  } finally {
    rmSync(copy.folder, { recursive: true, force: true });
  }
}

function entries({ folder, files }: StateCopy, manifest: Manifest, at: number): TarEntry[] {
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  return [
    { name: manifestName, size: Buffer.byteLength(text), at, content: { text } },
    ...files.map(({ name, size }) => ({ name, size, at, content: { file: join(folder, name) } })),
  ];
}

/** There in full or not at all. */
async function writeArchive(
  files: Files,
  file: string,
  entries: readonly TarEntry[],
  signal: AbortSignal,
): Promise<void> {
  try {
    const archive = await files.open(file, "replace");
    try {
      for await (const piece of tarPieces(entries)) {
        signal.throwIfAborted();
        await archive.write(piece);
      }
      if (await files.exists(file))
        throw new ConfigurationError(`${file} was made by somebody else meanwhile`);
      await archive.finish();
    } catch (error) {
      await archive.drop().catch(() => {});
      throw error;
    }
  } catch (cause) {
    if (!isOfTheDisk(cause)) throw cause;
    throw new ConfigurationError(`cannot write ${file}: ${cause.message}`, {
      cause,
      hint: "name a file in a folder that you may write to, with room for the whole state",
    });
  }
}

function show(screen: Screen, file: string, manifest: Manifest, done: boolean): void {
  const { handover, files } = manifest;
  screen.document("Backup", { file, handover, done, rollcall: manifest.version, files });
  if (screen.quiet) return;
  const connections = files.filter(({ kind }) => kind === "connection").length;
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const text = `${file}: ${counted(connections, "connection")}, ${counted(files.length, "file")}, ${counted(Math.ceil(bytes / 1_048_576), "MiB", "MiB")}. It holds values of people: keep it as you keep the state.`;
  screen.lines(
    wrap(escaped(text), screen.width - 2).map(
      (line, at) => `${at === 0 ? screen.paint.add("✓") : " "} ${line}`,
    ),
  );
}
