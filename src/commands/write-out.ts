import type { Output } from "./invocation.ts";

/** Characters that are written at once. */
const pieceLength = 65_536;

/** Writes a lot to standard output, no faster than it is read. */
export async function writeOut(stdout: Output, pieces: Iterable<string>): Promise<void> {
  let waiting = "";
  for (const piece of pieces) {
    waiting += piece;
    if (waiting.length < pieceLength) continue;
    stdout.write(waiting);
    waiting = "";
    await stdout.drained?.();
  }
  stdout.write(waiting);
}
