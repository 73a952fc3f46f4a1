import type { Output } from "../invocation.ts";

/** Control sequences of xterm, which all terminals of today know or ignore (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html). */
const csi = (text: string) => `\u001b[${text}`;
const ENTER = csi("?1049h") + csi("?25l") + csi("?7l");
const LEAVE = csi("?7h") + csi("?25h") + csi("?1049l");
/** Between the two the terminal shows nothing half done. */
const BEGIN = csi("?2026h");
const END = csi("?2026l");
const HOME = csi("H");
const CLEAR_LINE = csi("K");
const CLEAR_BELOW = csi("J");

/**
 * The second screen of a terminal, as editors use it: what stood there before comes back at the end. Drawn in place and in one write, without
 * clearing first, so that nothing flickers. Close it in any case.
 */
export class AlternateScreen {
  readonly #output: Output;
  #isOpen = false;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Lines are ready to print. What does not fit below is counted, what does not fit beside is cut by the terminal. */
  draw(lines: readonly string[]): void {
    const rows = Math.max(3, this.#output.rows ?? 24);
    const shown = lines.length <= rows ? lines : lines.slice(0, rows - 1);
    const more = lines.length - shown.length;
    const all = more === 0 ? shown : [...shown, `... ${more} more lines, in a higher window`];
    const text = all.map((line) => line + CLEAR_LINE).join("\r\n");
    this.#output.write(`${this.#isOpen ? "" : ENTER}${BEGIN}${HOME}${text}${CLEAR_BELOW}${END}`);
    this.#isOpen = true;
  }

  close(): void {
    if (this.#isOpen) this.#output.write(LEAVE);
    this.#isOpen = false;
  }
}
