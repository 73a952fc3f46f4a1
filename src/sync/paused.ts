import { Paused } from "../errors.ts";
import type { Work } from "./work.ts";

/** What is written down of a call that was marked and is not sent after all; undefined where it is to be sent. Asked before each call. */
export function whyNotSent({ store, signal }: Pick<Work, "store" | "signal">): string | undefined {
  if (signal.aborted) return "not sent: rollcall was stopped";
  // In whatever process a person did it.
  return store.pause.current() === undefined ? undefined : "not sent: the connection was paused";
}

/** Throws when a person paused the connection, in whatever process: asked before each window of calls is marked. */
export function checkPause({ store, config }: Pick<Work, "store" | "config">): void {
  const pause = store.pause.current();
  if (pause !== undefined) throw new Paused(`${config.name}: paused by ${pause.actor}`);
}
