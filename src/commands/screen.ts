import { type Flags, type Io, isSet } from "./invocation.ts";
import { createPaint, type Paint } from "./output/colour.ts";
import { escapedLines } from "./output/escape.ts";
import { jsonDocument } from "./output/json.ts";
import { writeOut } from "./write-out.ts";

/** Data goes to standard output, everything that is only about it to standard error. Lines are ready to print: what others wrote is escaped. */
export interface Screen {
  readonly paint: Paint;
  /** Cells in a line; 100 where there is no terminal. */
  readonly width: number;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** A line of data; nothing when JSON was asked for. */
  line(text?: string): void;
  lines(texts: Iterable<string>): void;
  /** A JSON document on one line; nothing unless JSON was asked for. */
  document(kind: string, fields: Readonly<Record<string, unknown>>): void;
  /** Pieces of a JSON document, with nothing between them, no faster than they are read. */
  pieces(texts: Iterable<string>): Promise<void>;
  /** A message, not escaped yet, on standard error; hint lines below. */
  message(text: string, hint?: string): void;
}

export function createScreen({ io, flags }: { readonly io: Io; readonly flags: Flags }): Screen {
  const json = isSet(flags, "json");
  const line = (text = "") => {
    if (!json) io.stdout.write(`${text}\n`);
  };
  return {
    paint: createPaint(io.stdout.isTerminal, io.environment),
    width: Math.max(60, io.stdout.columns ?? 100),
    json,
    quiet: isSet(flags, "quiet"),
    verbose: isSet(flags, "verbose"),
    line,
    lines(texts) {
      for (const text of texts) line(text);
    },
    document(kind, fields) {
      if (json) io.stdout.write(`${jsonDocument(kind, fields)}\n`);
    },
    async pieces(texts) {
      await writeOut(io.stdout, texts);
      io.stdout.write("\n");
    },
    message(text, hint) {
      for (const each of escapedLines(text)) io.stderr.write(`${each}\n`);
      for (const each of hint === undefined ? [] : escapedLines(hint)) io.stderr.write(`  ${each}\n`);
    },
  };
}
