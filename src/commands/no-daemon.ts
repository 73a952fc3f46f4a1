import { join } from "node:path";
import { BusyError } from "../errors.ts";
import { type Lock, takeLock } from "../store/lock.ts";

/** Keeps a daemon from working with the state, and from being started. Throws BusyError where one runs. */
export function keepDaemonOut(state: string): Lock {
  try {
    return takeLock(join(state, ".daemon.lock"), "daemon", { evenIfMoved: true });
  } catch (error) {
    if (!(error instanceof BusyError)) throw error;
    throw new BusyError(`a daemon works with the state in ${state}`, {
      cause: error,
      hint: "stop it first (systemctl stop rollcall), and give the command again",
    });
  }
}
