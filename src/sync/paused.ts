import { Paused } from "../errors.ts";
import type { Work } from "./work.ts";

/** Throws when a person paused the connection, in whatever process: asked before each window of calls, so that nothing more goes out. */
export function checkPause({ store, config }: Pick<Work, "store" | "config">): void {
  const pause = store.pause.current();
  if (pause !== undefined) throw new Paused(`${config.name}: paused by ${pause.actor}`);
}
