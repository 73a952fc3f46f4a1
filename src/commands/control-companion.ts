import { sep } from "node:path";
import pLimit from "p-limit";
import { type ControlOptions, openControl } from "../daemon/control.ts";
import type { Host } from "../daemon/control-host.ts";
import { controlSocket } from "../daemon/control-place.ts";
import type { Companion, CompanionContext } from "./daemon-companions.ts";
import { run } from "./run.ts";
import { version } from "./version.ts";

/** The parts of a daemon that commands need; version and groups are this program's and this machine's unless a test says otherwise. */
type Daemon = Pick<CompanionContext, "invocation" | "worker" | "log" | "stop"> &
  Partial<Pick<ControlOptions, "version" | "groups">>;

/** Commands run in the daemon, for whoever types them while it runs. */
export async function openControlSocket(context: Daemon): Promise<Companion> {
  const { invocation, worker, log, groups, version: said = version() } = context;
  const { environment, clock } = invocation.io;
  const { control, state, file, daemon } = worker.config;
  const path = controlSocket({
    control,
    state,
    runtimeDirectory: environment["RUNTIME_DIRECTORY"],
    isRoot: process.geteuid?.() === 0,
  });
  return openControl({
    path,
    // The state folder is nobody else's; in any other the groups have to reach the socket.
    folderMode: path.startsWith(`${state}${sep}`) ? 0o700 : 0o755,
    config: file,
    version: said,
    ...(groups === undefined ? {} : { groups }),
    patienceMs: daemon.stopTimeoutMs,
    host: hostOf(context),
    log,
    run: (argv, seat) => run(argv, { ...seat, clock }),
  });
}

function hostOf({ worker, log, stop }: Daemon): Host {
  const onCopy = pLimit(1);
  return {
    get config() {
      return worker.config;
    },
    turn: (connection, asked, work) => worker.turn(connection, asked, work),
    watch: (listener) => worker.watch(listener),
    status: () => worker.status(),
    reload: () => worker.reload(),
    isAlive: () => worker.isAlive(),
    meter: worker.meter,
    refusals: worker.refusals,
    version: version(),
    log,
    onCopy,
    stop,
  };
}
