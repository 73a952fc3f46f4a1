import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Log } from "../log.ts";

const execute = promisify(execFile);

/** A manager that does not answer for so long is left alone, ms. */
const longestMs = 10_000;

/** What the service manager that started us wants to be told (sd_notify(3)). */
export interface ServiceNotifier {
  /** How often it wants a sign of life, ms; undefined: never. */
  readonly watchdogMs: number | undefined;
  /** Assignments such as "READY=1", in one message. Messages arrive in the order of the calls. Never rejects. */
  send(...assignments: readonly string[]): Promise<void>;
}

/**
 * The service manager that the environment names; one that is told nothing where there is none. Node opens no datagram sockets of the kind that systemd
 * listens at, so each message goes by way of systemd-notify, which is part of systemd: some 10 ms, and it waits until the message was taken in. It is
 * another process than ours, which is why the unit needs NotifyAccess=all (every process in the unit's control group is ours).
 */
export function serviceNotifier(
  environment: Readonly<Record<string, string | undefined>>,
  log: Log,
): ServiceNotifier {
  const {
    NOTIFY_SOCKET: socket,
    WATCHDOG_USEC: microseconds,
    WATCHDOG_PID: watched,
    PATH: path,
  } = environment;
  if (socket === undefined || socket === "") return { watchdogMs: undefined, send: () => Promise.resolve() };
  const isForUs = watched === undefined || watched === String(process.pid);
  const everyMs = isForUs && microseconds !== undefined ? Number(microseconds) / 1000 : Number.NaN;
  let last = Promise.resolve();
  let isBroken = false;
  const tell = async (assignments: readonly string[]) => {
    try {
      await execute("systemd-notify", [...assignments], {
        env: { NOTIFY_SOCKET: socket, ...(path === undefined ? {} : { PATH: path }) },
        timeout: longestMs,
      });
      isBroken = false;
    } catch (error) {
      if (!isBroken) log.warn({ error }, "systemd cannot be told how the daemon is: systemd-notify failed");
      isBroken = true;
    }
  };
  return {
    watchdogMs: everyMs > 0 ? everyMs : undefined,
    send(...assignments) {
      last = last.then(() => tell(assignments));
      return last;
    },
  };
}

/** When a reload begins, as systemd wants it: with the time, so that it knows this one from an earlier one. */
export function reloading(): readonly string[] {
  // CLOCK_MONOTONIC in microseconds, which is what hrtime counts.
  return ["RELOADING=1", `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`];
}
