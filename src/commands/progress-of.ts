import { type Invocation, isSet } from "./invocation.ts";
import { ProgressLine } from "./output/progress.ts";

/** The progress line of a connection; undefined with --quiet. */
export function progressOf({ io, flags }: Invocation, name: string): ProgressLine | undefined {
  if (isSet(flags, "quiet")) return undefined;
  const { stderr, clock } = io;
  const output = {
    isTerminal: stderr.isTerminal,
    columns: stderr.columns ?? 80,
    write: (text: string) => stderr.write(text),
  };
  return new ProgressLine(name, output, clock);
}
