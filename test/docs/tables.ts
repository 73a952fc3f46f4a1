/** Tables of the documentation that are written by the code they speak of. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "vitest";

export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: "left" | "right" = "left",
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => (align === "left" ? "---" : "---:"))), ...rows.map(line)].join(
    "\n",
  );
}

/** A text as code in a cell: what would end the cell or the code is escaped. */
export function code(text: string): string {
  const fence = text.includes("`") ? "``" : "`";
  return `${fence}${text.replaceAll("|", "\\|").replaceAll("\n", " ")}${fence}`;
}

/** Compares what was found out with what stands between the marks of a table; UPDATE=1 writes it there. */
export function checkTable(file: URL, mark: string, found: string): void {
  const text = readFileSync(file, "utf8");
  const between = new RegExp(`(<!-- ${mark} -->\n)[^]*?(<!-- end -->)`);
  expect(text, `no table is marked ${mark}`).toMatch(between);
  const generated = text.replace(between, (_all, start, end) => `${start}\n${found}\n\n${end}`);
  if (process.env["UPDATE"] === "1") writeFileSync(file, generated);
  expect(readFileSync(file, "utf8"), "UPDATE=1 writes it").toBe(generated);
}
