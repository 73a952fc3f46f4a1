import { expect, test } from "vitest";
import { csvRecord, csvRecords } from "../../src/commands/output/csv.ts";

const hostile = [
  "plain",
  "",
  "a,b",
  'say "hi"',
  "two\nlines",
  "two\r\nlines",
  " space ",
  "=1+1",
  "+49 30",
  "-5",
  "@SUM(A1)",
  "\tx",
  "\rx",
  "'=1",
  "''@x",
  "'quoted'",
  "Łukasz 李",
  "a\u001b[31mb\u202ec\u0000\u2028d",
  "\ud800 alone",
  "one;=1+1;'-2",
  "＝1+1",
  "\\u{41}",
];

test("every text comes back as it was", () => {
  const file = csvRecord(hostile) + csvRecord(["next", 5]);
  expect([...csvRecords(file)].map(({ cells }) => cells)).toEqual([hostile, ["next", "5"]]);
});

test("no cell begins as a formula does", () => {
  const file = csvRecord(["=cmd|' /C calc'!A0", "+1", "-1", "@a", "\t=1", "\r=1", "'=1", "＝1"]);
  const cells = file
    .trimEnd()
    .split(",")
    .map((cell) => cell.replace(/^"/, ""));
  expect(cells.filter((cell) => /^[=+\-@＝]/.test(cell))).toEqual([]);
});

test("nor where a semicolon parts the cells", () => {
  expect(csvRecord(["one;=1+1", "a;b"])).toBe("one;'=1+1,a;b\r\n");
});

test("a record is one line, in which every character can be seen", () => {
  const record = csvRecord(hostile);
  expect(record.slice(0, -2)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
  expect(record.endsWith("\r\n")).toBe(true);
});

test("records are counted by the line they begin on, whatever ends a line and whatever Excel puts in front", () => {
  const file = '\ufeffa,b\r\n\r\n"x\ny",1\nz,2\rlast,3';
  expect([...csvRecords(file)].map(({ line, cells }) => [line, ...cells])).toEqual([
    [1, "a", "b"],
    [3, "x\ny", "1"],
    [5, "z", "2"],
    [6, "last", "3"],
  ]);
});

test.each(['a,"b', 'a"b,c', 'a,"b"c'])("a quotation mark out of place is named by its line: %s", (text) => {
  expect(() => [...csvRecords(`first,line\n${text}\n`)]).toThrow(/line 2: a quotation mark/);
});
