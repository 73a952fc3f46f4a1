import { Paused } from "../errors.ts";
import type { Work } from "./work.ts";

/** True when a person paused the connection, in whatever process; asked before each call. */
export function isPaused({ store }: Pick<Work, "store">): boolean {
  return store.pause.current() !== undefined;
}

/** What is written down of a call that had been marked when the pause came. */
export const notSentPaused = "not sent: the connection was paused";

/** Throws when a person paused the connection, in whatever process: asked before each window of calls is marked. */
export function checkPause({ store, config }: Pick<Work, "store" | "config">): void {
  const pause = store.pause.current();
  if (pause !== undefined) throw new Paused(`${config.name}: paused by ${pause.actor}`);
}
