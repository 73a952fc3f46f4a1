import { type Files, ownFiles } from "../files.ts";
import type { Io } from "./invocation.ts";

/** The files of whoever typed the command: a daemon that runs it reads and writes them through their hands. */
export function filesOf({ guest }: Pick<Io, "guest">): Files {
  return guest?.files ?? ownFiles;
}
