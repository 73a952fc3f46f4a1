/** The longest line that either side takes, in bytes. */
export const longestLine = 1 << 20;

/** Cuts what arrives into lines ("\n"). A line without end must not fill the memory. */
export class LineReader {
  #pieces: Buffer[] = [];
  #waiting = 0;

  /** The lines that are complete now, without their end. Throws RangeError when one grows beyond `longestLine`. */
  push(chunk: Buffer): readonly Buffer[] {
    const lines: Buffer[] = [];
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      const last = chunk.subarray(from, at);
      this.#check(last.length);
      lines.push(this.#pieces.length === 0 ? last : Buffer.concat([...this.#pieces, last]));
      this.#pieces = [];
      this.#waiting = 0;
      from = at + 1;
    }
    const rest = chunk.subarray(from);
    this.#check(rest.length);
    if (rest.length > 0) this.#pieces.push(rest);
    this.#waiting += rest.length;
    return lines;
  }

  #check(more: number): void {
    if (this.#waiting + more > longestLine) throw new RangeError("the line is too long");
  }
}

/** One line: a JSON value and its end. */
export function lineOf(message: unknown): string {
  return `${JSON.stringify(message)}\n`;
}

/** A line holds so many characters at most: escaped, they still fit. */
const pieceLength = 100_000;

/** A long text in pieces that fit a line each, never cut between the two halves of a character. */
export function* piecesOf(text: string): Iterable<string> {
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + pieceLength, text.length);
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    yield text.slice(at, end);
    at = end;
  }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
