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
];

test("every text comes back as it was", () => {
  const file = csvRecord(hostile) + csvRecord(["next", 5]);
  expect([...csvRecords(file)].map(({ cells }) => cells)).toEqual([hostile, ["next", "5"]]);
});

test("no cell begins as a formula does", () => {
  const file = csvRecord(["=cmd|' /C calc'!A0", "+1", "-1", "@a", "\t=1", "\r=1", "'=1"]);
  const cells = file
    .trimEnd()
    .split(",")
    .map((cell) => cell.replace(/^"/, ""));
  expect(cells.every((cell) => cell.startsWith("'"))).toBe(true);
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
