/** Comma-separated values (RFC 4180), harmless for a spreadsheet. */
import { ConfigurationError } from "../../errors.ts";
import { escaped, visibleAgain } from "./escape.ts";

/**
 * What a spreadsheet would take for a formula (OWASP, CSV Injection), also behind our own apostrophe: so that every text comes back as it was. The
 * wide forms count in spreadsheets of East Asia; where a semicolon parts cells, the text behind one is a cell too.
 */
const FORMULA = /(^|;)('*[=+\-@\t\r＝＋－＠])/g;
const DEFUSED = /(^|;)'('*[=+\-@\t\r＝＋－＠])/g;

/** Nothing, or what stands in one cell. */
export type CsvCell = string | number | null | undefined;

/**
 * One record with its line end: the one way into a CSV file. Characters that cannot be seen are written as on a screen, so that a record is a line;
 * a cell that a spreadsheet would calculate gets an apostrophe in front of it.
 */
export function csvRecord(cells: readonly CsvCell[]): string {
  return `${cells.map(cellOf).join(",")}\r\n`;
}

function cellOf(value: CsvCell): string {
  if (typeof value === "number") return String(value);
  const safe = escaped(value ?? "").replace(FORMULA, "$1'$2");
  return /[",]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One record of a file, with the line that it begins on (from 1). */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Reads records one by one; an empty line is none. Takes line ends of every system, and the mark that Excel puts in front of UTF-8. Throws
 * ConfigurationError with the line where a quote does not end.
 */
export function* csvRecords(text: string): Iterable<CsvRecord> {
  const cell = /"((?:[^"]|"")*)"|([^",\r\n]*)/y;
  let at = text.startsWith("\ufeff") ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const cells: string[] = [];
    const begins = line;
    for (;;) {
      cell.lastIndex = at;
      const [whole = "", quoted, bare = ""] = cell.exec(text) ?? [];
      at += whole.length;
      line += quoted?.match(/\n|\r(?!\n)/g)?.length ?? 0;
      cells.push(unescaped(quoted === undefined ? bare : quoted.replaceAll('""', '"')));
      if (text[at] !== ",") break;
      at += 1;
    }
    const end = /\r\n|\n|\r|$/y;
    end.lastIndex = at;
    const [lineEnd] = end.exec(text) ?? [];
    if (lineEnd === undefined)
      throw new ConfigurationError(`line ${line}: a quotation mark stands where none can`, {
        hint: 'a cell with quotation marks is written "like ""this"""',
      });
    at += lineEnd.length;
    line += 1;
    if (cells.length > 1 || cells[0] !== "") yield { line: begins, cells };
    if (lineEnd === "") return;
  }
}

function unescaped(text: string): string {
  return visibleAgain(text.replace(DEFUSED, "$1$2"));
}
