import { once } from "node:events";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { serviceNotifier } from "../daemon/systemd.ts";
import { reloadTold, statusLine, tellSystemd } from "../daemon/tell-systemd.ts";
import { feedWatchdog } from "../daemon/watchdog.ts";
import { Worker } from "../daemon/worker.ts";
import { BusyError } from "../errors.ts";
import type { Log } from "../log.ts";
import { createLog, type Level } from "../observe/log.ts";
import { Metrics } from "../observe/metrics.ts";
import { type Lock, takeLock } from "../store/lock.ts";
import { type Companion, openCompanions } from "./daemon-companions.ts";
import { type Invocation, type Io, isSet } from "./invocation.ts";
import { loadSound } from "./load-sound.ts";
import { configFileOf } from "./open.ts";
import { passingTrouble } from "./passing-trouble.ts";
import { version } from "./version.ts";

/** `rollcall daemon`: every connection by its clock, until a signal ends it. */
export async function run(invocation: Invocation): Promise<number> {
  const { io } = invocation;
  const file = configFileOf(invocation);
  const load = () => loadSound(file);
  const config = await load();
  const log = createLog(levelOf(invocation), io.stdout);
  try {
    return await served(invocation, config, { load, log });
  } catch (error) {
    throw passingTrouble(error);
  }
}

async function served(
  invocation: Invocation,
  config: Config,
  { load, log }: { readonly load: () => Promise<Config>; readonly log: Log },
): Promise<number> {
  const { io } = invocation;
  const lock = onlyOne(config);
  try {
    const build = { version: version(), node: process.versions.node };
    const metrics = new Metrics(build, io.clock.now());
    const worker = new Worker({ config, load, clock: io.clock, log, meter: metrics });
    return await work(invocation, worker, { log, metrics });
  } finally {
    lock.release();
  }
}

async function work(
  invocation: Invocation,
  worker: Worker,
  { log, metrics }: { readonly log: Log; readonly metrics: Metrics },
): Promise<number> {
  const { io, flags } = invocation;
  const told = new AbortController();
  const stop = AbortSignal.any([io.signal, told.signal]);
  const companions = await openCompanions({ invocation, worker, log, metrics, stop: () => told.abort() });
  sayHello(worker.config, log);
  const notifier = serviceNotifier(io.environment, log);
  const silence = tellSystemd(worker, notifier);
  worker.start({ syncNow: isSet(flags, "syncNow") });
  await notifier.send("READY=1", statusLine(worker.status()));
  const fed = feedWatchdog(worker, notifier, { clock: io.clock, log }, stop);
  const deaf = io.onHangup?.(() => void reloadTold(worker, notifier));
  await untilAborted(stop);
  deaf?.();
  silence();
  log.info({}, "stopping: what is under way ends at its next step");
  await notifier.send("STOPPING=1", "STATUS=stopping");
  const isDone = await end(worker, companions, io);
  await fed;
  log.info({}, "the daemon has ended");
  return isDone ? 0 : 1;
}

function sayHello({ file, digest, connections, warnings }: Config, log: Log): void {
  const names = connections.map(({ name }) => name);
  log.info({ version: version(), file, digest, connections: names }, "the daemon runs");
  for (const { file: place, line, column, path, message } of warnings ?? [])
    log.warn(
      { at: `${place}:${line}:${column}`, key: path },
      `the configuration may hold a slip: ${message}`,
    );
}

/** Both at once: what the companions do may be what the worker waits for. */
async function end(worker: Worker, companions: readonly Companion[], { abort }: Io): Promise<boolean> {
  const hurry = () => worker.hurry();
  abort.addEventListener("abort", hurry);
  try {
    if (abort.aborted) hurry();
    const [isDone] = await Promise.all([worker.stop(), ...companions.map((each) => each.close(abort))]);
    return isDone;
  } finally {
    abort.removeEventListener("abort", hurry);
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}

function levelOf({ flags }: Invocation): Level {
  if (isSet(flags, "verbose")) return "debug";
  return isSet(flags, "quiet") ? "warn" : "info";
}

/** Two would each keep the clock of every connection. */
function onlyOne({ state }: Config): Lock {
  try {
    return takeLock(join(state, ".daemon.lock"), "daemon");
  } catch (error) {
    if (!(error instanceof BusyError)) throw error;
    throw new BusyError(`another daemon works in the state folder ${state}`, {
      cause: error,
      hint: "`rollcall status` shows what it does; to have it read a changed configuration, send it SIGHUP",
    });
  }
}
