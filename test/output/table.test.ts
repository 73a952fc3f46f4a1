import { expect, test } from "vitest";
import { cut, displayWidth, roomBeside, table, wrap } from "../../src/commands/output/table.ts";

test.each([
  ["plain", 5],
  ["田中", 4],
  ["e\u0301", 1],
  ["👨‍👩‍👧", 2],
  ["🇩🇪", 2],
  ["❤️", 2],
  ["\u001b[31mred\u001b[39m", 3],
  ["ﾃｽﾄ", 3],
])("%s takes %i cells", (text, cells) => {
  expect(displayWidth(text)).toBe(cells);
});

test("columns stand straight below each other in any script, without spaces at the end", () => {
  const lines = table(
    [{ title: "NAME" }, { title: "N", align: "right" }, {}],
    [
      ["田中", "7", "x"],
      ["ann", "1,204", ""],
    ],
  );
  expect(lines).toEqual(["NAME      N", "田中      7  x", "ann   1,204"]);
});

test("a text is cut between what people see as characters", () => {
  expect(cut("田中太郎", 5)).toBe("田中…");
  expect(cut("ab👨‍👩‍👧cd", 5)).toBe("ab👨‍👩‍👧…");
  expect(cut("short", 5)).toBe("short");
});

test("lines are broken at spaces, and a word that is too long stands alone", () => {
  expect(wrap("one two-very-long-word three", 8)).toEqual(["one", "two-very-long-word", "three"]);
});

test("a number stays on the line of its unit", () => {
  expect(wrap("it took 171 ms", 12)).toEqual(["it took", "171 ms"]);
  expect(wrap("limit 12: 5 %, at least", 12)).toEqual(["limit 12:", "5 %, at", "least"]);
  expect(wrap("wait 2 h 5 min", 8)).toEqual(["wait 2 h", "5 min"]);
  expect(wrap("room 12 second door", 8)).toEqual(["room 12", "second", "door"]);
});

test("a last column gets what the columns before it leave, and never nothing", () => {
  const cells = [
    ["田中", "1"],
    ["anna", "1,204"],
  ];
  expect(roomBeside(cells, 40)).toBe(27);
  expect(roomBeside(cells, 15)).toBe(8);
});
