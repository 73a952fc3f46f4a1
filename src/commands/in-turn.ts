import { join } from "node:path";
import type { Config } from "../config/config.ts";
import type { Guest } from "../daemon/control-seat.ts";
import type { Turn } from "../daemon/turn.ts";
import { BusyError } from "../errors.ts";
import { type Lock, takeLock } from "../store/lock.ts";
import { type Invocation, isSet } from "./invocation.ts";
import { relative } from "./output/numbers.ts";
import { progressOf } from "./progress-of.ts";
import { createScreen } from "./screen.ts";

/** "cycle": as heavy as one, so that only some of them run at a time; "moment": a few rows are changed. */
type Weight = "cycle" | "moment";

/**
 * Does `work` when its turn with a connection has come. In a process of its own that is at once: the lock says whether somebody else works on it.
 * In a daemon it waits for the cycle that runs, and shows how far that is.
 */
export async function inTurn<Result>(
  invocation: Invocation,
  connection: string,
  weight: Weight,
  work: (turn: Turn) => Promise<Result>,
): Promise<Result> {
  const { io } = invocation;
  const { guest } = io;
  if (guest === undefined)
    return work({ signal: io.signal, abort: io.abort, progress: () => {}, report: () => {} });
  const { host, holds, lost, what } = guest;
  // What is cut off must not go on waiting for a person.
  const unanswered = () => guest.leaveUnanswered();
  // Two commands that each have what the other one waits for would wait for ever.
  if (holds.size > 0 && isTaken(guest, connection)) throw busy(connection);
  const place = weight === "cycle" && holds.size === 0 ? ({ place: "person" } as const) : {};
  const wanted = new AbortController();
  const notWanted = () => wanted.abort();
  const line = progressOf(invocation, connection);
  let unwatch = () => {};
  const begin = () => {
    lost.removeEventListener("abort", notWanted);
    unwatch();
    line?.clear();
  };
  io.signal.addEventListener("abort", notWanted);
  lost.addEventListener("abort", notWanted);
  if (io.signal.aborted || lost.aborted) notWanted();
  try {
    const waiting = ({ what: other, askedAt }: { readonly what: string; readonly askedAt: number }) => {
      if (!isSet(invocation.flags, "quiet")) {
        const since = relative(askedAt, io.clock.now());
        createScreen(invocation).message(`${connection}: waits for ${other}, asked for ${since}`);
      }
      unwatch = host.watch((event) => {
        if (event.type === "progress" && event.connection === connection) line?.show(event.progress);
      });
    };
    return await host.turn(
      connection,
      { what, ...place, signal: wanted.signal, abort: io.abort, waiting },
      async (turn) => {
        begin();
        holds.add(connection);
        turn.abort.addEventListener("abort", unanswered);
        try {
          return await work(turn);
        } finally {
          turn.abort.removeEventListener("abort", unanswered);
          holds.delete(connection);
        }
      },
    );
  } finally {
    begin();
    io.signal.removeEventListener("abort", notWanted);
  }
}

/** The connection's lock, in its turn, for commands that change the snapshot without a cycle. Throws BusyError where another process has it. */
export async function lockInTurn(
  invocation: Invocation,
  { state }: Config,
  connection: string,
): Promise<Lock> {
  const { promise, resolve, reject } = Promise.withResolvers<Lock>();
  const { promise: released, resolve: end } = Promise.withResolvers<void>();
  inTurn(invocation, connection, "moment", async () => {
    const lock = takeLock(join(state, `${connection}.lock`), connection);
    resolve({
      release() {
        lock.release();
        end();
      },
    });
    await released;
  }).catch(reject);
  return promise;
}

function isTaken({ host }: Guest, connection: string): boolean {
  const work = host.status().connections.find((each) => each.connection === connection);
  return work !== undefined && (work.doing !== undefined || work.waiting.length > 0);
}

function busy(connection: string): BusyError {
  return new BusyError(`${connection}: somebody else is working on this connection right now`, {
    hint: "wait until it is done; `rollcall status` shows what it does",
  });
}
