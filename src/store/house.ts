import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ConfigurationError, ConnectionError } from "../errors.ts";
import { z } from "../zod.ts";
import { writeDurably } from "./write-durably.ts";

const moved = z.object({
  /** ms since 1970 UTC. */
  at: z.number(),
  actor: z.string(),
  reason: z.string(),
  /** The backup that it went into, and the machine that wrote it. */
  file: z.string(),
  host: z.string(),
});

/** A state that was handed over: it is worked with elsewhere. */
export type Moved = z.infer<typeof moved>;

const fileOfMove = "moved.json";

/** Where a restore that was not finished stands. */
export const restoreFolder = ".restore";
export const restoreMark = "ready.json";

/** Undefined: this is where the state is worked with. */
export function movedOf(folder: string): Moved | undefined {
  const file = join(folder, fileOfMove);
  return existsSync(file) ? moved.parse(JSON.parse(readFileSync(file, "utf8"))) : undefined;
}

export function markMoved(folder: string, word: Moved): void {
  writeDurably(join(folder, fileOfMove), JSON.stringify(word));
}

export function takeBack(folder: string): void {
  rmSync(join(folder, fileOfMove), { force: true });
}

/** Throws ConfigurationError where the state was handed over: two that work with the same accounts would undo each other's work. */
export function refuseIfMoved(folder: string): void {
  const word = movedOf(folder);
  if (word === undefined) return;
  const { at, actor, reason, file, host } = word;
  throw new ConfigurationError(
    `the state in ${folder} was handed over by ${actor} on ${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC (${reason}): it went into ${file}, written on ${host}, and nothing is done with it here any more`,
    {
      hint: "work where that file was restored; to take the state back, while nobody works with the other one: rollcall backup --take-back --yes",
    },
  );
}

/** Throws ConnectionError while files of two states stand beside each other. */
export function refuseIfRestoring(folder: string): void {
  if (!existsSync(join(folder, restoreFolder, restoreMark))) return;
  throw new ConnectionError(`a restore into ${folder} was broken off before its end`, {
    hint: "give the same command again, and it goes on where it stopped: rollcall restore FILE --yes",
  });
}
