/** Columns that stand straight below each other, whatever script a name is written in. */

/** Made when it is needed: its data takes longer to load than all else that a short command does. */
let graphemes: Intl.Segmenter | undefined;
const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{17000}-\u{18aff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]/u;
const EMOJI = /\p{Emoji_Presentation}|\ufe0f/u;
const ZERO = /^\p{M}+$/u;
/** Where each character is a cell: Latin letters, dashes, arrows, and the marks that our own texts begin with. */
const PLAIN = /^[\x20-\x7e\xa1-\u02ff\u2010-\u2027\u2190-\u21ff✓✗]*$/;

/** How many cells of a terminal a text takes; our own colours take none (UAX #11 and #29 in short). */
export function displayWidth(text: string): number {
  const bare = text.replace(ESCAPES, "");
  if (PLAIN.test(bare)) return bare.length;
  let width = 0;
  for (const { segment } of graphemesOf(bare)) width += cells(segment);
  return width;
}

function graphemesOf(text: string): Intl.Segments {
  graphemes ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return graphemes.segment(text);
}

function cells(grapheme: string): number {
  if (ZERO.test(grapheme)) return 0;
  return WIDE.test(grapheme) || EMOJI.test(grapheme) ? 2 : 1;
}

export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - displayWidth(text))) + text;
}

/** Of one place on the screen not more than so many code units are shown: flags and families have a dozen. */
const longestGrapheme = 40;

/** At most `width` cells; what is cut ends in "…". For text without colours. */
export function cut(text: string, width: number): string {
  // What is far beyond any window is not even measured.
  const most = width * longestGrapheme;
  if (text.length <= most && displayWidth(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of graphemesOf(text.slice(0, most))) {
    used += cells(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** A number stays on the line of its unit. */
const BREAKS = /(?<!\d) | (?!(?:ms|s|min|h|d|%)(?!\w))/;

/** Words in lines of at most `width` cells; a longer word stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(BREAKS)) {
    if (line !== "" && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** How many cells are left for a last column of text beside these, two spaces away; never so few that nothing can be read. */
export function roomBeside(cells: readonly (readonly string[])[], width: number): number {
  const columns = Math.max(0, ...cells.map((row) => row.length));
  const taken = Array.from({ length: columns }, (_, index) =>
    Math.max(...cells.map((row) => displayWidth(row[index] ?? ""))),
  );
  return Math.max(8, width - taken.reduce((sum, each) => sum + each + 2, 0));
}

export interface Column {
  readonly title?: string;
  readonly align?: "right";
}

/** Lines of a table, two spaces between columns, no space at the end of a line. Cells are ready to print. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const titled = columns.some((column) => column.title !== undefined);
  const all = titled ? [columns.map((column) => column.title ?? ""), ...rows] : rows;
  const widths = columns.map((_, index) => Math.max(0, ...all.map((row) => displayWidth(row[index] ?? ""))));
  return all.map((row) =>
    columns
      .map((column, index) => {
        const pad = column.align === "right" ? padStart : padEnd;
        return pad(row[index] ?? "", widths[index] ?? 0);
      })
      .join("  ")
      .trimEnd(),
  );
}
